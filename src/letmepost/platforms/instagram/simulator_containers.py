"""The simulated containers of Instagram: checked as they are made, ready after a while."""

import io
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from PIL import Image
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from letmepost.platform_kit.graph.simulated import (
    GraphFault,
    fetch_file,
    invalid,
    read_fields,
    unsupported,
)
from letmepost.platform_kit.simulator_faults import Faults
from letmepost.platforms.instagram.simulator_access import PUBLISH, Access
from letmepost.platforms.instagram.simulator_world import (
    CONTAINERS_PER_DAY,
    DAY,
    Account,
    Container,
    File,
    World,
)

LIFE: Final = timedelta(hours=24)
CAPTION_MAX: Final = 2200
MENTIONS_MAX: Final = 20
ALT_TEXT_MAX: Final = 1000
CHILDREN: Final = (2, 10)
IMAGE_BYTES_MAX: Final = 8 * 1024 * 1024
RATIO: Final = (0.8, 1.91)
COLLABORATORS_MAX: Final = 3

_MEDIA_TYPES: Final = ("", "REELS", "STORIES", "CAROUSEL", "VIDEO", "IMAGE")
_FIELDS: Final = frozenset(
    {
        "access_token",
        "alt_text",
        "appsecret_proof",
        "audio_name",
        "branded_content_sponsor_ids",
        "caption",
        "children",
        "collaborators",
        "cover_url",
        "image_url",
        "is_ai_generated",
        "is_carousel_item",
        "is_paid_partnership",
        "location_id",
        "media_type",
        "product_tags",
        "share_to_feed",
        "thumb_offset",
        "trial_params",
        "upload_type",
        "user_tags",
        "video_url",
    }
)
_OF_THE_PARENT: Final = ("caption", "location_id", "collaborators", "is_ai_generated")


class Containers:
    """Makes containers, takes their bytes, and says how far they are."""

    def __init__(self, world: World, access: Access, faults: Faults) -> None:
        self._world = world
        self._access = access
        self._faults = faults

    async def create(self, request: Request) -> Response:
        """`POST /{ig}/media`: prepare a post, or one item of a carousel."""
        fields = await read_fields(request)
        owner = self._access.authenticated(request, fields, PUBLISH)
        refuse_another(request, owner)
        self._count(owner)
        for name in fields:
            if name not in _FIELDS:
                raise invalid(f"Unknown parameter: {name}")
        kind = fields.get("media_type", "")
        _check_kind(fields, kind)
        _check_words(fields, kind)
        resumable = fields.get("upload_type") == "resumable"
        if resumable and not self._access.is_by_page(request, fields):
            raise invalid("upload_type is not supported with this login")
        container = Container(
            id=self._world.new_id(),
            owner=owner,
            fields={name: value for name, value in fields.items() if name != "access_token"},
            made_at=self._world.now(),
            files=[] if resumable else await self._files(fields, kind, owner),
            reads_left=self._world.reads_until_ready,
            awaits_bytes=resumable,
        )
        self._misbehave(request, container)
        self._world.containers[container.id] = container
        shown = {"id": container.id}
        if resumable:
            path = f"{request.scope['root_path']}/ig-api-upload/v25.0/{container.id}"
            shown["uri"] = str(request.url.replace(path=path, query=""))
        return JSONResponse(shown)

    def _count(self, owner: Account) -> None:
        since = self._world.now() - DAY
        owner.containers = [each for each in owner.containers if each > since]
        if len(owner.containers) >= CONTAINERS_PER_DAY:
            raise GraphFault(4, "Application request limit reached", transient=True)
        owner.containers.append(self._world.now())

    async def take_bytes(self, request: Request) -> Response:
        """`POST .../ig-api-upload/{v}/{container}`: the bytes of a video, or where they are."""
        container = self._world.containers.get(request.path_params["id"])
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind != "OAuth" or container is None or not container.awaits_bytes:
            return _not_taken("unauthorized user request")
        self._access.authenticated(request, {"access_token": token}, PUBLISH)
        size = request.headers.get("file_size", "")
        content = await request.body()
        if (url := request.headers.get("file_url")) is not None:
            fetched = await fetch_file(url)
            if fetched is None:
                return _not_taken("the file could not be fetched")
            content = fetched.content
        elif not size.isdecimal() or int(size) != len(content):
            return _not_taken("file_size is not the number of bytes")
        if request.headers.get("offset", "0") != "0":
            return _not_taken("offset is not where the upload stands")
        container.files = [File("video/mp4", len(content), "")]
        container.awaits_bytes = False
        return JSONResponse({"success": True, "message": "Upload successful."})

    async def status(self, request: Request, container: Container) -> Response:
        """`GET /{container}`: how far it is."""
        fields = await read_fields(request)
        owner = self._access.authenticated(request, fields)
        if container.owner is not owner:
            raise missing(container.id)
        asked = fields.get("fields", "id").split(",")
        shown: dict[str, object] = {"id": container.id}
        code = self._status_of(container)
        if "status_code" in asked:
            shown["status_code"] = code
        if "status" in asked:
            said = container.error or "Media upload has failed"
            shown["status"] = f"Error: {said}" if code == "ERROR" else f"{code.title()}: so far"
        return JSONResponse(shown)

    def ready(self, container: Container) -> bool:
        """Whether it can be published now."""
        return self._status_of(container, counts=False) == "FINISHED"

    def _status_of(self, container: Container, *, counts: bool = True) -> str:
        if container.media_id is not None:
            return "PUBLISHED"
        if self._world.now() - container.made_at >= LIFE:
            return "EXPIRED"
        if container.stuck or container.awaits_bytes or container.reads_left > 0:
            container.reads_left -= counts
            return "IN_PROGRESS"
        return "ERROR" if container.error is not None else "FINISHED"

    def _misbehave(self, request: Request, container: Container) -> None:
        path = request.url.path
        if self._faults.take(path, "container_stuck"):
            container.stuck = True
        if failing := self._faults.take(path, "container_error"):
            container.error = failing.message or "Media upload has failed"

    async def _files(self, fields: Mapping[str, str], kind: str, owner: Account) -> list[File]:
        if kind == "CAROUSEL":
            return self._children(fields, owner)
        if "cover_url" in fields:
            await _image(fields["cover_url"], "", checks_ratio=False)
        if "video_url" in fields:
            fetched = await fetch_file(fields["video_url"])
            if fetched is None or fetched.content_type.startswith(("text/", "image/")):
                raise _not_fetched()
            return [File(fetched.content_type or "video/mp4", len(fetched.content), "")]
        alt_text = fields.get("alt_text", "")
        return [await _image(fields["image_url"], alt_text, checks_ratio=kind != "STORIES")]

    def _children(self, fields: Mapping[str, str], owner: Account) -> list[File]:
        ids = [each.strip(' "[]') for each in fields.get("children", "").split(",")]
        ids = [each for each in ids if each]
        least, most = CHILDREN
        if not least <= len(ids) <= most:
            raise GraphFault(
                100,
                "Invalid parameter",
                2207028,
                title="Carousel is invalid",
                words=f"A carousel needs {least} to {most} items.",
            )
        files: list[File] = []
        for child_id in ids:
            child = self._world.containers.get(child_id)
            if child is None or child.owner is not owner:
                raise missing(child_id)
            if child.fields.get("is_carousel_item") != "true" or not self.ready(child):
                raise not_ready()
            files += child.files
        return files


def missing(media_id: str) -> GraphFault:
    """What is not there, or not for this account."""
    return GraphFault(
        24,
        "The requested resource does not exist",
        2207006,
        title="Media not found",
        words=f"The media with {media_id} cannot be found.",
    )


def not_ready() -> GraphFault:
    """What cannot be published from, now or ever."""
    return GraphFault(
        9007,
        "Media ID is not available",
        2207027,
        title="Cannot publish",
        words="The media is not ready to be published. Please wait a moment.",
    )


def refuse_another(request: Request, owner: Account) -> None:
    """Raise unless the path names the token's own account."""
    if request.path_params["user"] not in ("me", owner.id):
        raise unsupported("post", request.path_params["user"])


def _check_kind(fields: Mapping[str, str], kind: str) -> None:
    if kind not in _MEDIA_TYPES:
        raise GraphFault(100, "Invalid parameter", 2207023, title="Unknown media type", words=kind)
    is_item = fields.get("is_carousel_item") == "true"
    if kind == "VIDEO" and not is_item:
        raise GraphFault(
            100,
            "Invalid parameter",
            2207067,
            title="The media type is no longer supported",
            words="The VIDEO value for media_type is no longer supported. Use REELS instead.",
        )
    if is_item and (given := [name for name in _OF_THE_PARENT if name in fields]):
        raise invalid(f"param {given[0]} is not allowed for carousel items")
    sources = [name for name in ("image_url", "video_url", "upload_type") if name in fields]
    if kind != "CAROUSEL" and len(sources) != 1:
        raise invalid("Only photo or video can be accepted as media type.")
    if kind in ("REELS", "VIDEO") and sources == ["image_url"]:
        raise invalid("video_url is required")
    if kind in ("", "IMAGE") and sources == ["video_url"]:
        raise invalid("image_url is required")


def _check_words(fields: Mapping[str, str], kind: str) -> None:
    caption = fields.get("caption", "")
    if _utf16(caption) > CAPTION_MAX:
        raise GraphFault(
            36004,
            "The caption is too long.",
            2207010,
            title="Caption too long",
            words=f"The caption was too long. It has to be {CAPTION_MAX} characters or fewer.",
        )
    if sum(word.startswith("@") for word in caption.split()) > MENTIONS_MAX:
        raise GraphFault(100, "Invalid parameter", 2207040, title="Too many tags", words=caption)
    if "alt_text" in fields and (kind in ("REELS", "STORIES") or "video_url" in fields):
        raise invalid("alt_text is only for images")
    if len(fields.get("alt_text", "")) > ALT_TEXT_MAX:
        raise invalid(f"alt_text must be at most {ALT_TEXT_MAX} characters")
    collaborators = _array(fields, "collaborators")
    if collaborators and (kind == "STORIES" or len(collaborators) > COLLABORATORS_MAX):
        raise invalid("param collaborators is not allowed")
    for tag in _array(fields, "user_tags"):
        places = [tag.get(name) for name in ("x", "y")] if isinstance(tag, dict) else [None]
        if kind not in ("REELS", "VIDEO", "STORIES") and not all(map(_is_place, places)):
            raise invalid("user_tags need x and y between 0.0 and 1.0")
    if "location_id" in fields and not fields["location_id"].isdecimal():
        raise invalid("INSTAGRAM_PLATFORM_API__INVALID_LOCATION_ID")
    if "thumb_offset" in fields and not fields["thumb_offset"].isdecimal():
        raise GraphFault(1, "Invalid thumb offset", 2207057)


def _array(fields: Mapping[str, str], name: str) -> list[Any]:
    if name not in fields:
        return []
    try:
        value = json.loads(fields[name])
    except ValueError:
        value = None
    if not isinstance(value, list):
        raise invalid(f"param {name} must be an array")
    return value


def _is_place(value: object) -> bool:
    return isinstance(value, int | float) and 0 <= value <= 1


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _not_fetched() -> GraphFault:
    return GraphFault(
        9004,
        "Only photo or video can be accepted as media type.",
        2207052,
        title="Media download has failed.",
        words="The media could not be fetched from this URI",
    )


def _not_taken(message: str) -> Response:
    said = json.dumps({"success": False, "error": {"message": message}})
    body = {"debug_info": {"retriable": False, "type": "ProcessingFailedError", "message": said}}
    return JSONResponse(body, status_code=400)


async def _image(url: str, alt_text: str, *, checks_ratio: bool) -> File:
    fetched = await fetch_file(url)
    if fetched is None:
        raise _not_fetched()
    if not fetched.content:
        # From an address that is believed.
        return File("image/jpeg", 0, alt_text)
    if len(fetched.content) > IMAGE_BYTES_MAX:
        raise GraphFault(
            36000,
            "The image size is too large.",
            2207004,
            title="Image size too large",
            words="The image is too large to download. It should be less than 8 MiB.",
        )
    try:
        with Image.open(io.BytesIO(fetched.content), formats=["JPEG"]) as opened:
            width, height = opened.size
    except OSError:
        raise _not_fetched() from None
    least, most = RATIO
    if checks_ratio and not least <= width / height <= most:
        raise GraphFault(
            36003,
            "The aspect ratio is not supported.",
            2207009,
            title="Unsupported aspect ratio",
            words="The submitted image has an aspect ratio outside of 4:5 to 1.91:1.",
        )
    return File("image/jpeg", len(fetched.content), alt_text)
