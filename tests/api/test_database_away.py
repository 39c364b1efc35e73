"""While the database is away: 503, what is known and what is not, and nothing made twice."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, func, select, update

from letmepost.api.tables import idempotency_keys as entries
from letmepost.kit.database import Database, DatabaseAwayError
from letmepost.posts.tables import posts
from tests.api.client import Answer
from tests.api.server import Organization, Server

pytestmark = pytest.mark.asyncio(loop_scope="session")

BODY = {"targets": [{"platform": "bluesky"}], "text": "Once"}
Work = Callable[[Connection], Any]


def _refused(answer: Answer, remedy: str) -> None:
    answer.refused(503, "internal_error")
    assert answer.error["message"] == "The database does not answer, or takes nothing more now."
    assert remedy in answer.error["remediation"]
    assert answer.error["retryable"] is True
    assert answer.headers["Retry-After"] == str(answer.error["retryAfterSeconds"]) == "5"
    assert b"10.1.2.3" not in answer.raw


async def test_an_answer_says_what_is_known_of_the_request(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, unknown = [await organization.client() for _ in range(2)]
    assert (await client.get("/v1/posts")).status == 200

    async def gone(*_: Any, **__: Any) -> None:
        raise DatabaseAwayError(ConnectionRefusedError("10.1.2.3:5432"))

    with monkeypatch.context() as patch:
        patch.setattr(Database, "read", gone)
        patch.setattr(Database, "write", gone)
        _refused(await client.get("/v1/posts"), "nothing was changed")
        _refused(await client.publish(BODY), "Look before you send it again")
        _refused(await client.publish(BODY, key="away"), "with the same Idempotency-Key")
        # Who asks is looked up first, and that needs the database too.
        _refused(await unknown.get("/v1/posts"), "nothing was changed")
    assert (await client.get("/v1/posts")).status == 200


async def test_a_post_whose_commit_was_not_answered_is_found_by_its_key(
    server: Server, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await organization.client()
    await organization.connect(client)
    state = server.service.state
    of_organization = (
        select(func.count()).select_from(posts).where(posts.c.organization_id == organization.id)
    )

    async def count() -> int:
        return int(await state.database.read(lambda c: c.execute(of_organization).scalar_one()))

    write = Database.write
    lost: list[Work] = []

    async def lose_the_answer(database: Database, work: Work) -> Any:
        result = await write(database, work)
        if not lost and await count():
            lost.append(work)
            raise DatabaseAwayError(TimeoutError())
        return result

    monkeypatch.setattr(Database, "write", lose_the_answer)
    scheduled = state.clock.now() + timedelta(days=1)
    body = {**BODY, "scheduledAt": scheduled.isoformat()}
    _refused(await client.publish(body, key="doubt"), "with the same Idempotency-Key")
    assert (len(lost), await count()) == (1, 1)
    # As long as the request might still run, nobody takes its place.
    repeated = await client.publish(body, key="doubt")
    repeated.refused(409, "idempotency_conflict", "idempotency_key.in_progress")
    past = state.clock.now() - timedelta(seconds=1)
    of_entry = update(entries).where(entries.c.organization_id == organization.id)
    await state.database.write(lambda c: c.execute(of_entry.values(lease_until=past)))
    found = await client.publish(body, key="doubt")
    assert (found.status, found.headers["Idempotency-Replayed"]) == (202, "true")
    assert await count() == 1


async def test_posts_that_are_written_together_are_not_written_again(
    server: Server, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await organization.client()
    await organization.connect(client)
    state = server.service.state
    of_organization = (
        select(func.count()).select_from(posts).where(posts.c.organization_id == organization.id)
    )
    write = Database.write

    async def lose_every_answer(database: Database, work: Work) -> Any:
        await write(database, work)
        raise DatabaseAwayError(TimeoutError())

    scheduled = (state.clock.now() + timedelta(days=1)).isoformat()
    bodies = [{**BODY, "text": f"{n}", "scheduledAt": scheduled} for n in range(10)]
    monkeypatch.setattr(Database, "write", lose_every_answer)
    for answer in await asyncio.gather(*(client.publish(body) for body in bodies)):
        _refused(answer, "Look before you send it again")
    monkeypatch.setattr(Database, "write", write)
    made = await state.database.read(lambda c: c.execute(of_organization).scalar_one())
    assert made == len(bodies)
