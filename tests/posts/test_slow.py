"""Accounts that have nearly used up what their platform allows: they wait before it refuses."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from letmepost.accounts.slow import slow_down
from letmepost.accounts.tables import accounts
from letmepost.jobs.queue import database_now
from letmepost.kit.clock import wire_time
from letmepost.platform_kit.http import Answer, Upstream
from letmepost.posts.tables import attempts, publications
from tests.platforms.bluesky.caller import Caller
from tests.platforms.running_server import Running
from tests.posts.scheduling import texts


async def _slow_until(server: Running) -> Any:
    query = select(accounts.c.slow_until).where(accounts.c.id == server.account_id)
    return await server.service.state.database.read(
        lambda connection: connection.execute(query).scalar_one()
    )


async def _slow(server: Running, seconds: float) -> None:
    def change(connection: Connection) -> None:
        until = database_now(connection, server.clock.now()) + timedelta(seconds=seconds)
        connection.execute(update(accounts).values(slow_until=until))

    await server.service.state.database.write(change)
    server.clock.advance(2)


async def test_usage_near_its_limit_slows_the_account_and_the_post_itself_goes_out(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = Upstream.request

    async def near_its_limit(self: Upstream, *args: Any, **more: Any) -> Answer:
        answer = await ask(self, *args, **more)
        self.slow_down(600)
        self.slow_down(60)
        return answer

    monkeypatch.setattr(Upstream, "request", near_its_limit)
    assert (await server.post("First"))["status"] == "published"
    until = await _slow_until(server)
    assert abs(until - server.clock.now() - timedelta(seconds=600)) < timedelta(seconds=60)
    server.clock.advance(2)
    shown = (await server.call("GET", f"/v1/accounts/{server.account_id}")).body
    assert shown["slowUntil"] == wire_time(until)


async def test_a_post_for_a_slowed_account_waits_untried_and_says_why(
    server: Running, alice: Caller
) -> None:
    await _slow(server, 600)
    result = await server.post("Held")
    assert result["status"] == "queued"
    assert await texts(alice) == []
    read = await server.read(result)
    assert [each["code"] for each in read["warnings"]].count("account.slowed") == 1
    rows = await server.service.state.database.read(
        lambda connection: (
            connection.execute(select(attempts.c.outcome)).scalars().all(),
            connection.execute(select(publications.c.state)).scalars().all(),
        )
    )
    assert "published" not in rows[0]
    assert rows[1] == ["queued"]
    await _slow(server, -1)
    await server.run_due()
    assert (await server.read(result))["status"] == "published"
    assert await texts(alice) == ["Held"]


async def test_resuming_leaves_the_wait_of_the_platform_and_says_so(
    server: Running, alice: Caller
) -> None:
    address = f"/v1/accounts/{server.account_id}"
    assert (await server.call("POST", f"{address}/pause")).status == 200
    await _slow(server, 600)
    result = await server.post("Held")
    resumed = (await server.call("POST", f"{address}/resume")).body
    assert resumed["pausedAt"] is None
    assert resumed["slowUntil"] == wire_time(await _slow_until(server))
    await server.run_due()
    read = await server.read(result)
    assert read["status"] == "queued"
    assert "account.slowed" in [each["code"] for each in read["warnings"]]
    assert await texts(alice) == []


async def test_a_wait_that_is_over_is_not_shown(server: Running) -> None:
    await _slow(server, -1)
    shown = (await server.call("GET", f"/v1/accounts/{server.account_id}")).body
    assert shown["slowUntil"] is None
    assert await _slow_until(server) is not None


async def test_a_shorter_wait_does_not_end_a_longer_one(server: Running) -> None:
    now = server.clock.now()

    def slow_for_each(connection: Connection) -> None:
        for seconds in (600, 900, 60):
            slow_down(connection, server.account_id, now + timedelta(seconds=seconds))

    await server.service.state.database.write(slow_for_each)
    assert await _slow_until(server) == now + timedelta(seconds=900)
