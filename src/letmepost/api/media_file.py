"""The bytes of a stored file, whole or one range of them, for platforms that fetch it."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from letmepost.api.errors import RANGE_NOT_SATISFIABLE, error_response
from letmepost.api.operation import Content, Operations
from letmepost.api.parameters import EXPIRES, IF_RANGE, RANGE, SIGNATURE
from letmepost.api.state import State
from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.media.addresses import has_signed
from letmepost.media.library import StoredMedia, public_file
from letmepost.media.storage import ObjectMissingError
from letmepost.preflight.media_rules import MEDIA_RANGE
from letmepost.preflight.refuse import refuse

files = Operations("Media")

_BYTES = Content(
    ("image/*", "video/*", "application/octet-stream"), {"type": "string", "format": "binary"}
)
# More digits than any size has, and few enough that they are a number in no time.
_ONE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Part:
    """The bytes from `start` up to but not including `end`."""

    start: int
    end: int


def part_of(range_header: str | None, size_bytes: int) -> Part | None:
    """The one range that a header asks for, within the file; None for the whole file.

    What is no single range of bytes is as good as no header: a server may always send the whole.
    Raises the error of `media.range` for a range that begins beyond the end.
    """
    match = _ONE_RANGE.fullmatch(range_header.replace(" ", "")) if range_header else None
    if match is None or not any(match.groups()):
        return None
    first, last = match.groups()
    if not first:
        # The last so many bytes.
        part = Part(max(0, size_bytes - int(last)), size_bytes)
    elif last and int(last) < int(first):
        return None
    else:
        part = Part(int(first), min(int(last) + 1, size_bytes) if last else size_bytes)
    if part.start >= size_bytes:
        error = refuse(MEDIA_RANGE, actual=range_header, limit=size_bytes)
        error.extra = {"headers": {"Content-Range": f"bytes */{size_bytes}"}}
        raise error
    return part


def _headers(stored: StoredMedia, etag: str) -> dict[str, str]:
    return {
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "Cache-Control": "public, max-age=31536000, immutable",
        # A file of a stranger must not become a page of this server.
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": "inline" if _is_shown(stored) else "attachment",
    }


def _is_shown(stored: StoredMedia) -> bool:
    return stored.facts.kind in ("image", "video") and "svg" not in stored.facts.content_type


async def _from(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece


@files.public(
    "/v1/media/{id}/file",
    "readMediaFile",
    "Read the bytes of a file",
    answers={200: _BYTES, 206: _BYTES},
    query=(EXPIRES, SIGNATURE),
    headers=(RANGE, IF_RANGE),
    errors=(416,),
)
async def read_file(request: Request) -> Response:
    """The bytes of a file, or one range of them; no key is needed, as no id can be guessed.

    An address with a signature, as platforms are given it, ends at its time.
    """
    state: State = request.app.state.letmepost
    request_id = request.scope["state"]["request_id"]
    media_id = request.path_params["id"]
    missing = LetmepostError(code=ErrorCode.NOT_FOUND, message="No such file.")
    stored = await state.database.read(lambda connection: public_file(connection, media_id))
    query = request.query_params
    # The plain address is the caller's own; one that was made for a platform ends.
    if "signature" in query and not has_signed(
        state.keyring,
        media_id,
        query.get("expires", ""),
        query["signature"],
        state.clock.now(),
    ):
        stored = None
    if stored is None:
        return error_response(missing, state.settings.docs, request_id)
    size_bytes, etag = stored.facts.size_bytes, f'"{stored.facts.sha256}"'
    asked = request.headers.get("range")
    if request.headers.get("if-range", etag) != etag:
        # The caller has a part of another file, and wants this one whole.
        asked = None
    try:
        part = part_of(asked, size_bytes)
    except LetmepostError as error:
        return error_response(error, state.settings.docs, request_id, status=RANGE_NOT_SATISFIABLE)
    whole = part or Part(0, size_bytes)
    headers = {**_headers(stored, etag), "Content-Length": str(whole.end - whole.start)}
    if part is not None:
        headers["Content-Range"] = f"bytes {part.start}-{part.end - 1}/{size_bytes}"
    status = 206 if part is not None else 200
    content_type = stored.facts.content_type if _is_shown(stored) else "application/octet-stream"
    if request.method == "HEAD":
        return Response(status_code=status, media_type=content_type, headers=headers)
    pieces = state.library.storage.stream(stored.storage_key, whole.start, whole.end)
    try:
        # Before the answer begins: one that is cut cannot be told from a bad connection.
        first = await anext(pieces)
    except ObjectMissingError:
        return error_response(missing, state.settings.docs, request_id)
    return StreamingResponse(
        _from(first, pieces), status_code=status, media_type=content_type, headers=headers
    )
