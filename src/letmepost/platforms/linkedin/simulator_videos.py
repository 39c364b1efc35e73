"""Simulated videos: parts with ETags, put together at the end and worked on for some looks.

Source: https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/videos-api.
"""

import hashlib
from collections.abc import Callable
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from letmepost.kit.clock import Clock
from letmepost.platform_kit.simulator_faults import Faults
from letmepost.platforms.linkedin.simulator_files import UPLOAD_LIVES, FileDesk, upload_url
from letmepost.platforms.linkedin.simulator_rest import (
    Call,
    Gate,
    RestliError,
    bad_input,
    coded,
    missing_field,
    only_fields,
    traced,
    wrong_value,
)
from letmepost.platforms.linkedin.simulator_world import File, World

PART_BYTES: Final = 4 * 1024 * 1024
VIDEO_MIN_BYTES: Final = 75_000
VIDEO_MAX_BYTES: Final = 5_000_000_000

_FIELDS: Final = frozenset({"owner", "fileSizeBytes", "uploadCaptions", "uploadThumbnail"})
_FINALIZED: Final = ("video", "uploadToken", "uploadedPartIds")


class VideoDesk:
    """The endpoints of videos."""

    def __init__(
        self,
        world: Callable[[], World],
        clock: Clock,
        gate: Gate,
        faults: Faults,
        files: FileDesk,
    ) -> None:
        self._world = world
        self._clock = clock
        self._gate = gate
        self._faults = faults
        self._files = files

    def routes(self) -> list[Route]:
        """The endpoints, and the host that takes the parts."""
        return [
            Route("/rest/videos", self._gate.rest(self._act), methods=["POST"]),
            Route("/rest/videos/{urn}", self._gate.rest(self._files.status), methods=["GET"]),
            Route("/dms-uploads/{kind}/{number}/{part:int}", self._take_part, methods=["PUT"]),
        ]

    async def _act(self, call: Call) -> Response:
        if call.request.query_params.get("action") == "finalizeUpload":
            return await self._finalize(call)
        return await self._initialize(call)

    async def _initialize(self, call: Call) -> Response:
        asked = await self._files.asked(call, "video", _FIELDS)
        size = asked.get("fileSizeBytes")
        if size is None:
            raise missing_field("initializeUploadRequest/fileSizeBytes")
        if isinstance(size, bool) or not isinstance(size, int):
            raise wrong_value("initializeUploadRequest/fileSizeBytes", size)
        if not VIDEO_MIN_BYTES <= size <= VIDEO_MAX_BYTES:
            raise wrong_value("initializeUploadRequest/fileSizeBytes", size)
        for name in ("uploadCaptions", "uploadThumbnail"):
            if not isinstance(asked.get(name, False), bool):
                raise wrong_value(f"initializeUploadRequest/{name}", asked[name])
        file = self._files.begin(asked["owner"], "video")
        file.announced_bytes = size
        file.content_type = "video/mp4"
        file.parts = [
            (first, min(first + PART_BYTES, size) - 1, None) for first in range(0, size, PART_BYTES)
        ]
        address = upload_url(call.request, file)
        instructions = [
            {"uploadUrl": f"{address}/{number}", "firstByte": first, "lastByte": last}
            for number, (first, last, _) in enumerate(file.parts)
        ]
        expires_at = self._clock.now() + UPLOAD_LIVES
        value: dict[str, Any] = {
            "uploadUrlsExpireAt": int(expires_at.timestamp() * 1000),
            "video": file.urn,
            "uploadInstructions": instructions,
            "uploadToken": "",
        }
        return JSONResponse({"value": value})

    async def _take_part(self, request: Request) -> Response:
        try:
            etag = await self._part(request)
        except RestliError as error:
            return traced(JSONResponse(error.body, status_code=error.status))
        return traced(Response(status_code=200, headers={"ETag": etag}))

    async def _part(self, request: Request) -> str:
        if "authorization" in request.headers:
            raise coded(400, "ILLEGAL_ARGUMENT", "Part uploads carry no Authorization")
        if request.headers.get("content-type") != "application/octet-stream":
            raise coded(415, "UNSUPPORTED_MEDIA_TYPE", "Parts are application/octet-stream")
        file = self._files.addressed(request)
        number = request.path_params["part"]
        if number >= len(file.parts):
            raise coded(404, "NOT_FOUND", "Could not find entity")
        body = await request.body()
        first, last, _ = file.parts[number]
        if len(body) != last - first + 1:
            raise coded(400, "ILLEGAL_ARGUMENT", f"The part has {len(body)} bytes")
        etag = hashlib.sha256(body).hexdigest()[:40]
        file.parts[number] = (first, last, etag)
        return etag

    async def _finalize(self, call: Call) -> Response:
        call.needs("videos.ACTION-finalizeUpload", "w_member_social", "w_organization_social")
        body = await call.body()
        only_fields(body, frozenset({"finalizeUploadRequest"}))
        asked = body.get("finalizeUploadRequest")
        if not isinstance(asked, dict):
            raise missing_field("finalizeUploadRequest")
        only_fields(asked, frozenset(_FINALIZED), "/finalizeUploadRequest")
        for name in _FINALIZED:
            if name not in asked:
                raise missing_field(f"finalizeUploadRequest/{name}")
        file = self._finalized(call, asked)
        file.status = "PROCESSING"
        file.size_bytes = file.announced_bytes
        self._files.misbehave(file, call.request)
        return Response(status_code=200)

    def _finalized(self, call: Call, asked: dict[str, Any]) -> File:
        file = self._world().files.get(str(asked["video"]))
        if file is None or file.kind != "video":
            raise bad_input("INVALID_URN_ID", "Could not find the video", "video", asked["video"])
        if not self._world().may_post_as(call.token.member, file.owner):
            message = "Accessing this video resource is forbidden for the caller"
            raise coded(403, "ACCESS_DENIED", message, 100)
        if asked["uploadedPartIds"] != [etag for _, _, etag in file.parts]:
            raise wrong_value("finalizeUploadRequest/uploadedPartIds", asked["uploadedPartIds"])
        return file
