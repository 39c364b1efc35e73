"""The calendar of the API: each post on its day in a time zone, however many others there are."""

import re
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, insert, select, text

from letmepost.posts.calendar import COUNTED_MAX, days_of, read_days
from letmepost.posts.queries import Filters, list_publications, publications_by_id
from letmepost.posts.tables import publications
from letmepost.tenancy.keys import Caller
from tests.api.client import Client
from tests.api.server import ON_ONE_DATABASE, Organization, Server

pytestmark = pytest.mark.asyncio(loop_scope="session")

YEAR = datetime.now(UTC).year + 1


async def _scheduled(client: Client, account_id: str, at: str, words: str) -> str:
    body = {"targets": [{"accountId": account_id}], "text": words, "scheduledAt": at}
    made = await client.publish(body)
    assert made.status == 202, made.body
    return str(made.body["results"][0]["postId"])


def _texts(day: Any) -> list[str]:
    return [each["text"] for each in day["posts"]]


async def test_a_post_stands_on_its_day_in_the_time_zone(organization: Organization) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    # Half past eleven in the evening in London is the next day in Vienna.
    await _scheduled(client, account["id"], f"{YEAR}-07-01T22:30:00Z", "Late")
    await _scheduled(client, account["id"], f"{YEAR}-07-01T06:00:00Z", "Early")
    read = f"/v1/calendar?first={YEAR}-07-01&days=2&zone="
    vienna = (await client.get(f"{read}Europe/Vienna")).body
    assert [_texts(each) for each in vienna["days"]] == [["Early"], ["Late"]]
    assert vienna["days"][0]["startsAt"] == f"{YEAR}-06-30T22:00:00.000Z"
    london = (await client.get(f"{read}Europe/London")).body
    assert [_texts(each) for each in london["days"]] == [["Early", "Late"], []]


async def test_what_was_published_at_once_stands_on_the_day_of_its_making(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    made = await client.publish({"targets": [{"accountId": account["id"]}], "text": "Now"})
    assert made.body["status"] == "published"
    today = server.service.state.clock.now().date()
    days = (await client.get("/v1/calendar?days=1")).body["days"]
    assert [(each["date"], _texts(each)) for each in days] == [(today.isoformat(), ["Now"])]


async def test_canceled_posts_are_left_out(organization: Organization) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    post = await _scheduled(client, account["id"], f"{YEAR}-07-01T06:00:00Z", "Gone")
    assert (await client.call("DELETE", f"/v1/posts/{post}")).status == 200
    (day,) = (await client.get(f"/v1/calendar?first={YEAR}-07-01&days=1")).body["days"]
    assert (day["posts"], day["more"]) == ([], 0)


async def test_a_day_gives_its_first_posts_and_counts_the_others(
    organization: Organization,
) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    for hour in (9, 7, 8):
        at = f"{YEAR}-07-01T{hour:02}:00:00Z"
        await _scheduled(client, account["id"], at, f"At {hour}")
    (day,) = (await client.get(f"/v1/calendar?first={YEAR}-07-01&days=1&perDay=2")).body["days"]
    assert (_texts(day), day["more"]) == (["At 7", "At 8"], 1)


async def test_others_see_nothing_of_it(organization: Organization) -> None:
    client = await organization.client()
    other = await organization.profile("Other")
    account = await organization.connect(client)
    await _scheduled(client, account["id"], f"{YEAR}-07-01T06:00:00Z", "Seen")
    pinned = await organization.client(profile_id=other)
    read = f"/v1/calendar?first={YEAR}-07-01&days=1"
    assert _texts((await client.get(read)).body["days"][0]) == ["Seen"]
    assert _texts((await client.get(f"{read}&profileId={other}")).body["days"][0]) == []
    assert _texts((await pinned.get(read)).body["days"][0]) == []
    hidden = await pinned.get(f"{read}&profileId={organization.profile_id}")
    hidden.refused(404, "not_found", "api_key.profile_scope")
    stranger = await (await organization.server.new_organization()).client()
    assert _texts((await stranger.get(read)).body["days"][0]) == []


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("zone=Europe/Atlantis", "zone"),
        ("zone=", "zone"),
        ("zone=../../etc/passwd", "zone"),
        ("first=yesterday", "first"),
        ("first=2027-02-30", "first"),
        ("first=9999-12-31", "first"),
        ("first=0001-01-01", "first"),
        ("days=0", "days"),
        ("days=43", "days"),
        ("perDay=51", "perDay"),
    ],
)
async def test_what_is_no_day_or_zone_is_refused(
    organization: Organization, query: str, field: str
) -> None:
    client = await organization.client()
    answer = await client.get(f"/v1/calendar?{query}")
    answer.refused(400, "validation_failed", field)


async def test_posts_are_listed_by_the_time_at_which_they_go_out(
    organization: Organization,
) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    for hour in (9, 7, 8, 6):
        at = f"{YEAR}-07-01T{hour:02}:00:00Z"
        await _scheduled(client, account["id"], at, f"At {hour}")
    asked = f"timeFrom={YEAR}-07-01T07:00:00Z&timeBefore={YEAR}-07-01T09:00:00Z&limit=1"
    first = (await client.get(f"/v1/posts?{asked}")).body
    second = (await client.get(f"/v1/posts?{asked}&cursor={first['nextCursor']}")).body
    assert [_texts({"posts": each["data"]}) for each in (first, second)] == [["At 8"], ["At 7"]]
    assert second["nextCursor"] is None


async def test_a_day_is_read_by_the_index_of_times(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    when = datetime(YEAR, 7, 1, 6, tzinfo=UTC)
    post = await _scheduled(client, account["id"], when.isoformat(), "One of many")

    def fill(connection: Connection) -> None:
        found = connection.execute(select(publications).where(publications.c.id == post)).one()
        one = dict(found._mapping)
        # One of a hundred stays on the day; the others are on another, weeks before it.
        rows = [
            {
                **one,
                "id": f"post_many_{number}",
                "position": number,
                "scheduled_at": when - timedelta(days=40 if number % 100 else 0),
            }
            for number in range(1, 3001)
        ]
        connection.execute(insert(publications), rows)

    state = server.service.state
    await state.database.write(fill)
    try:
        if not state.database.is_sqlite:
            await state.database.write(lambda each: each.execute(text("ANALYZE publications")))
        caller = Caller("key_x", organization.id, None, frozenset(), sandbox=False)
        days = days_of(date(YEAR, 7, 1), 3, ZoneInfo("UTC"))
        by_days, by_ids, by_times = await _plans(server, caller, days, post)
        assert "ix_publications_times" in by_days
        assert "ix_publications_times" in by_times
        # The index of the primary key, as each database calls it.
        assert re.search("pk_publications|sqlite_autoindex_publications_1", by_ids), by_ids
        found = (await client.get(f"/v1/calendar?first={YEAR}-07-01&days=1&perDay=20")).body
        assert found["days"][0]["more"] == 31 - 20
        crowded = (when - timedelta(days=40)).date()
        found = (await client.get(f"/v1/calendar?first={crowded}&days=1&perDay=5")).body
        assert found["days"][0]["more"] == COUNTED_MAX
    finally:
        await state.database.write(
            lambda connection: connection.execute(
                publications.delete().where(publications.c.id.startswith("post_many_"))
            )
        )


class Found(list[Any]):
    """Rows as a result has them, for a statement that was not run."""

    def all(self) -> list[Any]:
        """Every row."""
        return self

    def keys(self) -> list[str]:
        """The names of the columns: nobody asks for more than the rows."""
        return []


async def _plans(server: Server, caller: Caller, days: Any, post: str) -> list[str]:
    """How the database reads the days, what stands on them, and a list by times."""

    def explained(connection: Connection) -> list[str]:
        word = "EXPLAIN QUERY PLAN " if server.service.state.database.is_sqlite else "EXPLAIN "
        seen: list[str] = []

        class Explaining:
            def execute(self, statement: Any, asked: Any = None) -> Any:
                written = statement.params(asked or {}).compile(
                    connection, compile_kwargs={"literal_binds": True, "render_postcompile": True}
                )
                plan = connection.execute(text(word + str(written).replace(":", r"\:")))
                seen.append("\n".join(str(row) for row in plan))
                return Found([(0, post)] if len(seen) == 1 else [])

        stand_in: Any = Explaining()
        with suppress(KeyError):
            # A plan holds no publication.
            read_days(stand_in, caller, days, publications_by_id, profile_id=None, shown=5)
        filters = Filters(time_from=days[0].start, time_before=days[-1].end)
        list_publications(stand_in, caller, filters, limit=5, after=None)
        return seen

    return await server.service.state.database.read(explained)
