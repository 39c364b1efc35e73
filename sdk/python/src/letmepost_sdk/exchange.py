"""A call as a conversation that does no input or output itself: what to send, when to send again.

Blocking and async clients run the same conversations; only the sending and the waiting differ.
"""

from __future__ import annotations

import email.utils
import json
import logging
import random
import uuid
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, TypeVar

from letmepost_sdk.contents import Contents
from letmepost_sdk.error_codes import CLASSES, InternalError
from letmepost_sdk.errors import UNKNOWN, LetmepostError

log = logging.getLogger("letmepost_sdk")

BACKOFF_MAX_SECONDS = 8.0
SUCCESS = range(200, 300)
TOO_MANY_REQUESTS = 429
SERVER_ERROR = 500
FIRST_REQUEST_RUNS = "idempotency_key.in_progress"


class NetworkError(InternalError):
    """No answer came: the connection failed, broke, or was silent for too long. `status` is 0."""


@dataclass(frozen=True)
class Send:
    """One request, complete."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | Contents | None
    timeout_seconds: float


@dataclass(frozen=True)
class Sleep:
    """A pause."""

    seconds: float


@dataclass(frozen=True)
class Reply:
    """One answer. The names of its headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class NoAnswer:
    """What stood in the way of an answer."""

    reason: str


T_co = TypeVar("T_co", covariant=True)
# Asks for a request to be sent or time to pass, is told what came of it, and ends with a value.
Exchange = Generator[Send | Sleep, Reply | NoAnswer | None, T_co]


@dataclass(frozen=True)
class Retrying:
    """How often a request is sent again, and after how long."""

    retries: int
    base_seconds: float
    retry_after_max_seconds: float

    def wait_seconds(self, attempt: int, asked_seconds: float | None, jitter: float) -> float:
        """The pause after an attempt, from 0: what the server asks for, or twice the last one.

        `jitter`, from 0 to 1, moves the pause between one half and the whole.
        """
        if asked_seconds is not None:
            return min(asked_seconds, self.retry_after_max_seconds)
        whole = min(self.base_seconds * 2.0**attempt, BACKOFF_MAX_SECONDS)
        return whole * (1 + jitter) / 2


def new_idempotency_key() -> str:
    """A key that nobody else has."""
    return str(uuid.uuid4())


def answered(send: Send, retrying: Retrying) -> Exchange[Reply]:
    """Send a request until it is answered with 2xx; raise what stands in the way of that."""
    attempt = 0
    while True:
        outcome = yield send
        if isinstance(outcome, Reply) and outcome.status in SUCCESS:
            return outcome
        error = _error_of(outcome)
        if attempt >= retrying.retries or not _may_help(error, attempt):
            raise error
        seconds = retrying.wait_seconds(
            attempt,
            error.retry_after_seconds,
            random.random(),  # noqa: S311 - spreads clients, hides nothing
        )
        log.info("%s %s again in %.1f s: %s", send.method, send.url, seconds, error)
        yield Sleep(seconds)
        attempt += 1


def _may_help(error: LetmepostError, attempt: int) -> bool:
    """Whether the same request may be answered otherwise the next time."""
    if error.rule == FIRST_REQUEST_RUNS:
        # What runs is our own request, whose answer was lost on the way.
        return attempt > 0
    temporary = error.status in (0, TOO_MANY_REQUESTS) or error.status >= SERVER_ERROR
    return temporary and error.retryable is not False


def _error_of(outcome: Reply | NoAnswer | None) -> LetmepostError:
    if not isinstance(outcome, Reply):
        reason = outcome.reason if outcome else "the request was not sent"
        details = {"code": "internal_error", "message": f"No answer came: {reason}."}
        return NetworkError(details, status=0)
    envelope = _envelope(outcome)
    kind = CLASSES.get(envelope["code"], LetmepostError)
    return kind(
        envelope,
        status=outcome.status,
        retry_after_seconds=_retry_after_seconds(outcome.headers.get("retry-after", "")),
    )


def _envelope(reply: Reply) -> Mapping[str, Any]:
    """What an answer says of the error; it may come from a machine in between, in any form."""
    try:
        details = json.loads(reply.body)["error"]
        if isinstance(details["code"], str):
            return dict(details)
    except (ValueError, LookupError, TypeError):
        pass
    return {
        "code": UNKNOWN,
        "message": f"The answer has status {reply.status} and no explanation.",
        "requestId": reply.headers.get("x-request-id"),
    }


def _retry_after_seconds(text: str) -> float | None:
    """The pause that a Retry-After asks for, in seconds or as a date."""
    if text.isdecimal():
        return float(text)
    try:
        at = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    if at.tzinfo is None:
        return None
    return max(0.0, (at - datetime.now(timezone.utc)).total_seconds())


def document_of(reply: Reply) -> Any:  # noqa: ANN401 - whatever JSON holds
    """The JSON of an answer."""
    try:
        return json.loads(reply.body)
    except ValueError:
        details = {"code": UNKNOWN, "message": "The answer is not JSON."}
        raise LetmepostError(details, status=reply.status) from None
