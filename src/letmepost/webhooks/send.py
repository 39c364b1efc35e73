"""One attempt to deliver an event, and what it means."""

import random
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

import aiohttp

from letmepost.kit.address_guard import refused_by_guard
from letmepost.kit.clock import Clock
from letmepost.kit.traces import call_span

TIMEOUT_SECONDS: Final = 10.0
EXCERPT_BYTES: Final = 2048
FIRST_WAIT_SECONDS: Final = 5.0
DOUBLED_RETRIES: Final = 8
HOUR_SECONDS: Final = 3600.0
# What may pass although it is an error of the request.
_RETRIED: Final = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
)


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of an attempt. `status` is None where there was no answer."""

    status: int | None
    excerpt: str | None
    duration_ms: int
    failure: str | None
    retry_after_seconds: float | None = None

    @property
    def delivered(self) -> bool:
        """Whether the consumer said that it has it."""
        return self.failure is None

    @property
    def is_final(self) -> bool:
        """Whether another try would be refused as well: an error of the request."""
        return (
            self.status is not None
            and HTTPStatus.BAD_REQUEST <= self.status < HTTPStatus.INTERNAL_SERVER_ERROR
            and self.status not in _RETRIED
        )

    @property
    def is_gone(self) -> bool:
        """Whether the consumer wants nothing any more, as Standard Webhooks has it."""
        return self.status == HTTPStatus.GONE


async def send_once(
    session: aiohttp.ClientSession, url: str, headers: Mapping[str, str], body: bytes, clock: Clock
) -> Tried:
    """Post a body; never raises for what happens on the way. Redirects are not followed."""
    began = time.perf_counter()

    def tried(
        status: int | None, excerpt: str | None, failure: str | None, wait: float | None = None
    ) -> Tried:
        milliseconds = round((time.perf_counter() - began) * 1000)
        return Tried(status, excerpt, milliseconds, failure, wait)

    try:
        async with _posted(session, url, headers, body) as answer:
            excerpt = await _excerpt(answer)
            failure = None if answer.ok and not _redirects(answer) else f"HTTP {answer.status}"
            wait = _retry_after(answer.headers.get("Retry-After"), clock)
            return tried(answer.status, excerpt, failure, wait)
    except TimeoutError:
        return tried(None, None, f"no answer within {TIMEOUT_SECONDS:g} s")
    except aiohttp.InvalidURL:
        return tried(None, None, "the address is not valid")
    except (aiohttp.ClientError, OSError, ValueError) as error:
        if refused_by_guard(error):
            return tried(None, None, "the address is not allowed")
        return tried(None, None, f"{type(error).__name__}: no connection"[:200])


@asynccontextmanager
async def _posted(
    session: aiohttp.ClientSession, url: str, headers: Mapping[str, str], body: bytes
) -> AsyncIterator[aiohttp.ClientResponse]:
    with call_span("POST", url) as span:
        async with session.post(
            url,
            data=body,
            headers=headers,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS),
        ) as answer:
            if span is not None:
                span.set_attribute("http.response.status_code", answer.status)
            yield answer


def _redirects(answer: aiohttp.ClientResponse) -> bool:
    return HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST


async def _excerpt(answer: aiohttp.ClientResponse) -> str:
    """The beginning of the answer; the rest is not read."""
    read = bytearray()
    while len(read) < EXCERPT_BYTES:
        piece = await answer.content.read(EXCERPT_BYTES - len(read))
        if not piece:
            break
        read += piece
    # PostgreSQL takes no U+0000.
    return read.decode("utf-8", "replace").replace("\0", "\ufffd")


def _retry_after(value: str | None, clock: Clock) -> float | None:
    """Seconds, or the time until a date."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value) if len(value) <= len("999999999") else None
    try:
        return max(0.0, (parsedate_to_datetime(value) - clock.now()).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None


@dataclass(frozen=True, slots=True)
class RetryPlan:
    """When a delivery is tried again: 8 times from 5 seconds on, doubling, then every hour.

    `hours` is how many hourly tries there are. `chance` gives a number from 0 to 1.
    """

    hours: int
    chance: Callable[[], float] = random.random

    def wait(self, attempts: int, tried: Tried) -> timedelta | None:
        """How long until the next try; None where there is none."""
        if tried.is_final or attempts > DOUBLED_RETRIES + self.hours:
            return None
        doubled = FIRST_WAIT_SECONDS * 2.0 ** (attempts - 1)
        seconds = doubled if attempts <= DOUBLED_RETRIES else HOUR_SECONDS
        # The chance keeps what failed together from coming back together.
        seconds *= 1 + self.chance() / 4
        asked = min(tried.retry_after_seconds or 0.0, 24 * HOUR_SECONDS)
        return timedelta(seconds=max(seconds, asked))
