"""Fetch a media file from a URL that a caller gave: guarded, bounded and straight to disk."""

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final, NoReturn

import aiohttp
from yarl import URL

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.kit.address_guard import refused_by_guard
from letmepost.media.incoming_file import HEAD_SIZE_BYTES, IncomingFile, file_too_large
from letmepost.media.sniff import sniff

MAX_REDIRECTS: Final = 5
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

    Its rule is the platform's own (`<platform>.media.reachable`), which the caller fills in.
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
        raise _unavailable(f"did not arrive within {timeout_seconds:g} seconds") from None
    except aiohttp.InvalidURL:
        raise _disallowed() from None
    except aiohttp.ClientError as error:
        if refused_by_guard(error):
            raise _disallowed() from None
        raise _unavailable("could not be fetched: the connection failed or broke off") from error


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
    raise LetmepostError(
        code=ErrorCode.VALIDATION_FAILED,
        rule="media.url.disallowed",
        message=f"The media URL redirects more than {MAX_REDIRECTS} times.",
        remediation="Give the address that the last redirect leads to.",
    )


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
        if relative_to is not None:
            url = relative_to.join(url)
        port = url.port
    except ValueError:
        raise _disallowed() from None
    if url.scheme not in ("http", "https") or not url.raw_host or port == 0:
        raise _disallowed()
    if url.raw_user is not None or url.raw_password is not None:
        raise _disallowed()
    return url.with_fragment(None)


def _refuse_page(head: bytes, declared_type: str | None) -> None:
    kind = sniff(head) if head else ""
    if kind == "text/html" or (declared_type == "text/html" and kind.startswith("text/")):
        raise LetmepostError(
            code=ErrorCode.PREFLIGHT_FAILED,
            rule="media.url.html_response",
            message="The media URL answers with a web page instead of a media file.",
            remediation="Give the address of the file itself, not of a page that shows or "
            "previews it; a share link of a cloud drive is such a page.",
        )


def _refuse_status(status: int) -> NoReturn:
    raise MediaUnreachableError(
        code=ErrorCode.PREFLIGHT_FAILED,
        message=f"The media URL answers with HTTP status {status} instead of a file.",
        remediation="Make the address answer 200 to a GET without credentials or cookies.",
        platform_response={"httpStatus": status},
        status=status,
    )


def _disallowed() -> LetmepostError:
    # One sentence for all causes: it must not tell what a name resolves to or which ports answer.
    return LetmepostError(
        code=ErrorCode.VALIDATION_FAILED,
        rule="media.url.disallowed",
        message="The media URL is not a public http or https address without credentials.",
        remediation="Give a URL that anyone on the internet can open, or upload the file to "
        "/v1/media and use its mediaId.",
    )


def _unavailable(what: str) -> LetmepostError:
    return LetmepostError(
        code=ErrorCode.PLATFORM_UNAVAILABLE,
        message=f"The file at the media URL {what}.",
        retryable=True,
    )
