"""Deliveries arrive at least once, whatever the consumer does, and the log tells the truth."""

import json
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, update

from letmepost.jobs.tables import jobs
from letmepost.webhooks import deliver, send
from letmepost.webhooks.backlog import Backlog, backlog
from letmepost.webhooks.events import Event, write_events
from letmepost.webhooks.send import DOUBLED_RETRIES, Tried, send_once
from letmepost.webhooks.tables import webhook_deliveries, webhook_endpoints
from letmepost.webhooks.verify import verify
from tests.counting import counted
from tests.platforms.every_platform import Play, playing
from tests.webhooks.consumer import Consumer, consuming

AT = "/v1/webhook-endpoints"
HOURS = 3


# PostgreSQL goes by its own clock, which no test moves.
by_the_clock = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Killed(BaseException):
    """What a worker that is killed cannot catch."""


@pytest.fixture
async def play(database_url: str, tmp_path: Path) -> AsyncIterator[Play]:
    hours = {"LETMEPOST_WEBHOOK_RETRY_HOURS": str(HOURS)}
    async with playing("bluesky", database_url, tmp_path / "data", **hours) as opened:
        yield opened


@pytest.fixture
async def consumer() -> AsyncIterator[Consumer]:
    async with consuming() as opened:
        yield opened


async def make(play: Play, consumer: Consumer, **more: Any) -> dict[str, Any]:
    reply = await play.server.call("POST", AT, {"url": consumer.url, **more})
    assert reply.status == 201, reply.text
    return dict(reply.body)


async def happen(play: Play, count: int) -> None:
    """So many events, of one kind and in order."""
    account = (await play.server.call("GET", f"/v1/accounts/{play.server.account_id}")).body
    state = play.server.service.state
    rows = await play.server.rows(webhook_endpoints)
    happened = [
        Event(
            type="media.deleted",
            organization_id=rows[0]["organization_id"],
            profile_id=account["profileId"],
            subject_id="med_1",
            sequence=number + 1,
            data={"id": "med_1", "profileId": account["profileId"], "sha256": "0" * 64},
        )
        for number in range(count)
    ]
    await state.database.write(
        lambda connection: write_events(connection, happened, state.clock.now())
    )


async def log(play: Play, endpoint: Mapping[str, Any]) -> list[Any]:
    """The deliveries to an endpoint, oldest first."""
    reply = await play.server.call("GET", f"{AT}/{endpoint['id']}/deliveries?limit=200")
    assert reply.status == 200, reply.text
    return list(reversed(reply.body["data"]))


async def shown(play: Play, endpoint: Mapping[str, Any]) -> Any:
    return (await play.server.call("GET", f"{AT}/{endpoint['id']}")).body


async def test_what_happens_to_a_post_arrives_in_an_order_that_can_be_restored(
    play: Play, consumer: Consumer
) -> None:
    endpoint = await make(play, consumer)
    post = await play.end(await play.post("Hello"))
    await play.server.run_due("deliver")
    found = sorted((each.event for each in consumer.received), key=lambda each: each["sequence"])
    assert [each["type"] for each in found] == ["post.validated", "post.published"]
    assert {each["data"]["id"] for each in found} == {post["id"]}
    for each in consumer.received:
        verify(each.body, each.headers, endpoint["signingSecret"], play.server.clock.now())
        assert each.headers["X-Letmepost-Event"] == each.event["type"]
        assert each.headers["X-Letmepost-Event-Id"] == each.event["id"]
    listed = (await play.server.call("GET", "/v1/events?order=asc")).body["data"]
    assert [each["id"] for each in listed][-2:] == [each["id"] for each in found]
    assert [each["status"] for each in await log(play, endpoint)] == ["delivered"] * 2
    assert (await shown(play, endpoint))["lastDeliveryAt"]


@by_the_clock
@pytest.mark.parametrize(
    ("how", "status", "failure"),
    [
        ({"status": 500, "body": "broken"}, 500, "HTTP 500"),
        ({"status": 503}, 503, "HTTP 503"),
        ({"status": 408}, 408, "HTTP 408"),
        ({"status": 425}, 425, "HTTP 425"),
        ({"status": 429}, 429, "HTTP 429"),
        ({"status": 301, "headers": {"Location": "/elsewhere"}}, 301, "HTTP 301"),
        ({"status": 0}, None, "ServerDisconnectedError: no connection"),
        ({"wait": 0.4}, None, "no answer within 0.2 s"),
    ],
)
async def test_a_consumer_that_recovers_gets_everything(  # noqa: PLR0913 - what happens, and what is told
    play: Play,
    consumer: Consumer,
    monkeypatch: pytest.MonkeyPatch,
    how: dict[str, Any],
    status: int | None,
    failure: str,
) -> None:
    monkeypatch.setattr(send, "TIMEOUT_SECONDS", 0.2)
    endpoint = await make(play, consumer)
    for name, value in how.items():
        setattr(consumer, name, value)
    await happen(play, 3)
    await play.server.run_due("deliver")
    for each in await log(play, endpoint):
        told = (each["status"], each["attempts"], each["responseStatus"], each["failure"])
        assert told == ("pending", 1, status, failure)
        assert each["nextAttemptAt"]
        assert each["responseExcerpt"] == (None if status is None else consumer.body)
    assert (await shown(play, endpoint))["failingSince"]
    consumer.status, consumer.wait, consumer.headers = 200, 0.0, {}
    before = len(consumer.received)
    # Not before its time.
    await play.server.run_due("deliver")
    assert len(consumer.received) == before
    play.server.clock.advance(7)
    await play.server.run_due("deliver")
    assert [each["status"] for each in await log(play, endpoint)] == ["delivered"] * 3
    assert len(set(consumer.ids())) == 3
    assert (await shown(play, endpoint))["failingSince"] is None


@by_the_clock
@pytest.mark.parametrize("value", ["120", "Tue, 24 Nov 2026 12:02:00 GMT"])
async def test_a_consumer_says_when_to_come_back(
    play: Play, consumer: Consumer, value: str
) -> None:
    endpoint = await make(play, consumer)
    consumer.status, consumer.headers = 429, {"Retry-After": value}
    await happen(play, 1)
    await play.server.run_due("deliver")
    [row] = await play.server.rows(webhook_deliveries)
    assert row["next_attempt_at"] == play.server.clock.now() + timedelta(seconds=120)
    assert (await log(play, endpoint))[0]["status"] == "pending"


@by_the_clock
@pytest.mark.parametrize("status", [400, 401, 404, 422])
async def test_an_error_of_the_request_is_final(
    play: Play, consumer: Consumer, status: int
) -> None:
    endpoint = await make(play, consumer)
    consumer.status = status
    await happen(play, 1)
    await play.server.run_due("deliver")
    [told] = await log(play, endpoint)
    assert (told["status"], told["responseStatus"]) == ("failed", status)
    assert told["finishedAt"]
    assert (await shown(play, endpoint))["active"]


@by_the_clock
async def test_what_is_due_and_what_became_of_it_is_counted(play: Play, consumer: Consumer) -> None:
    outcomes = ("delivered", "retried", "failed")

    def counts() -> list[float]:
        return [counted("letmepost_webhook_attempts_total", outcome=each) for each in outcomes]

    async def waiting() -> Backlog:
        database, at = play.server.service.state.database, play.server.clock.now()
        return await database.read(lambda connection: backlog(connection, at))

    endpoint, before = await make(play, consumer), counts()
    await happen(play, 3)
    play.server.clock.advance(90)
    assert await waiting() == Backlog(pending=3, overdue=3, oldest_overdue_seconds=90)
    consumer.status = 500
    await play.server.run_due("deliver")
    # What an endpoint refuses is its owner's to mend, and not late by our fault.
    assert await waiting() == Backlog(pending=3, endpoints_failing=1)
    consumer.status = 200
    play.server.clock.advance(7)
    await play.server.run_due("deliver")
    assert await waiting() == Backlog()
    consumer.status = 404
    await happen(play, 1)
    await play.server.run_due("deliver")
    assert [now - then for now, then in zip(counts(), before, strict=True)] == [3, 3, 1]
    await play.server.call("PATCH", f"{AT}/{endpoint['id']}", {"active": False})
    assert (await waiting()).endpoints_paused == 1


@by_the_clock
async def test_a_consumer_that_is_gone_is_sent_nothing_more(play: Play, consumer: Consumer) -> None:
    endpoint = await make(play, consumer)
    async with consuming() as other:
        told = await make(play, other, events=["webhook.paused"])
        consumer.status = 410
        await happen(play, 40)
        await play.server.run_due("deliver")
        await play.server.run_due("deliver")
        assert len(consumer.received) <= deliver.AT_A_TIME
        now = await shown(play, endpoint)
        assert (now["active"], now["pausedReason"]) == (False, "gone")
        [event] = [each.event for each in other.received]
        assert (event["type"], event["data"]["endpointId"]) == ("webhook.paused", endpoint["id"])
        assert (await shown(play, told))["active"]


@by_the_clock
async def test_it_is_tried_for_the_hours_of_the_setting_and_then_given_up(
    play: Play, consumer: Consumer
) -> None:
    endpoint = await make(play, consumer)
    consumer.status = 500
    await happen(play, 1)
    waits = []
    for _ in range(DOUBLED_RETRIES + HOURS + 5):
        await play.server.run_due("deliver")
        [row] = await play.server.rows(webhook_deliveries)
        if row["next_attempt_at"] is None:
            break
        waits.append((row["next_attempt_at"] - play.server.clock.now()).total_seconds())
        play.server.clock.advance(waits[-1])
    [told] = await log(play, endpoint)
    assert (told["status"], told["attempts"]) == ("failed", 1 + DOUBLED_RETRIES + HOURS)
    assert len(consumer.received) == told["attempts"]
    doubled = [5.0 * 2**number for number in range(DOUBLED_RETRIES)]
    for wait, least in zip(waits, [*doubled, *[3600.0] * HOURS], strict=True):
        assert least <= wait <= least * 1.25


@by_the_clock
async def test_an_endpoint_that_fails_for_three_days_is_paused_and_the_others_are_told(
    play: Play, consumer: Consumer
) -> None:
    endpoint = await make(play, consumer)
    async with consuming() as other:
        await make(play, other, events=["webhook.paused"])
        consumer.status = 500
        for _ in range(4):
            await happen(play, 1)
            await play.server.run_due("deliver")
            play.server.clock.advance(timedelta(days=1).total_seconds() + 1)
        await play.server.run_due("deliver")
        now = await shown(play, endpoint)
        assert (now["active"], now["pausedReason"]) == (False, "failing")
        [event] = [each.event for each in other.received]
        assert event["data"]["lastFailureReason"] == "HTTP 500"
    sent = len(consumer.received)
    await happen(play, 1)
    await play.server.run_due("deliver")
    assert len(consumer.received) == sent, "nothing is sent to a paused endpoint"
    consumer.status = 200
    await play.server.call("PATCH", f"{AT}/{endpoint['id']}", {"active": True})
    play.server.clock.advance(3600)
    await play.server.run_due("deliver")
    assert len(consumer.received) > sent, "what was pending goes out once it is resumed"


async def test_a_dead_endpoint_is_not_called_on_and_on_and_holds_up_nobody(
    play: Play, consumer: Consumer
) -> None:
    await make(play, consumer)
    consumer.status = 500
    async with consuming() as healthy:
        await make(play, healthy)
        await happen(play, 100)
        await play.server.run_due("deliver")
        assert len(healthy.received) == 100
        # Those that were on their way when the sixteenth had failed, and no more.
        assert len(consumer.received) < 2 * deliver.FAILURES_IN_A_ROW
        await play.server.run_due("deliver")
        assert len(healthy.received) == 100


async def test_a_sender_that_is_killed_sends_again_and_loses_nothing(
    play: Play, consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = await make(play, consumer)
    await happen(play, 60)
    sent = 0

    async def dying(*given: Any) -> Tried:
        nonlocal sent
        sent += 1
        if sent == 30:
            raise Killed
        return await send_once(*given)

    with monkeypatch.context() as patched:
        patched.setattr(deliver, "send_once", dying)
        with pytest.raises(Killed):
            await play.server.run_due("deliver")
    assert {each["status"] for each in await log(play, endpoint)} >= {"pending"}
    await lease_ends(play)
    await play.server.run_due("deliver")
    assert [each["status"] for each in await log(play, endpoint)] == ["delivered"] * 60
    assert len(set(consumer.ids())) == 60
    sequences = sorted({each.event["sequence"] for each in consumer.received})
    assert sequences == list(range(1, 61))


async def lease_ends(play: Play) -> None:
    """Let the lease of the one that died run out, by whichever clock rules."""
    play.server.clock.advance(120)

    def end(connection: Connection) -> None:
        connection.execute(
            update(jobs)
            .where(jobs.c.kind == "deliver", jobs.c.owner.is_not(None))
            .values(owner=None)
        )

    await play.server.service.state.database.write(end)


@by_the_clock
async def test_with_a_rotated_secret_the_old_one_verifies_for_a_day(
    play: Play, consumer: Consumer
) -> None:
    endpoint = await make(play, consumer)
    rotated = await play.server.call("POST", f"{AT}/{endpoint['id']}/rotate-secret")
    await happen(play, 1)
    await play.server.run_due("deliver")
    [received] = consumer.received
    for secret in (endpoint["signingSecret"], rotated.body["signingSecret"]):
        verify(received.body, received.headers, secret, play.server.clock.now())
    play.server.clock.advance(timedelta(hours=25).total_seconds())
    await happen(play, 1)
    await play.server.run_due("deliver")
    assert len(consumer.received[-1].headers["webhook-signature"].split()) == 1


@by_the_clock
async def test_a_test_event_is_sent_at_once_and_told_as_it_went(
    play: Play, consumer: Consumer
) -> None:
    endpoint = await make(play, consumer)
    path = f"{AT}/{endpoint['id']}/test"
    told = (await play.server.call("POST", path, {"data": {"id": "post_1"}})).body
    assert (told["delivered"], told["status"], told["responseBody"]) == (True, 200, "ok")
    [received] = consumer.received
    assert received.event == told["sentEvent"]
    verify(received.body, received.headers, endpoint["signingSecret"], play.server.clock.now())
    consumer.status = 404
    told = (await play.server.call("POST", path, {})).body
    assert (told["delivered"], told["status"], told["nonRetryable"]) == (False, 404, True)
    consumer.status = 0
    told = (await play.server.call("POST", path, {})).body
    assert (told["delivered"], told["status"]) == (False, None)
    assert told["errorName"]
    unknown = await play.server.call("POST", path, {"type": "post.eaten"})
    assert (unknown.status, unknown.body["error"]["rule"]) == (400, "webhook.events.unknown")
    assert await log(play, endpoint) == []


@by_the_clock
async def test_an_answer_is_read_up_to_its_beginning(play: Play, consumer: Consumer) -> None:
    consumer.body = "\0" + "x" * 100_000
    endpoint = await make(play, consumer)
    await happen(play, 1)
    await play.server.run_due("deliver")
    [told] = await log(play, endpoint)
    assert told["responseExcerpt"] == "\ufffd" + "x" * 2047
    assert json.loads(consumer.received[0].body)["type"] == "media.deleted"
