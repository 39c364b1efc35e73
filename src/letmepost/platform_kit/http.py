"""The way to a platform: one request at a time, written down, with no secret left in the record."""

import base64
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import aiohttp
from pydantic_core import to_json

from letmepost.kit.address_guard import AddressRefusedError
from letmepost.kit.clock import wire_time
from letmepost.platform_kit.upload_form import UploadForm

HIDDEN = "***"
SECRET_NAMES = frozenset(
    {
        "accessjwt",
        "refreshjwt",
        "password",
        "apppassword",
        "token",
        "access_token",
        "refresh_token",
        "id_token",
        "client_secret",
        "appsecret_proof",
        "fb_exchange_token",
        "input_token",
        "code",
        "code_verifier",
        "authorization",
        "x-amz-security-token",
        "x-amz-signature",
    }
)
# In an answer `code` is the number of an error: the codes of consent come back by address.
ANSWERED_SECRET_NAMES = SECRET_NAMES - {"code"}
_NAMES = "|".join(sorted(SECRET_NAMES))
_NAMED_SECRET = re.compile(
    rf"""(["'](?:{_NAMES})["']\s*:\s*["']?|\b(?:{_NAMES})=)[^"'&\s,}}<]+""", re.IGNORECASE
)
_JWT = re.compile(r"eyJ[\w-]{8,}(?:\.[\w-]*)*")
_ESCAPE = re.compile(rb"\\u(?:0000|d[89a-f])", re.IGNORECASE)
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
ANSWER_MAX_BYTES = 4 * 1024 * 1024


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


def redact(
    value: Any,  # noqa: ANN401 - JSON
    hide: Callable[[str], str] = str,
    names: frozenset[str] = SECRET_NAMES,
) -> Any:  # noqa: ANN401 - JSON
    """The same JSON with the values of secret names hidden, and every other text as `hide` has it.

    It runs over every request and answer, and texts are most of what it finds there.
    """
    if isinstance(value, str):
        return hide(value)
    if isinstance(value, Mapping):
        return {
            name: HIDDEN if name.lower() in names and inner else redact(inner, hide, names)
            for name, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [redact(inner, hide, names) for inner in value]
    return value


def _storable(text: str) -> str:
    """The same text without what PostgreSQL refuses: NUL, and half of a surrogate pair."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def redact_text(text: str) -> str:
    """The same text with the values of secret names hidden, and whatever looks like a JWT.

    For a body that is not the JSON it should be: cut short, it still holds the new tokens.
    """
    return _JWT.sub(HIDDEN, _NAMED_SECRET.sub(rf"\g<1>{HIDDEN}", _storable(text)))


def redact_url(url: str) -> str:
    """The same address with secret query parameters hidden."""
    parts = urlsplit(url)
    if not parts.query:
        return url
    query = [
        (name, HIDDEN if name.lower() in SECRET_NAMES else value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    ]
    return urlunsplit(parts._replace(query=urlencode(query, safe=f"{HIDDEN}:/")))


def origin(url: str) -> str:
    """Scheme, host and port of an address, for comparing who is spoken to."""
    parts = urlsplit(url)
    default = {"https": 443, "http": 80}.get(parts.scheme)
    return f"{parts.scheme}://{parts.hostname}:{parts.port or default}"


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
    anything is sent.
    """

    sessions: Sessions
    platform: str
    trusted: Iterable[str]
    deadline_seconds: float = DEADLINE_SECONDS
    before_call: Callable[[], Awaitable[None]] | None = None
    secrets: set[str] = field(default_factory=set)
    transcript: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Compare hosts by origin."""
        self._trusted = _origins(tuple(self.trusted))

    async def request(  # noqa: PLR0913 - an HTTP request has these parts
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        document: Any = None,  # noqa: ANN401 - JSON
        form: Mapping[str, str] | None = None,
        upload: UploadForm | None = None,
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
        elif upload is not None:
            data = upload.body()
            sent_headers |= upload.headers
        parts = None if upload is None else self._parts(upload)
        self._record(
            method, url, sent_headers, document=document, form=form, parts=parts, body=body
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
        elif parts is not None:
            entry["requestBody"] = parts
        self.transcript.append(entry)
        began = time.perf_counter()
        try:
            deadline = self.deadline_seconds if deadline_seconds is None else deadline_seconds
            answer = await self._exchange(method, url, sent_headers, data, deadline)
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
                url,
                headers=headers,
                data=data,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=deadline),
            ) as response:
                body = await _read_capped(response)
                return Answer(response.status, response.headers.copy(), body, _parse(body))
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

    def _parts(self, upload: UploadForm) -> list[dict[str, Any]]:
        """The parts of a form as they are shown, the values of secret names hidden."""
        shown: list[dict[str, Any]] = self._without_secrets(upload.described())
        return [
            {**each, "value": HIDDEN}
            if "value" in each and each["name"].lower() in SECRET_NAMES
            else each
            for each in shown
        ]

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

    def _record(  # noqa: PLR0913 - the parts of a request
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        *,
        document: Any,  # noqa: ANN401 - JSON
        form: Mapping[str, str] | None,
        parts: list[dict[str, Any]] | None,
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
        elif parts is not None:
            line["multipart"] = parts
        elif isinstance(body, bytes):
            line["body_base64"] = base64.b64encode(body[:RECORD_BODY_BYTES]).decode()
        with self.sessions.record_to.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


async def _read_capped(response: aiohttp.ClientResponse) -> bytes:
    """Read the body up to a size that no honest API answer has."""
    told = None if "Content-Encoding" in response.headers else response.content_length
    if told is not None and told <= ANSWER_MAX_BYTES:
        return await response.read()
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_chunked(64 * 1024):
        chunks.append(chunk)
        size += len(chunk)
        if size > ANSWER_MAX_BYTES:
            response.close()
            break
    return b"".join(chunks)


def _parse(body: bytes) -> Any:  # noqa: ANN401 - JSON
    try:
        document = json.loads(body)
    except ValueError:
        return None
    # Only an escape can bring in what a database refuses, and hardly any answer has one.
    return _storable_json(document) if _ESCAPE.search(body) else document


def _storable_json(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, str):
        return _storable(value)
    if isinstance(value, dict):
        return {_storable(name): _storable_json(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_storable_json(inner) for inner in value]
    return value
