"""The simulated containers of Threads: checked as they are made, ready after a while."""

import io
import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from PIL import Image
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from letmepost.platform_kit.graph.simulated import (
    GraphFault,
    fetch_file,
    invalid,
    read_fields,
)
from letmepost.platform_kit.graph.simulated_tokens import Tokens
from letmepost.platform_kit.simulator_faults import Faults
from letmepost.platforms.threads.simulator_world import Container, File, Profile, World

LIFE: Final = timedelta(hours=24)
TEXT_MAX: Final = 500
LONG_TEXT_MAX: Final = 10_000
ALT_TEXT_MAX: Final = 1000
LINKS_MAX: Final = 5
CHILDREN: Final = (2, 20)
IMAGE_BYTES_MAX: Final = 8 * 1024 * 1024
TOPIC_MAX: Final = 50
OPTIONS: Final = ("option_a", "option_b", "option_c", "option_d")

_MEDIA_TYPES: Final = ("TEXT", "IMAGE", "VIDEO", "CAROUSEL")
_REPLY_CONTROLS: Final = (
    "everyone",
    "accounts_you_follow",
    "mentioned_only",
    "parent_post_author_only",
    "followers_only",
)
_FIELDS: Final = frozenset(
    {
        "access_token",
        "allowlisted_country_codes",
        "alt_text",
        "auto_publish_text",
        "children",
        "crossreshare_to_ig",
        "enable_reply_approvals",
        "gif_attachment",
        "image_url",
        "is_carousel_item",
        "is_ghost_post",
        "is_spoiler_media",
        "link_attachment",
        "location_id",
        "media_type",
        "poll_attachment",
        "quote_post_id",
        "reply_control",
        "reply_to_id",
        "text",
        "text_attachment",
        "text_entities",
        "topic_tag",
        "video_url",
    }
)
_TEXT_ONLY: Final = ("link_attachment", "poll_attachment", "text_attachment", "gif_attachment")
_LINK: Final = re.compile(r"https?://[^\s]+")
_EMOJI: Final = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u20e3]")


class Containers:
    """Makes containers, and says how far they are."""

    def __init__(self, world: World, tokens: Tokens[Profile], faults: Faults) -> None:
        self._world = world
        self._tokens = tokens
        self._faults = faults

    async def create(self, request: Request) -> Response:
        """`POST /{user}/threads`: prepare a post, or one item of a carousel."""
        fields = await read_fields(request)
        owner = self._tokens.authenticated(
            request, fields, "threads_basic", "threads_content_publish"
        )
        refuse_another(request, owner)
        for name in fields:
            if name not in _FIELDS:
                raise invalid(f"Param {name} is not supported.")
        if "reply_to_id" in fields:
            self._tokens.authenticated(request, fields, "threads_manage_replies")
        kind = fields.get("media_type", "")
        if kind not in _MEDIA_TYPES:
            raise invalid(f"Param media_type must be one of {{{', '.join(_MEDIA_TYPES)}}}.")
        _check_words(fields, kind)
        self._check_references(fields)
        container = Container(
            id=self._world.new_id(),
            owner=owner,
            fields={name: value for name, value in fields.items() if name != "access_token"},
            made_at=self._world.now(),
            files=await self._files(fields, kind, owner),
            reads_left=0 if kind == "TEXT" else self._world.reads_until_ready,
        )
        if kind != "TEXT":
            self._misbehave(request, container)
        self._world.containers[container.id] = container
        return JSONResponse({"id": container.id})

    async def status(self, request: Request, container: Container) -> Response:
        """`GET /{container}`: how far it is."""
        fields = await read_fields(request)
        owner = self._tokens.authenticated(request, fields, "threads_basic")
        if container.owner is not owner:
            raise missing(container.id)
        asked = fields.get("fields", "id").split(",")
        shown: dict[str, object] = {"id": container.id}
        status = self._status_of(container)
        if "status" in asked:
            shown["status"] = status
        if "error_message" in asked and status == "ERROR":
            shown["error_message"] = container.error
        return JSONResponse(shown)

    def ready(self, container: Container) -> bool:
        """Whether it can be published now."""
        return self._status_of(container, counts=False) == "FINISHED"

    def _status_of(self, container: Container, *, counts: bool = True) -> str:
        if container.post_id is not None:
            return "PUBLISHED"
        if self._world.now() - container.made_at >= LIFE:
            return "EXPIRED"
        if container.stuck or container.reads_left > 0:
            container.reads_left -= counts
            return "IN_PROGRESS"
        return "ERROR" if container.error is not None else "FINISHED"

    def _misbehave(self, request: Request, container: Container) -> None:
        path = request.url.path
        if self._faults.take(path, "container_stuck"):
            container.stuck = True
        if failing := self._faults.take(path, "container_error"):
            container.error = failing.message or "UNKNOWN"

    def _check_references(self, fields: Mapping[str, str]) -> None:
        for name in ("reply_to_id", "quote_post_id"):
            post_id = fields.get(name)
            if post_id is not None and post_id not in self._world.posts:
                raise GraphFault(
                    100,
                    f"Unsupported post request. Object with ID '{post_id}' does not exist",
                    33,
                )

    async def _files(self, fields: Mapping[str, str], kind: str, owner: Profile) -> list[File]:
        if kind == "CAROUSEL":
            return self._children(fields, owner)
        if kind == "TEXT":
            return []
        url = fields.get("image_url" if kind == "IMAGE" else "video_url")
        if url is None:
            raise invalid(f"Param {kind.lower()}_url is required for media_type {kind}.")
        fetched = await fetch_file(url)
        if fetched is not None and kind == "IMAGE" and not _is_image(fetched.content):
            fetched = None
        if fetched is not None and fetched.content_type.startswith("text/"):
            fetched = None
        if fetched is None:
            raise GraphFault(
                1,
                "An unknown error occurred",
                2207052,
                title="Media download has failed.",
                words="The media could not be fetched from this URI",
            )
        return [File(fetched.content_type, len(fetched.content), fields.get("alt_text", ""))]

    def _children(self, fields: Mapping[str, str], owner: Profile) -> list[File]:
        ids = [each.strip() for each in fields.get("children", "").split(",") if each.strip()]
        least, most = CHILDREN
        if not least <= len(ids) <= most:
            raise invalid(f"A carousel needs {least} to {most} children.")
        files: list[File] = []
        for child_id in ids:
            child = self._world.containers.get(child_id)
            if child is None or child.owner is not owner:
                raise missing(child_id)
            if child.fields.get("is_carousel_item") != "true" or not self.ready(child):
                raise invalid(f"Container {child_id} is no finished carousel item.")
            files += child.files
        return files


def missing(media_id: str) -> GraphFault:
    """What is not there, or not there yet."""
    return GraphFault(
        24,
        "The requested resource does not exist",
        4279009,
        title="Media Not Found",
        words=f"The media with id {media_id} cannot be found.",
    )


def refuse_another(request: Request, owner: Profile) -> None:
    """Raise unless the path names the token's own profile."""
    if request.path_params["user"] not in ("me", owner.id):
        raise missing(request.path_params["user"])


def _check_words(fields: Mapping[str, str], kind: str) -> None:
    text = fields.get("text", "")
    if kind == "TEXT" and not text.strip():
        raise invalid("Param text is required for media_type TEXT.")
    if _length(text) > TEXT_MAX:
        raise GraphFault(
            100, f"Param text must be at most {TEXT_MAX} characters long.", kind="THApiException"
        )
    links = {*_LINK.findall(text), *filter(None, [fields.get("link_attachment")])}
    if len(links) > LINKS_MAX:
        raise invalid("THREADS_API__LINK_LIMIT_EXCEEDED")
    if kind != "TEXT" and (beside := [name for name in _TEXT_ONLY if name in fields]):
        raise invalid(f"Param {beside[0]} is for text posts only.")
    if len(fields.get("alt_text", "")) > ALT_TEXT_MAX:
        raise invalid(f"Param alt_text must be at most {ALT_TEXT_MAX} characters long.")
    topic = fields.get("topic_tag")
    if topic is not None and (not 1 <= len(topic) <= TOPIC_MAX or set(topic) & {".", "&"}):
        raise invalid("Param topic_tag is invalid.")
    if fields.get("reply_control", "everyone") not in _REPLY_CONTROLS:
        raise invalid(f"Param reply_control must be one of {{{', '.join(_REPLY_CONTROLS)}}}.")
    if fields.get("is_carousel_item") == "true" and ("text" in fields or kind == "TEXT"):
        raise invalid("A carousel item is an image or a video without text.")
    _check_attachments(fields)


def _check_attachments(fields: Mapping[str, str]) -> None:
    if "poll_attachment" in fields:
        poll = _object(fields, "poll_attachment")
        if not {"option_a", "option_b"} <= set(poll) <= set(OPTIONS):
            raise invalid("poll_attachment has option_a to option_d, two of them at least.")
    if "text_attachment" in fields:
        attached = _object(fields, "text_attachment")
        if not 1 <= len(str(attached.get("plaintext", ""))) <= LONG_TEXT_MAX:
            raise invalid(f"text_attachment holds at most {LONG_TEXT_MAX} characters.")
        if "poll_attachment" in fields:
            raise invalid("text_attachment does not go with poll_attachment.")


def _object(fields: Mapping[str, str], name: str) -> Mapping[str, object]:
    try:
        value = json.loads(fields[name])
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise invalid(f"Param {name} must be an object.")
    return value


def _length(text: str) -> int:
    """Emoji as their bytes in UTF-8, all else as one."""
    return sum(len(each.encode()) if _EMOJI.match(each) else 1 for each in text)


def _is_image(content: bytes) -> bool:
    if not content:
        # From an address that is believed.
        return True
    if len(content) > IMAGE_BYTES_MAX:
        return False
    try:
        with Image.open(io.BytesIO(content), formats=["JPEG", "PNG"]):
            return True
    except OSError:
        return False
