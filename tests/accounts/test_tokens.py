"""Tokens are renewed by one at a time, ahead of their end; a person is told when nobody can."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import BigInteger, Connection, literal, type_coerce, update

from letmepost.accounts.renewal import RENEWAL_KIND
from letmepost.accounts.tables import accounts
from letmepost.jobs.tables import jobs
from letmepost.kit.database import metadata
from letmepost.platform_kit.simulator import Simulation
from tests.accounts.album import CLIENT_SECRET, AlbumSimulator
from tests.accounts.conftest import Server, running
from tests.clock import FakeClock
from tests.counting import counted

DAY = 86400.0
_MOMENTS = (
    accounts.c.token_expires_at,
    accounts.c.renewable_until,
    accounts.c.renew_at,
    accounts.c.refresh_until,
)


async def pass_time(server: Server, album: AlbumSimulator, seconds: float) -> None:
    """Let time pass. The clocks stand still; what is planned comes closer."""
    microseconds = literal(round(seconds * 1_000_000), BigInteger)

    def closer(connection: Connection) -> None:
        for column in (*_MOMENTS, jobs.c.due_at):
            earlier = type_coerce(column, BigInteger) - microseconds
            connection.execute(
                update(column.table).where(column.is_not(None)).values({column: earlier})
            )

    await server.service.state.database.write(closer)
    for grant in album.grants:
        if grant.expires_at is not None:
            grant.expires_at -= timedelta(seconds=seconds)


async def row(server: Server) -> dict[str, Any]:
    [found] = await server.rows(accounts)
    return found


async def due_in_seconds(server: Server) -> float:
    [job] = [each for each in await server.rows(jobs) if each["kind"] == RENEWAL_KIND]
    due_at: datetime = job["due_at"]
    return (due_at - server.clock.now()).total_seconds()


async def look(server: Server) -> int:
    return await server.run_due(RENEWAL_KIND)


async def fault(server: Server, **fields: Any) -> None:
    body = {"platform": "album", "route": "token", **fields}
    async with server.http.post(f"{server.simulation.url}/_simulator/faults", json=body) as made:
        assert made.status == 201, await made.text()


async def test_twenty_posts_at_once_renew_a_rotating_token_once(
    server: Server, album: AlbumSimulator
) -> None:
    account = await server.connected()
    await pass_time(server, album, 7200 + 1)
    replies = await asyncio.gather(
        *(server.post(account["id"], f"Post {number}") for number in range(20))
    )
    assert {each.body["results"][0]["status"] for each in replies} == {"published"}
    assert album.refreshes == 1
    assert len(album.pictures) == 20


async def test_two_processes_renew_a_rotating_token_once(  # noqa: PLR0913 - two of a kind
    server: Server,
    simulation: Simulation,
    database_url: str,
    tmp_path: Path,
    fake_clock: FakeClock,
    album: AlbumSimulator,
) -> None:
    async with running(simulation, database_url, tmp_path / "data", fake_clock) as other:
        account = await server.connected()
        await pass_time(server, album, 7200 + 1)
        # The platform is slow, so that those of the other process find a renewal under way.
        await fault(server, fault="slow", seconds=0.5)
        replies = await asyncio.gather(
            *(
                (server, other)[number % 2].post(account["id"], f"Post {number}")
                for number in range(20)
            )
        )
    assert {each.body["results"][0]["status"] for each in replies} == {"published"}
    assert album.refreshes == 1


async def test_a_token_that_the_platform_no_longer_takes_is_renewed_once_for_all(
    server: Server, album: AlbumSimulator
) -> None:
    account = await server.connected()
    for grant in album.grants:
        grant.expires_at = server.clock.now()
    replies = await asyncio.gather(
        *(server.post(account["id"], f"Post {number}") for number in range(8))
    )
    assert {each.body["results"][0]["status"] for each in replies} == {"published"}
    assert album.refreshes == 1


async def test_a_dead_renewer_loses_its_lease(server: Server, album: AlbumSimulator) -> None:
    account = await server.connected()

    def hold(connection: Connection) -> None:
        until = server.clock.now() + timedelta(seconds=30)
        connection.execute(update(accounts).values(refresh_owner="dead", refresh_until=until))

    await server.service.state.database.write(hold)
    paused: list[float] = []

    async def pause(seconds: float) -> None:
        paused.append(seconds)
        await pass_time(server, album, 31)

    server.service.state.renewals.pause = pause
    reply = await server.call("POST", f"/v1/accounts/{account['id']}/refresh")
    assert reply.status == 200, reply.text
    assert (len(paused), album.refreshes) == (1, 1)
    assert (await row(server))["refresh_owner"] is None


async def test_renewals_are_counted_by_how_they_ended(server: Server) -> None:
    account = await server.connected()
    outcomes = ("renewed", "failed", "refused")

    def counts() -> list[float]:
        name = "letmepost_token_renewals_total"
        return [counted(name, platform="album", outcome=each) for each in outcomes]

    before = counts()
    refresh = f"/v1/accounts/{account['id']}/refresh"
    assert (await server.call("POST", refresh)).status == 200
    await fault(server, fault="status", status=503, times=9)
    assert (await server.call("POST", refresh)).status == 503
    assert [now - then for now, then in zip(counts(), before, strict=True)] == [1, 1, 0]


async def test_a_token_is_renewed_before_it_ends_and_the_next_time_is_planned(
    server: Server, album: AlbumSimulator
) -> None:
    await server.connected()
    before = await row(server)
    assert await due_in_seconds(server) == 7200 - 300
    await pass_time(server, album, 7200 - 299)
    assert await look(server) == 1
    assert album.refreshes == 1
    after = await row(server)
    assert after["credentials"] != before["credentials"]
    assert after["refreshed_at"] == server.clock.now()
    assert await due_in_seconds(server) == 7200 - 300
    assert await server.told() == []


async def test_a_token_of_thirty_days_is_renewed_about_a_day_ahead(
    server: Server, album: AlbumSimulator
) -> None:
    album.access_lives = 30 * DAY
    await server.connected()
    assert await due_in_seconds(server) == 30 * DAY - 1.25 * DAY


async def test_a_platform_that_is_away_is_asked_three_times_and_later_again(
    server: Server, album: AlbumSimulator
) -> None:
    await server.connected()
    await fault(server, fault="status", status=503, times=3)
    await pass_time(server, album, 7200 - 299)
    waits = []
    for _ in range(3):
        await look(server)
        waits.append(await due_in_seconds(server))
    assert waits[0] == pytest.approx(30, abs=5)
    assert waits[1] == pytest.approx(60, abs=5)
    assert waits[2] == pytest.approx(3600, abs=5)
    assert await server.told() == []
    await pass_time(server, album, 300)
    [account] = (await server.call("GET", "/v1/accounts")).body["data"]
    health = (await server.call("GET", f"/v1/accounts/{account['id']}/health")).body
    assert (health["status"], health["canRefresh"]) == ("overdue", True)
    await pass_time(server, album, 3301)
    await look(server)
    assert album.refreshes == 1
    assert await due_in_seconds(server) == 7200 - 300


async def test_access_that_was_taken_away_is_told_once(
    server: Server, album: AlbumSimulator
) -> None:
    account = await server.connected()
    album.revoke()
    await pass_time(server, album, 7200 - 299)
    await look(server)
    assert [each for each in await server.rows(jobs) if each["kind"] == RENEWAL_KIND] == []
    for _ in range(2):
        result = (await server.post(account["id"])).body["results"][0]
        assert (result["status"], result["error"]["code"]) == ("rejected", "platform_auth_failed")
    reply = await server.call("POST", f"/v1/accounts/{account['id']}/refresh")
    assert reply.body["error"]["code"] == "platform_auth_failed"
    [told] = await server.told()
    assert told["type"] == "token.revoked"
    assert told["data"]["accountId"] == account["id"]
    assert told["data"]["revokedAt"]
    health = (await server.call("GET", f"/v1/accounts/{account['id']}/health")).body
    assert (health["status"], health["canRefresh"]) == ("ended", False)
    # Connected again, it is well, and would be told of anew.
    again = await server.connected()
    assert again["id"] == account["id"]
    health = (await server.call("GET", f"/v1/accounts/{account['id']}/health")).body
    assert (health["status"], health["revokedAt"]) == ("ok", None)


async def test_a_token_that_nobody_can_renew_is_warned_of_twice(
    server: Server, album: AlbumSimulator
) -> None:
    album.gives_refresh_tokens = False
    album.access_lives = 60 * DAY
    account = await server.connected()
    assert await due_in_seconds(server) == 53 * DAY
    assert await look(server) == 1
    assert await server.told() == []
    assert await due_in_seconds(server) == 53 * DAY
    await pass_time(server, album, 53 * DAY + 60)
    await look(server)
    [first] = await server.told()
    assert (first["type"], first["data"]["daysUntilExpiry"]) == ("token.expiring", 7)
    await pass_time(server, album, 6 * DAY)
    await look(server)
    _, second = await server.told()
    assert second["data"]["daysUntilExpiry"] == 1
    assert await look(server) == 0
    assert album.refreshes == 0
    reply = await server.call("POST", f"/v1/accounts/{account['id']}/refresh")
    assert (reply.status, reply.rule) == (400, "account.token.not_renewable")


async def test_a_refresh_token_that_ends_is_warned_of_though_tokens_are_renewed(
    server: Server, album: AlbumSimulator
) -> None:
    album.access_lives, album.refresh_lives = 30 * DAY, 40 * DAY
    await server.connected()
    await pass_time(server, album, 29 * DAY)
    album.refresh_lives = 11 * DAY
    await look(server)
    assert (await server.told(), album.refreshes) == ([], 1)
    # What is renewed on the last day lives on for thirty more.
    assert await due_in_seconds(server) == pytest.approx(23 * DAY, abs=60)
    await pass_time(server, album, 23 * DAY + 60)
    await look(server)
    [told] = await server.told()
    assert (told["type"], told["data"]["daysUntilExpiry"]) == ("token.expiring", 7)


async def test_health_says_how_access_stands(server: Server, album: AlbumSimulator) -> None:
    account = await server.connected()
    path = f"/v1/accounts/{account['id']}/health"
    health = (await server.call("GET", path)).body
    assert health["status"] == "ok"
    assert health["scopes"] == ["albums.read", "albums.write"]
    assert health["missingScopes"] == []
    assert health["canRefresh"] is True
    assert health["lastRefreshAt"] is None
    assert health["accessEndsAt"] is None
    assert health["tokenExpiresAt"] == account["tokenExpiresAt"]
    renewed = await server.call("POST", f"/v1/accounts/{account['id']}/refresh")
    assert renewed.body["lastRefreshAt"]
    assert album.refreshes == 1
    assert "token" not in str(await server.told())


async def test_health_is_for_those_who_see_the_account(server: Server) -> None:
    account = await server.connected()
    made = await server.call("POST", "/v1/profiles", {"name": "Brand"})
    pinned = await server.new_key(profileId=made.body["id"])
    for method, path in (("GET", "health"), ("POST", "refresh")):
        address = f"/v1/accounts/{account['id']}/{path}"
        assert (await server.call(method, address, key=pinned)).status == 404
        reader = await server.new_key(scopes=["accounts:read"])
        reply = await server.call(method, address, key=reader)
        assert reply.status == (200 if method == "GET" else 403)


async def test_a_renewal_that_loses_its_answer_leaves_the_old_token_in_place(
    server: Server, album: AlbumSimulator
) -> None:
    account = await server.connected()
    before = await row(server)
    await fault(server, fault="cut_before_commit")
    reply = await server.call("POST", f"/v1/accounts/{account['id']}/refresh")
    assert (reply.status, reply.body["error"]["code"]) == (503, "platform_unavailable")
    after = await row(server)
    assert after["credentials"] == before["credentials"]
    assert after["refresh_owner"] is None
    assert (await server.call("POST", f"/v1/accounts/{account['id']}/refresh")).status == 200
    assert album.refreshes == 1


async def test_a_server_that_stops_waits_for_the_new_token(
    simulation: Simulation,
    database_url: str,
    tmp_path: Path,
    fake_clock: FakeClock,
    album: AlbumSimulator,
) -> None:
    async with running(simulation, database_url, tmp_path, fake_clock) as server:
        account = await server.connected()
        before = await row(server)
        await fault(server, fault="slow", seconds=0.5)
        path = f"/v1/accounts/{account['id']}/refresh"
        asking = asyncio.create_task(server.call("POST", path))
        while not server.service.state.renewals._under_way:  # noqa: ASYNC110 - there is no event
            await asyncio.sleep(0.01)
        asking.cancel()
    async with running(simulation, database_url, tmp_path, fake_clock) as server:
        after = await row(server)
    assert album.refreshes == 1
    assert after["credentials"] != before["credentials"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_no_secret_of_a_connection_is_recorded(
    simulation: Simulation,
    database_url: str,
    tmp_path: Path,
    fake_clock: FakeClock,
    album: AlbumSimulator,
) -> None:
    record = tmp_path / "upstream.jsonl"
    settings = {"LETMEPOST_RECORD_UPSTREAM": str(record)}
    async with running(simulation, database_url, tmp_path, fake_clock, **settings) as server:
        descriptor = await server.begin()
        answer = await server.consent(descriptor["authorizationUrl"])
        account = (await server.complete(answer)).body
        [grant] = album.grants
        secrets = [answer["code"], grant.access, grant.refresh, CLIENT_SECRET]
        await pass_time(server, album, 7200)
        posted = await server.post(account["id"])
        post_id = posted.body["results"][0]["postId"]
        shown = await server.call("GET", f"/v1/posts/{post_id}")
        secrets += [grant.access, grant.refresh]
        rows = [await server.rows(table) for table in metadata.sorted_tables]
    told = record.read_text()
    assert told.count("/oauth/token") == 2
    for text in (told, shown.text, str(rows)):
        assert [each for each in secrets if each in text] == []
        assert "Basic YWxi" not in text


async def test_an_account_that_is_disconnected_is_looked_after_no_more(
    server: Server, album: AlbumSimulator
) -> None:
    account = await server.connected()
    await server.call("DELETE", f"/v1/accounts/{account['id']}")
    await pass_time(server, album, 7200)
    assert await look(server) == 1
    assert (album.refreshes, await server.rows(jobs)) == (0, [])


async def test_a_post_after_the_end_of_access_is_warned_of(
    server: Server, album: AlbumSimulator
) -> None:
    rule = "account.token.expires_before_schedule"
    later = (server.clock.now() + timedelta(days=90)).isoformat()
    renewed = await server.connected()
    reply = await server.post(renewed["id"], scheduledAt=later)
    assert "warnings" not in reply.body["results"][0]
    album.gives_refresh_tokens, album.access_lives = False, 60 * DAY
    album.albums = ("a2",)
    ending = await server.connected()
    reply = await server.post(ending["id"], scheduledAt=later)
    assert reply.status == 202
    assert [each["code"] for each in reply.body["results"][0]["warnings"]] == [rule]
    sooner = (server.clock.now() + timedelta(days=59)).isoformat()
    reply = await server.post(ending["id"], "Sooner", scheduledAt=sooner)
    assert "warnings" not in reply.body["results"][0]
