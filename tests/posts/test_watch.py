"""What is watched after the fact: pauses, posts that are looked at again, sweeps, figures."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Table, delete, update

from letmepost import checkup
from letmepost.jobs.queue import LeaseLostError, database_now
from letmepost.jobs.run import Held
from letmepost.jobs.tables import jobs
from letmepost.posts.ledger import VERIFY_AFTER, VERIFY_KIND
from letmepost.posts.sweep import Swept, sweep
from letmepost.posts.tables import attempts, posts, publications
from letmepost.webhooks.tables import events
from tests.counting import counted
from tests.platforms.bluesky.caller import Caller
from tests.platforms.running_server import Running
from tests.posts.scheduling import (
    claim,
    due_in_seconds,
    fire,
    fire_in_time,
    pass_time,
    scheduled,
    texts,
)


async def _pause(server: Running, word: str = "pause") -> Any:
    reply = await server.call("POST", f"/v1/accounts/{server.account_id}/{word}")
    assert reply.status == 200, reply.text
    return reply.body


async def test_a_paused_account_sends_nothing_and_loses_nothing(
    server: Running, alice: Caller
) -> None:
    result = await scheduled(server)
    await _pause(server)
    await fire_in_time(server)
    assert (await server.read(result))["status"] == "queued"
    assert await texts(alice) == []
    await _pause(server, "resume")
    assert await fire(server) == 1
    assert (await server.read(result))["status"] == "published"
    assert await texts(alice) == ["Later"]


async def test_a_post_for_a_paused_account_is_kept_with_a_warning(
    server: Running, alice: Caller
) -> None:
    await _pause(server)
    # Another process may know the account as it was a second ago.
    server.clock.advance(2)
    result = await server.post("Held")
    assert result["status"] == "queued"
    assert "account.paused" in [each["code"] for each in result["warnings"]]
    await _pause(server, "resume")
    await fire(server)
    assert await texts(alice) == ["Held"]


async def test_a_minute_after_it_is_out_a_post_is_looked_at(server: Running) -> None:
    result = await server.post("Seen")
    assert await due_in_seconds(server) == pytest.approx(VERIFY_AFTER.total_seconds(), abs=10)
    await pass_time(server, 70)
    assert await fire(server, VERIFY_KIND) == 1
    shown = await server.read(result)
    assert shown["verifiedAt"]
    assert await server.told(result) == ["post.published", "post.verified"]
    assert await server.rows(jobs) == []


async def test_a_post_that_is_gone_a_minute_later_is_warned_of(
    server: Running, alice: Caller
) -> None:
    result = await server.post("Gone")
    rkey = result["uri"].rsplit("/", 1)[-1]
    await alice.procedure(
        "com.atproto.repo.deleteRecord",
        alice.tokens["accessJwt"],
        repo=result["uri"].split("/")[2],
        collection="app.bsky.feed.post",
        rkey=rkey,
    )
    await pass_time(server, 70)
    await fire(server, VERIFY_KIND)
    shown = await server.read(result)
    assert shown["status"] == "published"
    assert shown.get("verifiedAt") is None
    assert [each["code"] for each in shown["warnings"]] == ["delivery.not_visible"]
    assert await server.told(result) == ["post.published", "post.not_visible"]


async def test_a_look_that_fails_is_taken_again_and_given_up_in_silence(
    server: Running, alice: Caller
) -> None:
    result = await server.post("Unseen")
    await alice.fault("status", route="getRecord", status=503, times=20)
    for _ in range(10):
        await pass_time(server, 600)
        await fire(server, VERIFY_KIND)
    assert await server.rows(jobs) == []
    shown = await server.read(result)
    assert (shown["status"], shown.get("warnings", [])) == ("published", [])
    assert await server.told(result) == ["post.published"]


async def test_a_look_by_a_worker_whose_lease_ended_is_refused(server: Running) -> None:
    result = await server.post("Seen")
    await pass_time(server, 70)
    [stale] = await claim(server, VERIFY_KIND)
    await pass_time(server, 31)
    [taken] = await claim(server, VERIFY_KIND)
    handle = server.service.state.runner._handlers[VERIFY_KIND]
    with pytest.raises(LeaseLostError):
        await handle(Held(stale, 0))
    await handle(Held(taken, 0))
    assert await server.told(result) == ["post.published", "post.verified"]


async def _change(server: Running, table: Table, **values: Any) -> None:
    await server.service.state.database.write(
        lambda connection: connection.execute(update(table).values(**values))
    )


async def _sweep(server: Running, keep: timedelta | None = None) -> Swept:
    now = server.clock.now()
    return await server.service.state.database.write(
        lambda connection: sweep(connection, now, keep)
    )


async def _let_be_old(server: Running, seconds: float) -> None:
    now = server.clock.now()

    def age(connection: Connection) -> None:
        then = database_now(connection, now) - timedelta(seconds=seconds)
        connection.execute(update(publications).values(updated_at=then))
        connection.execute(update(posts).values(created_at=then))

    await server.service.state.database.write(age)


async def test_a_post_that_lost_its_job_gets_one_again(server: Running, alice: Caller) -> None:
    result = await scheduled(server)
    await server.service.state.database.write(lambda connection: connection.execute(delete(jobs)))
    await pass_time(server, 3600 + 60)
    assert await _sweep(server) == Swept(requeued=0, forgotten=0)
    await pass_time(server, 120)
    assert await _sweep(server) == Swept(requeued=1, forgotten=0)
    assert await _sweep(server) == Swept(requeued=0, forgotten=0)
    assert await fire(server) == 1
    assert (await server.read(result))["status"] == "published"
    assert await texts(alice) == ["Later"]


@pytest.mark.parametrize("state", ["claimed", "sending", "waiting", "unknown"])
async def test_a_post_that_was_left_on_its_way_is_taken_up(
    server: Running, alice: Caller, state: str
) -> None:
    result = await scheduled(server)
    await fire_in_time(server)
    # As a restored backup might have it: out on the platform, and not so in the ledger.
    await server.service.state.database.write(lambda connection: connection.execute(delete(jobs)))
    await _change(server, publications, state=state, platform_uri=None)
    await _let_be_old(server, 180)
    assert (await _sweep(server)).requeued == 1
    await server.run_to_the_end(result)
    assert (await server.read(result))["status"] == "published"
    assert await texts(alice) == ["Later"]


async def test_a_post_whose_time_is_ahead_is_not_swept(server: Running) -> None:
    await scheduled(server)
    await server.service.state.database.write(lambda connection: connection.execute(delete(jobs)))
    await _let_be_old(server, 3000)
    assert (await _sweep(server)).requeued == 0


async def test_old_posts_are_forgotten_where_the_operator_says_so(server: Running) -> None:
    await server.post("Old")
    kept = await scheduled(server, "Still ahead")
    await _let_be_old(server, 40 * 86400)
    assert (await _sweep(server)).forgotten == 0
    assert (await _sweep(server, timedelta(days=41))).forgotten == 0
    assert (await _sweep(server, timedelta(days=39))).forgotten == 1
    [row] = await server.rows(publications)
    assert row["id"] == kept["postId"]
    assert len(await server.rows(posts)) == 1
    assert await server.rows(attempts) == []
    assert [row["kind"] for row in await server.rows(jobs)] == ["publish"]
    # What has happened stays told.
    assert len(await server.rows(events)) > 0


async def test_figures_say_what_is_due_in_flight_waiting_and_unknown(
    server: Running, alice: Caller
) -> None:
    name = {"platform": "bluesky", "purpose": "publish", "outcome": "unknown"}
    before = counted("letmepost_attempts_total", **name)
    await scheduled(server, "Due")
    await pass_time(server, 3660)
    await scheduled(server, "Ahead")
    await alice.fault("cut_after_commit", route="createRecord")
    await server.post("Unknown")
    shown = (await server.call("GET", "/metrics")).text
    for line in (
        "letmepost_posts_overdue 1.0",
        "letmepost_posts_unknown 1.0",
        "letmepost_posts_in_flight 0.0",
        'letmepost_attempts_last_hour{outcome="unknown",purpose="publish"} 1.0',
        "letmepost_database_up 1.0",
    ):
        assert line in shown, line
    assert counted("letmepost_attempts_total", **name) == before + 1
    no_answer = {"platform": "bluesky", "status": "none"}
    assert counted("letmepost_upstream_request_duration_seconds_count", **no_answer) >= 1
    [oldest] = [line for line in shown.splitlines() if line.startswith("letmepost_oldest_overdue")]
    assert float(oldest.split()[1]) == pytest.approx(60, abs=20)
    state = server.service.state
    found = {each.subject: each for each in await checkup._database(state.database, state.clock)}
    assert "1 due" in found["queue"].words
    assert "1 sent without an answer" in found["unknown outcomes"].words
