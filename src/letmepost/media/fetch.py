"""Fetch a media file from a URL that a caller gave: guarded, bounded and straight to disk."""

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final, NoReturn

import aiohttp
from yarl import URL

from letmepost.content.errors import LetmepostError
from letmepost.kit.address_guard import refused_by_guard
from letmepost.media.incoming_file import HEAD_SIZE_BYTES, IncomingFile, file_too_large
from letmepost.media.sniff import sniff
from letmepost.preflight.refuse import refuse, words
from letmepost.preflight.resource_rules import (
    MEDIA_URL_DISALLOWED,
    MEDIA_URL_HTML,
    MEDIA_URL_REACHABLE,
    MEDIA_URL_REDIRECTS,
    MEDIA_URL_UNAVAILABLE,
    URL_REDIRECTS,
)

MAX_REDIRECTS: Final[int] = URL_REDIRECTS.value
READ_SIZE_BYTES: Final = 256 * 1024
REDIRECT_STATUSES: Final = frozenset({301, 302, 303, 307, 308})
# Some hosts recompress or refuse without these; `identity` keeps the sizes honest.
REQUEST_HEADERS: Final = {"Accept": "*/*", "Accept-Encoding": "identity"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedFile:
    """A file that was fetched whole. `declared_type` is the server's word for it, not the truth."""

    path: Path
    declared_type: str | None
    size_bytes: int
    sha256: str
    final_url: str


@dataclass(kw_only=True)
class MediaUnreachableError(LetmepostError):
    """The media URL answered `status` instead of a file.

    A platform may have a rule of its own for it, `<platform>.media.reachable`.
    """

    status: int


async def fetch(
    session: aiohttp.ClientSession,
    url: str,
    into: Path,
    max_bytes: int,
    timeout_seconds: float = 30,
) -> FetchedFile:
    """Fetch `url` into the new file `into`; on any error nothing is left there.

    `session` must be a guarded one (`kit.address_guard.guarded_session`): every hop of a redirect
    opens its connection through it. The deadline covers all hops together. Raises
    `MediaUnreachableError` for a status other than 2xx, and `LetmepostError` with the rules
    `media.url.disallowed`, `media.url.html_response`, `media.size_max`, `media.file.empty`, or
    `PLATFORM_UNAVAILABLE` when the network failed or time ran out.
    """
    try:
        async with asyncio.timeout(timeout_seconds):
            return await _follow(session, _allowed(url), into, max_bytes)
    except TimeoutError:
        raise refuse(
            MEDIA_URL_UNAVAILABLE, actual=f"did not arrive within {timeout_seconds:g} seconds"
        ) from None
    except aiohttp.InvalidURL:
        raise refuse(MEDIA_URL_DISALLOWED) from None
    except aiohttp.ClientError as error:
        if refused_by_guard(error):
            raise refuse(MEDIA_URL_DISALLOWED) from None
        raise refuse(
            MEDIA_URL_UNAVAILABLE, actual="could not be fetched: the connection failed or broke off"
        ) from error


async def _follow(
    session: aiohttp.ClientSession, url: URL, into: Path, max_bytes: int
) -> FetchedFile:
    for _ in range(MAX_REDIRECTS + 1):
        # aiohttp would follow by itself, and take credentials from a redirect's URL.
        async with session.get(
            url,
            allow_redirects=False,
            headers=REQUEST_HEADERS,
            # The deadline of `fetch` rules; the session's own would be another 5 minutes.
            timeout=aiohttp.ClientTimeout(total=None),
        ) as answer:
            if answer.status not in REDIRECT_STATUSES:
                return await _receive(answer, into, max_bytes)
            location = answer.headers.get("Location")
            if not location:
                _refuse_status(answer.status)
            url = _allowed(location, relative_to=url)
    raise refuse(MEDIA_URL_REDIRECTS)


async def _receive(answer: aiohttp.ClientResponse, into: Path, max_bytes: int) -> FetchedFile:
    if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        _refuse_status(answer.status)
    declared_type = answer.content_type if "Content-Type" in answer.headers else None
    if answer.content_length is not None and answer.content_length > max_bytes:
        raise file_too_large(max_bytes)
    sniffed = False
    async with IncomingFile(into, max_bytes) as file:
        async for piece in answer.content.iter_chunked(READ_SIZE_BYTES):
            await file.write(piece)
            if not sniffed and len(file.head) >= HEAD_SIZE_BYTES:
                _refuse_page(file.head, declared_type)
                sniffed = True
        if not sniffed:
            _refuse_page(file.head, declared_type)
        await file.finish()
    return FetchedFile(
        path=into,
        declared_type=declared_type,
        size_bytes=file.size_bytes,
        sha256=file.sha256,
        final_url=str(answer.url),
    )


def _allowed(given: str, relative_to: URL | None = None) -> URL:
    try:
        url = URL(given)
        # "http://" is an address without a host; joined, it would mean the page that sent us.
        if relative_to is not None and (url.raw_host or not url.scheme):
            url = relative_to.join(url)
        port = url.port
    except ValueError:
        raise refuse(MEDIA_URL_DISALLOWED) from None
    if url.scheme not in ("http", "https") or not url.raw_host or port == 0:
        raise refuse(MEDIA_URL_DISALLOWED)
    if url.raw_user is not None or url.raw_password is not None:
        raise refuse(MEDIA_URL_DISALLOWED)
    return url.with_fragment(None)


def _refuse_page(head: bytes, declared_type: str | None) -> None:
    kind = sniff(head) if head else ""
    if kind == "text/html" or (declared_type == "text/html" and kind.startswith("text/")):
        raise refuse(MEDIA_URL_HTML)


def _refuse_status(status: int) -> NoReturn:
    raise MediaUnreachableError(
        code=MEDIA_URL_REACHABLE.code,
        message=words(MEDIA_URL_REACHABLE, actual=f"HTTP {status}"),
        rule=MEDIA_URL_REACHABLE.id,
        remediation=MEDIA_URL_REACHABLE.remediation,
        platform_response={"httpStatus": status},
        status=status,
    )
