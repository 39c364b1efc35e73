"""Events are written while endpoints change, pause and go, and nobody waits for the other."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from sqlalchemy import Connection, func, select, update

from letmepost.jobs.tables import jobs
from letmepost.kit.crypto import Keyring
from letmepost.kit.database import Database
from letmepost.tenancy.audit import SYSTEM
from letmepost.tenancy.keys import ALL_SCOPES, Caller
from letmepost.tenancy.profiles import create_organization
from letmepost.webhooks.endpoints import (
    Secrets,
    change_endpoint,
    create_endpoint,
    delete_endpoint,
    rotate_secret,
)
from letmepost.webhooks.events import Event, write_events
from letmepost.webhooks.queueing import DELIVER_KIND, NEVER
from letmepost.webhooks.tables import events, webhook_deliveries

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
SECRETS = Secrets(keyring=Keyring((b"k" * 32,)), random_bytes=lambda count: b"a" * count)


async def test_events_and_changes_of_endpoints_do_not_wait_in_a_circle(database: Database) -> None:
    organization_id, profile_id = await database.write(
        lambda connection: create_organization(connection, "Tests", NOW)
    )
    caller = Caller("key_1", organization_id, None, frozenset(ALL_SCOPES), sandbox=False)

    def create(connection: Connection) -> str:
        row, _ = create_endpoint(
            connection,
            caller,
            SECRETS,
            url="https://app.example/",
            types=[],
            description=None,
            profile_id=None,
            by=SYSTEM,
            now=NOW,
        )
        return str(row["id"])

    def happen(connection: Connection) -> None:
        data = {"id": "med_1", "profileId": profile_id, "sha256": "0" * 64}
        event = Event(
            type="media.deleted",
            organization_id=organization_id,
            profile_id=profile_id,
            subject_id="med_1",
            sequence=1,
            data=data,
        )
        write_events(connection, [event], NOW)

    def as_a_worker(connection: Connection) -> None:
        """What who sends does: lock the job, then write to the endpoint, then put it back."""
        mine = select(jobs.c.id).where(jobs.c.kind == DELIVER_KIND, jobs.c.key == stays)
        connection.execute(mine.with_for_update()).one()
        change_endpoint(connection, caller, stays, {"description": "sent"}, by=SYSTEM, now=NOW)
        connection.execute(update(jobs).where(jobs.c.key == stays).values(due_at=NEVER))

    def change(endpoint_id: str, *, active: bool) -> Callable[[Connection], None]:
        def work(connection: Connection) -> None:
            change_endpoint(connection, caller, endpoint_id, {"active": active}, by=SYSTEM, now=NOW)

        return work

    def rotate(connection: Connection) -> None:
        rotate_secret(connection, caller, SECRETS, stays, by=SYSTEM, now=NOW)

    stays, *go = [await database.write(create) for _ in range(9)]
    work: list[Callable[[Connection], None]] = []
    for number in range(40):
        turn = go[number % 4]
        work += [happen, as_a_worker, change(stays, active=True), rotate]
        work.append(change(turn, active=number % 2 == 0))
    for place, each in enumerate(go[4:]):
        work.insert(
            20 * place,
            partial(delete_endpoint, caller=caller, endpoint_id=each, by=SYSTEM, now=NOW),
        )
    await asyncio.wait_for(asyncio.gather(*map(database.write, work)), timeout=60)

    def counts(connection: Connection) -> tuple[int, int]:
        told = connection.execute(select(func.count()).select_from(events)).scalar_one()
        left = select(webhook_deliveries.c.endpoint_id).distinct()
        return told, len(set(connection.execute(left).scalars()) - {stays, *go[:4]})

    assert await database.read(counts) == (40, 0)
