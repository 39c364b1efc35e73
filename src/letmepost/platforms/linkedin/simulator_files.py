"""Simulated images and documents: an address to upload to, one PUT, and a status that takes time.

Source: https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/images-api
and .../documents-api.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from letmepost.kit.clock import Clock
from letmepost.platform_kit.simulator_faults import Faults
from letmepost.platforms.linkedin.simulator_rest import (
    Call,
    Gate,
    RestliError,
    author_refused,
    bad_input,
    coded,
    missing_field,
    only_fields,
    traced,
)
from letmepost.platforms.linkedin.simulator_world import File, World

DOCUMENT_MAX_BYTES: Final = 100_000_000
IMAGE_MAX_BYTES: Final = 36_152_320
UPLOAD_LIVES: Final = timedelta(hours=24)


class FileDesk:
    """What images and documents have in common, and videos in part."""

    def __init__(
        self, world: Callable[[], World], clock: Clock, gate: Gate, faults: Faults
    ) -> None:
        self._world = world
        self._clock = clock
        self._gate = gate
        self._faults = faults

    def routes(self) -> list[Route]:
        """The endpoints of images and documents, and the host that takes their bytes."""
        routes = [Route("/dms-uploads/{kind}/{number}", self._upload, methods=["PUT"])]
        for kind in ("image", "document"):
            routes += [
                Route(f"/rest/{kind}s", self._initializing(kind), methods=["POST"]),
                Route(f"/rest/{kind}s/{{urn}}", self._gate.rest(self.status), methods=["GET"]),
            ]
        return routes

    def _initializing(self, kind: str) -> Any:  # noqa: ANN401 - an endpoint
        async def initialize(call: Call) -> Response:
            asked = await self.asked(call, kind, frozenset({"owner"}))
            file = self.begin(asked["owner"], kind)
            expires_at = self._clock.now() + UPLOAD_LIVES
            value = {
                "uploadUrlExpiresAt": int(expires_at.timestamp() * 1000),
                "uploadUrl": upload_url(call.request, file),
                kind: file.urn,
            }
            return JSONResponse({"value": value})

        return self._gate.rest(initialize)

    async def asked(self, call: Call, kind: str, fields: frozenset[str]) -> dict[str, Any]:
        """The `initializeUploadRequest` of a call, its owner checked."""
        if call.request.query_params.get("action") != "initializeUpload":
            raise RestliError(400, {"status": 400, "message": "Unknown action"})
        call.needs(f"{kind}s.ACTION-initializeUpload", "w_member_social", "w_organization_social")
        body = await call.body()
        only_fields(body, frozenset({"initializeUploadRequest"}))
        asked = body.get("initializeUploadRequest")
        if not isinstance(asked, dict):
            raise missing_field("initializeUploadRequest")
        only_fields(asked, fields, "/initializeUploadRequest")
        owner = asked.get("owner")
        if not isinstance(owner, str):
            raise missing_field("initializeUploadRequest/owner")
        if not owner.startswith(("urn:li:person:", "urn:li:organization:")):
            raise bad_input("INVALID_URN_TYPE", f"Invalid URN type: {owner}", "owner", owner)
        scope = "w_member_social" if ":person:" in owner else "w_organization_social"
        call.needs(f"{kind}s.ACTION-initializeUpload", scope)
        if not self._world().may_post_as(call.token.member, owner):
            raise author_refused("initializeUploadRequest/owner")
        return asked

    def begin(self, owner: str, kind: str) -> File:
        """A file that waits for its bytes."""
        world = self._world()
        letter = {"image": "C4E10AQ", "document": "D4E10AQ", "video": "C5F10AQ"}[kind]
        file = File(f"urn:li:{kind}:{letter}{world.new_number():x}", owner, kind)
        world.files[file.urn] = file
        return file

    async def status(self, call: Call) -> Response:
        """Tell how far a file is; every look brings it one step further."""
        urn = call.urn()
        file = self._world().files.get(urn)
        if file is None:
            raise coded(404, "NOT_FOUND", f"Could not find entity {urn}")
        reads = {"r_organization_social", "r_member_social"}
        if file.kind != "video" and not reads & set(call.token.scopes):
            message = f"Accessing this {file.kind} resource is forbidden for the caller"
            raise coded(403, "ACCESS_DENIED", message, 100)
        self.misbehave(file, call.request)
        file.advance()
        shown: dict[str, Any] = {"id": file.urn, "owner": file.owner, "status": file.status}
        if file.status == "PROCESSING_FAILED":
            shown["processingFailureReason"] = file.failure
        return JSONResponse(shown)

    def misbehave(self, file: File, request: Request) -> None:
        """Let a file stick or fail where a test asks for it."""
        path = request.url.path
        if self._faults.take(path, "container_stuck"):
            file.stuck = True
        if fault := self._faults.take(path, "container_error"):
            file.failure = fault.message or "The file could not be processed"
            file.advance()

    async def _upload(self, request: Request) -> Response:
        try:
            self._gate.token(request)
            file = self.addressed(request)
            await self._take(request, file)
        except RestliError as error:
            return traced(JSONResponse(error.body, status_code=error.status))
        file.status = "PROCESSING"
        self.misbehave(file, request)
        return traced(Response(status_code=201))

    def addressed(self, request: Request) -> File:
        """The file that an upload address stands for."""
        kind, number = request.path_params["kind"], request.path_params["number"]
        file = self._world().files.get(f"urn:li:{kind}:{number}")
        if file is None:
            raise coded(404, "NOT_FOUND", "Could not find entity")
        return file

    async def _take(self, request: Request, file: File) -> None:
        body = await request.body()
        most = DOCUMENT_MAX_BYTES if file.kind == "document" else IMAGE_MAX_BYTES
        if len(body) > most:
            raise coded(413, "REQUEST_TOO_LARGE", "Request entity too large")
        if not body:
            raise coded(400, "ILLEGAL_ARGUMENT", "The upload is empty")
        file.size_bytes = len(body)
        file.content_type = _sniffed(body) or request.headers.get("content-type", file.content_type)
        if file.kind == "image" and not file.content_type.startswith("image/"):
            file.failure = "The file is no image"


def upload_url(request: Request, file: File) -> str:
    """Where the bytes of a file go: a host of its own in reality, this one here."""
    prefix = f"{str(request.base_url).rstrip('/')}{request.scope['root_path']}"
    return f"{prefix}/dms-uploads/{file.kind}/{file.urn.rsplit(':', 1)[-1]}"


def _sniffed(body: bytes) -> str | None:
    signatures = {
        b"\xff\xd8\xff": "image/jpeg",
        b"\x89PNG": "image/png",
        b"GIF8": "image/gif",
        b"%PDF": "application/pdf",
    }
    return next((kind for start, kind in signatures.items() if body.startswith(start)), None)
