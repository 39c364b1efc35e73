"""An overview counts posts of each kind and shows the right ones first."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select

from letmepost.content.errors import LetmepostError
from letmepost.kit.ids import new_id
from letmepost.posts.queries import Filters, list_publications
from letmepost.posts.standing import COUNTED_MAX, Standing, standing
from letmepost.posts.tables import publications
from letmepost.tenancy.keys import ALL_SCOPES, Caller
from tests.platforms.running_server import Running
from tests.posts.scheduling import at, scheduled

SHOWN = 3
WEEK = timedelta(days=7)


async def caller_of(server: Running) -> Caller:
    """Somebody who sees all of the server's first organization."""

    def find(connection: Connection) -> str:
        organization_id: str = connection.execute(
            select(publications.c.organization_id).limit(1)
        ).scalar_one()
        return organization_id

    organization_id = await server.service.state.database.read(find)
    return Caller("member", organization_id, None, frozenset(ALL_SCOPES), sandbox=False)


async def stands(server: Running, caller: Caller, profile_id: str | None = None) -> Standing:
    since = server.clock.now() - WEEK
    return await server.service.state.database.read(
        lambda connection: standing(connection, caller, profile_id, since=since, shown=SHOWN)
    )


async def copies(server: Running, count: int, change: Callable[[int], dict[str, Any]]) -> None:
    """Put copies of the only publication beside it, each changed in its own way."""

    def write(connection: Connection) -> None:
        row = dict(connection.execute(select(publications).limit(1)).mappings().one())
        connection.execute(
            insert(publications),
            [
                {**row, "id": new_id("post"), "position": number + 1, **change(number)}
                for number in range(count)
            ],
        )

    await server.service.state.database.write(write)


async def test_each_kind_is_counted_and_shown(server: Running) -> None:
    await scheduled(server)
    states = ["published", "published", "failed", "rejected", "unknown", "claimed", "canceled"]
    await copies(server, len(states), lambda number: {"state": states[number]})
    now = server.clock.now()
    await copies(
        server, 1, lambda _: {"state": "failed", "created_at": now - 2 * WEEK, "position": 90}
    )
    found = await stands(server, await caller_of(server))
    assert (found.went.count, len(found.went.posts)) == (2, 2)
    assert (found.broken.count, len(found.broken.posts)) == (2, 2)
    assert (found.under_way.count, len(found.unknown)) == (2, 1)
    assert (found.due.count, found.due.posts[0].text) == (1, "Later")


async def test_what_is_due_next_comes_first_whenever_it_was_asked_for(server: Running) -> None:
    for text_, seconds in (("third", 900), ("first", 300), ("fourth", 1200), ("second", 600)):
        await scheduled(server, text_, scheduledAt=at(server, seconds))
    found = await stands(server, await caller_of(server))
    assert found.due.count == 4
    assert [each.text for each in found.due.posts] == ["first", "second", "third"]


async def test_nobody_counts_for_ever(server: Running) -> None:
    await scheduled(server)
    await copies(server, COUNTED_MAX + 20, lambda _: {"state": "queued"})
    found = await stands(server, await caller_of(server))
    assert found.due.count == COUNTED_MAX + 1


async def test_one_profile_counts_its_own(server: Running) -> None:
    await scheduled(server)
    caller = await caller_of(server)
    made = await server.call("POST", "/v1/profiles", {"name": "Other"})
    assert (await stands(server, caller, made.body["id"])).due.count == 0
    confined = Caller("key", caller.organization_id, made.body["id"], caller.scopes, sandbox=False)
    assert (await stands(server, confined)).due.count == 0
    with pytest.raises(LetmepostError):
        await stands(server, confined, "prof_of_somebody_else")


async def test_several_states_are_listed_newest_first(server: Running) -> None:
    await scheduled(server)
    now = server.clock.now()
    states = ["failed", "rejected", "failed", "rejected", "failed"]
    await copies(
        server,
        len(states),
        lambda number: {"state": states[number], "created_at": now - timedelta(hours=number + 1)},
    )
    filters = Filters(statuses=["failed", "rejected", "failed"])
    caller = await caller_of(server)

    first = await server.service.state.database.read(
        lambda connection: list_publications(connection, caller, filters, limit=3, after=None)
    )
    place = first[-1]["created_at"], first[-1]["id"]
    rest = await server.service.state.database.read(
        lambda connection: list_publications(connection, caller, filters, limit=3, after=place)
    )
    assert [each["state"] for each in (*first, *rest)] == states
