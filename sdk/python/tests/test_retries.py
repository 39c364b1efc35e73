"""When a request is sent again and after how long, asked of the conversation itself."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from letmepost_sdk import (
    InternalError,
    LetmepostError,
    NetworkError,
    PlatformUnavailableError,
    RateLimitedError,
    ValidationError,
)
from letmepost_sdk.blocking import Blocking
from letmepost_sdk.exchange import Exchange, NoAnswer, Reply, Retrying, Send, answered

SEND = Send("POST", "http://127.0.0.1/v1/posts", {"Idempotency-Key": "k"}, b"{}", 60.0)
RETRYING = Retrying(retries=3, base_seconds=0.5, retry_after_max_seconds=30.0)
FINE = Reply(200, {}, b"{}")


def refused(status: int, headers: Mapping[str, str] | None = None, **error: Any) -> Reply:
    body = {"error": {"code": "internal_error", "message": "No.", **error}}
    return Reply(status, headers or {}, json.dumps(body).encode())


class Played(Blocking):
    """A client's driver whose requests end as a test says, and whose pauses take no time."""

    def __init__(self, *outcomes: Reply | NoAnswer) -> None:
        super().__init__()
        self._outcomes = list(outcomes)
        self.pauses: list[float] = []

    def _send(self, send: Send) -> Reply | NoAnswer:
        assert send == SEND
        return self._outcomes.pop(0)

    def _sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)


def played(exchange: Exchange[Reply], *outcomes: Reply | NoAnswer) -> tuple[Reply, list[float]]:
    """The end of a conversation in which requests end so, and its pauses."""
    driver = Played(*outcomes)
    reply = driver.run(exchange)
    assert driver._outcomes == []
    return reply, driver.pauses


@pytest.mark.parametrize("outcome", [NoAnswer("cut"), refused(500), refused(503), refused(429)])
def test_what_may_help_is_sent_again_as_it_was(outcome: Reply | NoAnswer) -> None:
    reply, pauses = played(answered(SEND, RETRYING), outcome, outcome, outcome, FINE)
    assert reply is FINE
    assert 0.25 <= pauses[0] <= 0.5
    assert 0.5 <= pauses[1] <= 1.0
    assert 1.0 <= pauses[2] <= 2.0


def test_retries_end() -> None:
    with pytest.raises(InternalError) as caught:
        played(answered(SEND, RETRYING), *[refused(500)] * 4)
    assert caught.value.status == 500


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422])
def test_a_refusal_is_not_sent_again(status: int) -> None:
    with pytest.raises(ValidationError):
        played(answered(SEND, RETRYING), refused(status, code="validation_failed"))


def test_what_says_that_it_is_final_is_not_sent_again() -> None:
    with pytest.raises(PlatformUnavailableError):
        played(answered(SEND, RETRYING), refused(503, code="platform_unavailable", retryable=False))


def test_no_answer_at_all_is_status_0_and_an_internal_error() -> None:
    with pytest.raises(NetworkError) as caught:
        played(answered(SEND, Retrying(0, 0.5, 30.0)), NoAnswer("no route"))
    assert caught.value.status == 0
    assert caught.value.code == "internal_error"
    assert isinstance(caught.value, InternalError)
    assert "no route" in str(caught.value)


def test_a_request_of_ours_that_still_runs_is_waited_for() -> None:
    running = refused(
        409,
        {"retry-after": "1"},
        code="idempotency_conflict",
        rule="idempotency_key.in_progress",
        retryable=True,
    )
    _, pauses = played(answered(SEND, RETRYING), NoAnswer("cut"), running, FINE)
    assert pauses[1] == 1.0
    # Somebody else's request under this key is his own affair.
    with pytest.raises(LetmepostError):
        played(answered(SEND, RETRYING), running)


@pytest.mark.parametrize(
    ("asked", "seconds"), [("0", 0.0), ("7", 7.0), ("30", 30.0), ("3600", 30.0)]
)
def test_retry_after_is_honoured_up_to_30_seconds(asked: str, seconds: float) -> None:
    limited = refused(429, {"retry-after": asked}, code="rate_limited", retryable=True)
    _, pauses = played(answered(SEND, RETRYING), limited, FINE)
    assert pauses == [seconds]


def test_retry_after_may_be_a_date() -> None:
    at = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    _, pauses = played(answered(SEND, RETRYING), refused(503, {"retry-after": at}), FINE)
    assert 10.0 < pauses[0] <= 20.0


@pytest.mark.parametrize("asked", ["soon", "-1", "1.5", "", "Mon, 30 Feb 2026 00:00:00 GMT"])
def test_a_retry_after_that_means_nothing_is_none(asked: str) -> None:
    _, pauses = played(answered(SEND, RETRYING), refused(503, {"retry-after": asked}), FINE)
    assert 0.25 <= pauses[0] <= 0.5


def test_the_seconds_of_a_rate_limit_are_told() -> None:
    with pytest.raises(RateLimitedError) as caught:
        played(
            answered(SEND, Retrying(0, 0.5, 30.0)),
            refused(429, {"retry-after": "12"}, code="rate_limited"),
        )
    assert caught.value.retry_after_seconds == 12.0


def test_pauses_double_up_to_8_seconds() -> None:
    longest = [RETRYING.wait_seconds(attempt, None, 1.0) for attempt in range(7)]
    shortest = [RETRYING.wait_seconds(attempt, None, 0.0) for attempt in range(7)]
    assert longest == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]
    assert shortest == [each / 2 for each in longest]


@pytest.mark.parametrize("body", [b"", b"<h1>Bad gateway</h1>", b"[]", b'{"error":"no"}', b"\xff"])
def test_an_answer_of_a_machine_in_between_is_an_error_too(body: bytes) -> None:
    with pytest.raises(LetmepostError) as caught:
        played(answered(SEND, Retrying(0, 0.5, 30.0)), Reply(502, {}, body))
    assert type(caught.value) is LetmepostError
    assert (caught.value.status, caught.value.code) == (502, "unknown")


def test_a_code_that_is_not_known_is_the_base_error() -> None:
    with pytest.raises(LetmepostError) as caught:
        played(answered(SEND, RETRYING), refused(400, code="weather_changed", extra="kept"))
    assert type(caught.value) is LetmepostError
    assert caught.value.code == "weather_changed"
    assert caught.value.details["extra"] == "kept"
