"""The simulated media of X: uploaded at once or in segments, converted over a few polls.

Source: https://docs.x.com/x-api/media/quickstart/media-upload-chunked.
"""

import base64
import binascii
import itertools
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from letmepost.kit.clock import Clock
from letmepost.platform_kit.simulator_faults import Faults
from letmepost.platforms.twitter.simulator_accounts import Accounts
from letmepost.platforms.twitter.simulator_wire import (
    JsonObject,
    invalid,
    read_id,
    read_ids,
    read_json,
    read_object,
    read_query,
    status_problem,
)

IMAGE_BYTES_MAX: Final = 5 * 1024 * 1024
GIF_BYTES_MAX: Final = 15 * 1024 * 1024
VIDEO_BYTES_MAX: Final = 512 * 1024 * 1024
SEGMENT_BYTES_MAX: Final = 5 * 1024 * 1024
TOTAL_BYTES_MAX: Final = 17_179_869_184
SEGMENT_INDEX_MAX: Final = 999
ALT_TEXT_MAX: Final = 1000
UPLOAD_LIVES: Final = timedelta(seconds=1_295_999)
MEDIA_LIVES: Final = timedelta(hours=24)
CHECK_AFTER_SECONDS: Final = 1
MEDIA_TYPES: Final = frozenset(
    {
        "video/mp4",
        "video/quicktime",
        "video/webm",
        "video/mp2t",
        "image/jpeg",
        "image/png",
        "image/gif",
        "image/webp",
        "image/bmp",
        "image/tiff",
        "image/pjpeg",
        "text/srt",
        "text/vtt",
    }
)
_LIMITS: Final[Mapping[str, int]] = {
    "tweet_image": IMAGE_BYTES_MAX,
    "tweet_gif": GIF_BYTES_MAX,
    "tweet_video": VIDEO_BYTES_MAX,
    "amplify_video": VIDEO_BYTES_MAX,
}
_ONE_SHOT: Final = frozenset(
    {
        "tweet_image",
        "tweet_gif",
        "tweet_video",
        "dm_image",
        "dm_gif",
        "dm_video",
        "subtitles",
    }
)
_STEPS: Final = ("pending", "in_progress", "succeeded")
_KEPT_BYTES: Final = 64


@dataclass
class Medium:
    """One upload. `state` is None while segments come and for what needs no conversion."""

    id: str
    account: str
    category: str
    media_type: str
    total_bytes: int
    expires_at: datetime
    segments: dict[int, int] = field(default_factory=dict)
    head: bytes = b""
    content: bytes | None = None
    complete: bool = False
    state: str | None = None
    error: JsonObject | None = None
    stuck: bool = False
    alt: str = ""

    @property
    def media_key(self) -> str:
        """The key that other calls know it by; its first part is the kind."""
        kinds = {"tweet_image": 3, "tweet_gif": 16}
        return f"{kinds.get(self.category, 7)}_{self.id}"

    @property
    def moves(self) -> bool:
        """Whether it takes the place of a video in a post."""
        return self.category in ("tweet_gif", "tweet_video", "amplify_video")

    @property
    def ready(self) -> bool:
        """Whether a post may hold it."""
        return self.complete and self.state in (None, "succeeded")

    def advance(self) -> None:
        """Come one step further, unless it is stuck or over."""
        if self.state in _STEPS[:-1] and not self.stuck:
            self.state = _STEPS[_STEPS.index(self.state) + 1]
            if self.state == "succeeded" and _sniffed(self.head) is None:
                self.fail("The media could not be converted: it is no video.")

    def fail(self, message: str) -> None:
        """End the conversion badly."""
        self.state = "failed"
        self.error = {"code": 1, "name": "InvalidMedia", "message": message}

    def described(self, now: datetime) -> JsonObject:
        """The upload as every answer about it has it."""
        shown: JsonObject = {
            "id": self.id,
            "media_key": self.media_key,
            "expires_after_secs": int((self.expires_at - now).total_seconds()),
        }
        if self.complete:
            shown["size"] = self.total_bytes
        if self.state is not None:
            shown["processing_info"] = self._processing()
        return shown

    def _processing(self) -> JsonObject:
        info: JsonObject = {"state": self.state}
        if self.state in _STEPS:
            info["progress_percent"] = 50 * _STEPS.index(self.state)
        if self.state in _STEPS[:-1]:
            info["check_after_secs"] = CHECK_AFTER_SECONDS
        if self.error is not None:
            info["error"] = self.error
        return info


class MediaLibrary:
    """The `/2/media/...` calls over the uploads of one world."""

    def __init__(self, accounts: Accounts, clock: Clock, faults: Faults) -> None:
        self._accounts = accounts
        self._clock = clock
        self._faults = faults
        self._ids = itertools.count(1_880_000_000_000_000_000)
        self._media: dict[str, Medium] = {}

    def clear(self) -> None:
        """Forget every upload."""
        self._media.clear()

    def usable(self, media_id: str, account: str) -> Medium | None:
        """The medium that a post of the account may hold under this id."""
        medium = self._media.get(media_id)
        if medium is None or medium.account != account or not medium.ready:
            return None
        return medium if medium.expires_at > self._clock.now() else None

    async def upload(self, request: Request) -> Response:
        """`POST /2/media/upload`: a whole file, for images."""
        account = self._accounts.caller(request, "media.write")
        fields = {"media", "media_category", "media_type", "shared", "additional_owners"}
        given = await _read_upload(request, fields)
        category = given.get("media_category")
        if category not in _ONE_SHOT:
            raise invalid("media_category is missing or unknown", media_category=category)
        content: bytes = given["media"]
        sniffed = _sniffed(content)
        if category == "tweet_image" and (sniffed is None or not sniffed.startswith("image/")):
            raise invalid("media type unrecognized", media_type=sniffed)
        if len(content) > _LIMITS.get(category, IMAGE_BYTES_MAX):
            raise invalid(f"File size exceeds {_LIMITS.get(category)} bytes.", size=len(content))
        medium = self._add(account.id, category, sniffed or "text/srt", len(content))
        medium.content, medium.head = content, content[:_KEPT_BYTES]
        self._complete(medium)
        return self._told(medium)

    async def initialize(self, request: Request) -> Response:
        """`POST /2/media/upload/initialize`: begin an upload in segments."""
        account = self._accounts.caller(request, "media.write")
        fields = {"media_type", "total_bytes", "media_category", "shared", "additional_owners"}
        given = await read_json(request, fields)
        media_type, total = given.get("media_type"), given.get("total_bytes")
        if media_type not in MEDIA_TYPES:
            raise invalid("media_type is missing or unknown", media_type=media_type)
        if not isinstance(total, int) or isinstance(total, bool) or total < 1:
            raise invalid("total_bytes: integer expected", total_bytes=total)
        category = given.get("media_category")
        if category not in (None, *_LIMITS):
            raise invalid("media_category is unknown", media_category=category)
        kind = category or ("tweet_video" if media_type.startswith("video/") else "tweet_image")
        if total > min(TOTAL_BYTES_MAX, _LIMITS[kind]):
            raise invalid(f"File size exceeds {_LIMITS[kind]} bytes.", total_bytes=total)
        if "additional_owners" in given:
            read_ids(given["additional_owners"], "$.additional_owners", least=1, most=100)
        return self._told(self._add(account.id, kind, media_type, total))

    async def append(self, request: Request) -> Response:
        """`POST /2/media/upload/{id}/append`: one segment; sent again, it replaces itself."""
        medium = self._begun(request)
        given = await _read_upload(request, {"media", "segment_index"})
        index = str(given.get("segment_index", ""))
        if not index.isdecimal() or int(index) > SEGMENT_INDEX_MAX:
            raise invalid("segment_index: integer of 0 to 999 expected", segment_index=index)
        segment: bytes = given["media"]
        if not 0 < len(segment) <= SEGMENT_BYTES_MAX:
            raise invalid("The segment is empty or too large.", media=len(segment))
        medium.segments[int(index)] = len(segment)
        if index == "0":
            medium.head = segment[:_KEPT_BYTES]
        return JSONResponse({"data": {"expires_at": int(medium.expires_at.timestamp())}})

    async def finalize(self, request: Request) -> Response:
        """`POST /2/media/upload/{id}/finalize`: all segments are there."""
        medium = self._begun(request)
        if await request.body():
            raise invalid("A request body was given where none is expected.")
        in_order = sorted(medium.segments) == list(range(len(medium.segments)))
        if not in_order or sum(medium.segments.values()) != medium.total_bytes:
            raise invalid("Segments do not add up to provided total file size.")
        self._complete(medium)
        self._misbehave(medium, request)
        return self._told(medium)

    async def status(self, request: Request) -> Response:
        """`GET /2/media/upload`: how far a conversion is; every poll brings it one step on."""
        account = self._accounts.caller(request, "media.write")
        query = read_query(request, {"command", "media_id"})
        if query.get("command", "STATUS") != "STATUS":
            raise invalid("command must be STATUS", command=query["command"])
        medium = self._media.get(read_id(query.get("media_id"), "media_id"))
        if medium is None or medium.account != account.id:
            raise status_problem(404)
        medium.advance()
        self._misbehave(medium, request)
        return self._told(medium)

    async def describe(self, request: Request) -> Response:
        """`POST /2/media/metadata`: the alt text."""
        account = self._accounts.caller(request, "media.write")
        given = await read_json(request, {"id", "metadata"})
        medium = self._media.get(read_id(given.get("id"), "$.id"))
        if medium is None or medium.account != account.id or not medium.complete:
            raise invalid("The media id is invalid.", id=given["id"])
        metadata = read_object(given.get("metadata"), {"alt_text"}, "$.metadata")
        alt_text = read_object(metadata.get("alt_text"), {"text"}, "$.metadata.alt_text")
        text = alt_text.get("text")
        if not isinstance(text, str) or len(text) > ALT_TEXT_MAX:
            raise invalid("$.metadata.alt_text.text: up to 1000 characters expected")
        medium.alt = text
        associated = {"associated_metadata": {"alt_text": {"text": text}}}
        return JSONResponse({"data": {"id": medium.id, **associated}})

    async def show(self, request: Request) -> Response:
        """An uploaded image, for whoever looks at the timeline; X has it on another host."""
        medium = self._media.get(request.path_params["id"])
        if medium is None or medium.content is None:
            raise status_problem(404)
        return Response(medium.content, media_type=medium.media_type)

    def _add(self, account: str, category: str, media_type: str, total_bytes: int) -> Medium:
        media_id = str(next(self._ids))
        expires_at = self._clock.now() + UPLOAD_LIVES
        medium = Medium(media_id, account, category, media_type, total_bytes, expires_at)
        self._media[media_id] = medium
        return medium

    def _begun(self, request: Request) -> Medium:
        account = self._accounts.caller(request, "media.write")
        medium = self._media.get(request.path_params["id"])
        if medium is None or medium.account != account.id or medium.complete:
            raise invalid("The media id is invalid.", id=request.path_params["id"])
        return medium

    def _complete(self, medium: Medium) -> None:
        medium.complete = True
        medium.expires_at = self._clock.now() + MEDIA_LIVES
        if medium.moves:
            medium.state = _STEPS[0]

    def _misbehave(self, medium: Medium, request: Request) -> None:
        address = f"{request.url.path}?{request.url.query}"
        if self._faults.take(address, "container_stuck"):
            medium.stuck = True
        if fault := self._faults.take(address, "container_error"):
            medium.fail(fault.message or "The media could not be converted.")

    def _told(self, medium: Medium) -> Response:
        return JSONResponse({"data": medium.described(self._clock.now())})


async def _read_upload(request: Request, fields: Collection[str]) -> dict[str, Any]:
    """The fields of an upload, `media` as bytes: in a form, or in base64 in JSON."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    given: dict[str, Any]
    if kind == "application/json":
        given = await read_json(request, fields)
        try:
            given["media"] = base64.b64decode(given.get("media", ""), validate=True)
        except (binascii.Error, TypeError, ValueError):
            raise invalid("$.media: base64 expected") from None
        return given
    if kind != "multipart/form-data":
        raise status_problem(415)
    given = {}
    async with request.form() as form:
        for name, value in form.multi_items():
            given[name] = await value.read() if isinstance(value, UploadFile) else value
    read_object(given, fields, "$")
    if not isinstance(given.get("media"), bytes):
        raise invalid("$.media: a file is missing")
    return given


def _sniffed(head: bytes) -> str | None:
    """Tell a medium's type by its first bytes, None if they say nothing."""
    starts = {
        b"\x89PNG\r\n\x1a\n": "image/png",
        b"\xff\xd8\xff": "image/jpeg",
        b"GIF8": "image/gif",
    }
    for start, media_type in starts.items():
        if head.startswith(start):
            return media_type
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return "video/mp4" if head[4:8] == b"ftyp" else None
