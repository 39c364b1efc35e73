"""The simulated videos: registered, sent to a storage with a signed form, worked on for a while."""

import secrets
from collections.abc import Mapping
from typing import Final

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from letmepost.kit.clock import Clock
from letmepost.platform_kit.simulator_faults import Faults
from letmepost.platforms.pinterest.simulator_tokens import Tokens
from letmepost.platforms.pinterest.simulator_wire import (
    PinterestError,
    check_fields,
    one_of,
    path_id,
    read_json,
)
from letmepost.platforms.pinterest.simulator_world import Environment, Video, World

SLOT_SECONDS: Final = 3600
VIDEO_BYTES_MAX: Final = 2_000_000_000

_HEAD_BYTES: Final = 12


class S3Error(Exception):
    """What Amazon's S3 answers in place of a 204."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.xml = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
        )


class Videos:
    """The `/media` addresses, and the storage behind them."""

    def __init__(self, world: World, tokens: Tokens, clock: Clock, faults: Faults) -> None:
        self._world = world
        self._tokens = tokens
        self._clock = clock
        self._faults = faults

    async def register(self, request: Request, environment: Environment) -> Response:
        """Give a place for a video: an address, and a form that is signed for it."""
        token = self._tokens.authenticated(request, environment, "pins:read", "pins:write")
        body = await read_json(request)
        check_fields(body, {"media_type": one_of("video")}, ["media_type"])
        media_id = self._world.new_id()
        now = self._clock.now()
        parameters = {
            "x-amz-date": now.strftime("%Y%m%dT%H%M%SZ"),
            "x-amz-signature": secrets.token_hex(32),
            "x-amz-security-token": secrets.token_urlsafe(48),
            "x-amz-algorithm": "AWS4-HMAC-SHA256",
            "key": f"uploads/{secrets.token_hex(4)}/{media_id}",
            "policy": secrets.token_urlsafe(64),
            "x-amz-credential": f"ASIAEXAMPLE/{now:%Y%m%d}/us-east-1/s3/aws4_request",
            "Content-Type": "multipart/form-data",
        }
        environment.videos[media_id] = Video(media_id, token.account, parameters, now.timestamp())
        root = request.scope["root_path"]
        return JSONResponse(
            {
                "media_id": media_id,
                "media_type": "video",
                "upload_url": f"{request.url.scheme}://{request.url.netloc}{root}/s3/",
                "upload_parameters": parameters,
            },
            status_code=201,
        )

    async def show(self, request: Request, environment: Environment) -> Response:
        """Tell how far a video is; every look brings it one state further."""
        token = self._tokens.authenticated(request, environment, "pins:read")
        video = environment.videos.get(path_id(request, "media_id"))
        if video is None or video.owner is not token.account:
            raise PinterestError(404, 404, "Media not found.")
        if self._faults.take(request.url.path, "container_stuck"):
            video.stuck = True
        if self._faults.take(request.url.path, "container_error"):
            video.status = "failed"
        shown = {"media_id": video.id, "media_type": "video", "status": video.status}
        if video.status == "processing" and not video.stuck:
            video.status = "succeeded"
        return JSONResponse(shown)

    async def store(self, request: Request) -> Response:
        """Take a form as Amazon's S3 does: signed fields first, the file last."""
        try:
            await self._receive(request)
        except S3Error as error:
            return Response(error.xml, status_code=error.status, media_type="application/xml")
        return Response(status_code=204)

    async def _receive(self, request: Request) -> None:
        _check_headers(request)
        async with request.form() as form:
            *fields, (name, file) = form.multi_items() or [("", "")]
            if name != "file" or not isinstance(file, UploadFile):
                raise S3Error(400, "InvalidArgument", "POST requires exactly one file, last.")
            video = self._signed_for({each: str(value) for each, value in fields})
            video.size_bytes = file.size or 0
            if video.size_bytes > VIDEO_BYTES_MAX:
                raise S3Error(400, "EntityTooLarge", "Your proposed upload exceeds the maximum.")
            head = await file.read(_HEAD_BYTES)
        # What is no video is found out later, when it is to be converted.
        video.status = "processing" if head[4:8] == b"ftyp" else "failed"

    def _signed_for(self, fields: Mapping[str, str]) -> Video:
        """The video that a form was signed for."""
        video = self._video_of(fields.get("key", ""))
        if video is None or fields != video.parameters:
            raise S3Error(403, "AccessDenied", "Invalid according to Policy.")
        if self._clock.now().timestamp() > video.registered_at + SLOT_SECONDS:
            raise S3Error(403, "AccessDenied", "Invalid according to Policy: Policy expired.")
        return video

    def _video_of(self, key: str) -> Video | None:
        media_id = key.rpartition("/")[2]
        for environment in self._world.environments:
            if media_id in environment.videos:
                return environment.videos[media_id]
        return None


def _check_headers(request: Request) -> None:
    if "content-length" not in request.headers:
        raise S3Error(411, "MissingContentLength", "You must provide a Content-Length.")
    if "authorization" in request.headers:
        raise S3Error(400, "InvalidArgument", "Only one auth mechanism allowed.")
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise S3Error(412, "PreconditionFailed", "The body must be multipart/form-data.")
