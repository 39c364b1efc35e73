"""The way to a platform: one request at a time, written down, with no secret left in the record."""

import base64
import io
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp
from yarl import URL

from letmepost.kit.address_guard import AddressRefusedError
from letmepost.kit.clock import wire_time
from letmepost.kit.json_bytes import to_json
from letmepost.platform_kit.answer_body import parse_json, read_capped
from letmepost.platform_kit.multipart import Part, describe_parts, write_parts
from letmepost.platform_kit.observed import observed
from letmepost.platform_kit.redaction import (
    ANSWERED_SECRET_NAMES,
    HIDDEN,
    SECRET_NAMES,
    redact,
    redact_text,
    redact_url,
)
from letmepost.platform_kit.upload_form import UploadForm

_WHOLLY_ENCODED = re.compile(r"https?://[\w.:\[\]-]+[/?][\w\-.~:/?@!$&'()*+,;=%]*", re.ASCII)
KEPT_HEADERS = frozenset(
    {
        "content-type",
        "date",
        "dpop-nonce",
        "location",
        "ratelimit-limit",
        "ratelimit-policy",
        "ratelimit-remaining",
        "ratelimit-reset",
        "retry-after",
        "www-authenticate",
    }
)
KEPT_HEADER_PREFIXES = ("x-",)
TRANSCRIPT_BODY_CHARACTERS = 4096
RECORD_BODY_BYTES = 256
_FILE_IN_JSON = re.compile(r"[A-Za-z0-9+/=_-]{4096}")
DEADLINE_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a platform answered. `document` is the parsed JSON body, None where it is not JSON."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    document: Any

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300  # noqa: PLR2004 - HTTP's own classes

    def shown(self) -> Any:  # noqa: ANN401 - JSON
        """The raw answer as the caller sees it in `platformResponse`, secrets hidden."""
        if self.document is not None:
            return redact(self.document, names=ANSWERED_SECRET_NAMES)
        if not self.body:
            return {"httpStatus": self.status}
        text = self.body.decode("utf-8", "replace")[:TRANSCRIPT_BODY_CHARACTERS]
        return {"httpStatus": self.status, "body": redact_text(text)}


class NoAnswerError(Exception):
    """The platform did not answer. `sent` says whether it may have received the request."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent


class AddressNotAllowedError(NoAnswerError):
    """The guard refused the address, so nothing was sent."""

    def __init__(self) -> None:
        super().__init__("the address is not allowed", sent=False)


@lru_cache(maxsize=256)
def origin(url: str) -> str:
    """Scheme, host and port of an address, for comparing who is spoken to."""
    parts = urlsplit(url)
    default = {"https": 443, "http": 80}.get(parts.scheme)
    return f"{parts.scheme}://{parts.hostname}:{parts.port or default}"


def _as_written(url: str) -> str | URL:
    """The address in the form that leaves it alone.

    aiohttp decodes what need not be encoded, such as the colons of a URN in a path, and there are
    platforms that want them encoded.
    """
    try:
        return URL(url, encoded=True) if _WHOLLY_ENCODED.fullmatch(url) else url
    except ValueError:
        return url


@lru_cache
def _origins(urls: tuple[str, ...]) -> frozenset[str]:
    """The origins of addresses from the settings, which do not change."""
    return frozenset(origin(url) for url in urls)


@dataclass
class Sessions:
    """The two aiohttp sessions of a process.

    `plain` speaks to hosts that the operator's settings name. `guarded` speaks to every other
    host and refuses private addresses as it connects.
    """

    plain: aiohttp.ClientSession
    guarded: aiohttp.ClientSession
    record_to: Path | None = None

    async def close(self) -> None:
        """Close both."""
        await self.plain.close()
        await self.guarded.close()


@dataclass
class Upstream:
    """One conversation with one platform; `transcript` is what the attempt's record will hold.

    `deadline_seconds` ends a request that names no deadline of its own. A request that may create
    something names none: the lease of its job covers this one. `before_call` is awaited before
    anything is sent. `slow_for_seconds` is how long the account should send no more posts, since
    it has nearly used up what the platform allows. `version_is_gone` says that the platform does
    not answer the version any more that is spoken here.
    """

    sessions: Sessions
    platform: str
    trusted: Iterable[str]
    deadline_seconds: float = DEADLINE_SECONDS
    before_call: Callable[[], Awaitable[None]] | None = None
    secrets: set[str] = field(default_factory=set)
    transcript: list[dict[str, Any]] = field(default_factory=list)
    slow_for_seconds: float = 0.0
    version_is_gone: bool = False

    def __post_init__(self) -> None:
        """Compare hosts by origin."""
        self._trusted = _origins(tuple(self.trusted))

    def slow_down(self, seconds: float) -> None:
        """Note that the account should send no more posts for so long, or longer if noted."""
        self.slow_for_seconds = max(self.slow_for_seconds, seconds)

    async def request(  # noqa: PLR0913 - an HTTP request has these parts
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        document: Any = None,  # noqa: ANN401 - JSON
        form: Mapping[str, str] | None = None,
        multipart: Sequence[Part] | UploadForm | None = None,
        body: bytes | AsyncIterator[bytes] | None = None,
        deadline_seconds: float | None = None,
    ) -> Answer:
        """Send one request and read its whole answer, whatever the status.

        Redirects are not followed. Raises `NoAnswerError` when there is no complete answer.
        """
        if self.before_call is not None:
            await self.before_call()
        if params:
            url = f"{url}?{urlencode(params)}"
        sent_headers = dict(headers or {})
        data: Any = body
        if document is not None:
            data = to_json(document)
            sent_headers.setdefault("Content-Type", "application/json")
        elif form is not None:
            data = urlencode(form).encode()
            sent_headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        elif multipart is not None:
            data, multipart_headers = _multipart_body(multipart)
            sent_headers |= multipart_headers
        body, data = await self._recordable(body, data)
        shown_parts = None if multipart is None else self._hide_parts(multipart)
        self._record(
            method,
            url,
            sent_headers,
            document=document,
            form=form,
            multipart=shown_parts,
            body=body,
        )
        entry: dict[str, Any] = {
            "method": method,
            "url": self._hide(redact_url(url)),
            "startedAt": wire_time(datetime.now(UTC)),
        }
        if document is not None:
            entry["requestBody"] = self._without_secrets(document)
        elif form is not None:
            entry["requestBody"] = self._without_secrets(form)
        elif shown_parts is not None:
            entry["requestBody"] = shown_parts
        self.transcript.append(entry)
        began = time.perf_counter()
        try:
            deadline = self.deadline_seconds if deadline_seconds is None else deadline_seconds
            with observed(self.platform, method, url) as call:
                answer = await self._exchange(method, url, sent_headers, data, deadline)
                call.status = answer.status
        except NoAnswerError as error:
            entry["error"] = error.reason
            raise
        finally:
            entry["milliseconds"] = round((time.perf_counter() - began) * 1000)
        entry["status"] = answer.status
        entry["headers"] = {
            name.lower(): value
            for name, value in answer.headers.items()
            if name.lower() in KEPT_HEADERS or name.lower().startswith(KEPT_HEADER_PREFIXES)
        }
        said = answer.shown() if answer.document is None else answer.document
        entry["body"] = redact(said, self._hide, ANSWERED_SECRET_NAMES)
        return answer

    async def _exchange(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        data: Any,  # noqa: ANN401 - aiohttp's body types
        deadline: float,
    ) -> Answer:
        session = self.sessions.plain if origin(url) in self._trusted else self.sessions.guarded
        try:
            async with session.request(
                method,
                _as_written(url),
                headers=headers,
                data=data,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=deadline),
            ) as response:
                body = await read_capped(response)
                return Answer(response.status, response.headers.copy(), body, parse_json(body))
        except AddressRefusedError:
            raise AddressNotAllowedError from None
        except (aiohttp.ClientConnectorError, aiohttp.InvalidURL) as error:
            if isinstance(error.__cause__, AddressRefusedError):
                raise AddressNotAllowedError from None
            raise NoAnswerError(f"cannot connect: {type(error).__name__}", sent=False) from error
        except TimeoutError as error:
            raise NoAnswerError(f"no answer within {deadline:g} s", sent=True) from error
        except (aiohttp.ClientError, OSError) as error:
            raise NoAnswerError(f"connection lost: {type(error).__name__}", sent=True) from error

    async def _recordable(
        self,
        body: bytes | AsyncIterator[bytes] | None,
        data: Any,  # noqa: ANN401 - aiohttp's body types
    ) -> tuple[bytes | AsyncIterator[bytes] | None, Any]:
        """What of a body can be recorded, and what is sent: a stream is read ahead by one piece."""
        if self.sessions.record_to is None or not isinstance(body, AsyncIterator):
            return body, data
        return await _peeked(body)

    def _hide(self, text: str) -> str:
        if _FILE_IN_JSON.match(text):
            # A file written in base64: its beginning tells what it is, as with a binary body.
            text = text[:RECORD_BODY_BYTES]
        for secret in self.secrets:
            text = text.replace(secret, HIDDEN)
        return text

    def _without_secrets(self, value: Any) -> Any:  # noqa: ANN401 - JSON
        """The same JSON without the values of secret names and without this account's secrets."""
        return redact(value, self._hide)

    def _hide_parts(self, parts: Sequence[Part] | UploadForm) -> list[dict[str, Any]]:
        """The parts by names and sizes, secret fields hidden."""
        described = parts.described() if isinstance(parts, UploadForm) else describe_parts(parts)
        shown: list[dict[str, Any]] = self._without_secrets(described)
        return [
            {**each, "value": HIDDEN}
            if "value" in each and each["name"].lower() in SECRET_NAMES
            else each
            for each in shown
        ]

    def _record(  # noqa: PLR0913 - the parts of a request
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        *,
        document: Any,  # noqa: ANN401 - JSON
        form: Mapping[str, str] | None,
        multipart: list[dict[str, Any]] | None,
        body: bytes | AsyncIterator[bytes] | None,
    ) -> None:
        if self.sessions.record_to is None:
            return
        line: dict[str, Any] = {
            "platform": self.platform,
            "method": method,
            "url": self._hide(redact_url(url)),
            "headers": {
                name: HIDDEN if name.lower() in SECRET_NAMES else self._hide(value)
                for name, value in headers.items()
            },
        }
        if document is not None:
            line["json"] = self._without_secrets(document)
        elif form is not None:
            line["form"] = self._without_secrets(form)
        elif multipart is not None:
            line["multipart"] = multipart
        elif isinstance(body, bytes):
            line["body_base64"] = base64.b64encode(body[:RECORD_BODY_BYTES]).decode()
        with self.sessions.record_to.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _multipart_body(
    parts: Sequence[Part] | UploadForm,
) -> tuple[io.BytesIO | AsyncIterator[bytes], Mapping[str, str]]:
    """What aiohttp sends for a form, and the headers that go with it."""
    if isinstance(parts, UploadForm):
        return parts.body(), parts.headers
    written, content_type = write_parts(parts)
    # aiohttp sends a file piece by piece, and bytes in one long step of the loop.
    return io.BytesIO(written), {"Content-Type": content_type}


async def _peeked(body: AsyncIterator[bytes]) -> tuple[bytes, AsyncIterator[bytes]]:
    """The first piece of a body, and the whole body anew."""
    first = await anext(body, b"")

    async def whole() -> AsyncIterator[bytes]:
        yield first
        async for piece in body:
            yield piece

    return first, whole()
