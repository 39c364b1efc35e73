"""The media sources of a simulated pin: what each kind must hold, and the pictures it brings."""

import base64
import binascii
import io
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
from PIL import Image

from letmepost.platforms.pinterest.simulator_wire import (
    ID,
    Check,
    JsonObject,
    PinterestError,
    check_fields,
    flag,
    invalid,
    matching,
    one_of,
    text,
    whole_number,
)
from letmepost.platforms.pinterest.simulator_world import Environment, Picture

IMAGE_BYTES_MAX: Final = 20_000_000
ITEMS_MIN: Final = 2
ITEMS_MAX: Final = 5

_IMAGE_TYPES: Final = ("image/jpeg", "image/png")
_FETCH_SECONDS: Final = 5.0
_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
_OK: Final = 200
_BASE64: Final = re.compile(r"[a-zA-Z0-9+/=]+")
_ANY_TEXT: Final = text(nullable=False)
_URL: Final[Mapping[str, Check]] = {"url": _ANY_TEXT}
_DATA: Final[Mapping[str, Check]] = {
    "content_type": one_of(*_IMAGE_TYPES),
    "data": matching(_BASE64),
}
_WORDS: Final[Mapping[str, Check]] = {
    "title": _ANY_TEXT,
    "description": _ANY_TEXT,
    "link": _ANY_TEXT,
}
_KIND: Final[Mapping[str, Check]] = {"source_type": _ANY_TEXT}
_COVERS: Final = ("cover_image_url", "cover_image_data", "cover_image_key_frame_time")


def _items(fields: Mapping[str, Check], required: list[str]) -> Check:
    def check(value: Any, name: str) -> None:  # noqa: ANN401 - JSON
        if not isinstance(value, list):
            raise invalid(f"{value!r} is not of type 'array' ({name})")
        if len(value) < ITEMS_MIN:
            raise invalid(f"{name} is too short (constraint: minItems={ITEMS_MIN})")
        if len(value) > ITEMS_MAX:
            raise invalid(f"{name} is too long (constraint: maxItems={ITEMS_MAX})")
        for item in value:
            check_fields(item, {**fields, **_WORDS}, required)

    return check


_SOURCES: Final[Mapping[str, tuple[Mapping[str, Check], list[str]]]] = {
    "image_url": ({**_URL, "is_standard": flag}, ["url"]),
    "image_base64": ({**_DATA, "is_standard": flag}, ["content_type", "data"]),
    "multiple_image_urls": ({"items": _items(_URL, ["url"]), "index": whole_number}, ["items"]),
    "multiple_image_base64": (
        {"items": _items(_DATA, ["content_type", "data"]), "index": whole_number},
        ["items"],
    ),
    "video_id": (
        {
            "media_id": matching(ID),
            "cover_image_url": _ANY_TEXT,
            "cover_image_content_type": one_of(*_IMAGE_TYPES),
            "cover_image_data": matching(_BASE64),
            "cover_image_key_frame_time": whole_number,
            "is_standard": flag,
        },
        ["media_id"],
    ),
}


def check_source(source: Any, name: str) -> None:  # noqa: ANN401 - JSON
    """Hold a media source against the schema of its kind."""
    if not isinstance(source, dict):
        raise invalid(f"{source!r} is not of type 'object' ({name})")
    kind = str(source.get("source_type"))
    if kind not in _SOURCES:
        raise invalid(f"'{kind}' is not one of {list(_SOURCES)} ({name}.source_type)")
    fields, required = _SOURCES[kind]
    check_fields(source, {**_KIND, **fields}, required)
    if source.get("index", 0) >= len(source.get("items", [None])):
        raise invalid("index is not the place of an item")
    if kind == "video_id":
        _check_cover(source)


def _check_cover(source: JsonObject) -> None:
    given = [name for name in _COVERS if name in source]
    if len(given) != 1 or ("cover_image_data" in source) != ("cover_image_content_type" in source):
        raise invalid(
            "one of cover_image_url or cover_image_content_type and cover_image_data or "
            "cover_image_key_frame_time is required"
        )


async def pictures_of(source: JsonObject, environment: Environment) -> tuple[str, list[Picture]]:
    """The kind of media and the pictures that a source brings; raise for what does not open."""
    match source["source_type"]:
        case "image_url":
            return "image", [await _fetched(source["url"])]
        case "image_base64":
            return "image", [_decoded(source["content_type"], source["data"])]
        case "multiple_image_urls":
            pictures = [await _fetched(each["url"]) for each in source["items"]]
        case "multiple_image_base64":
            pictures = [_decoded(each["content_type"], each["data"]) for each in source["items"]]
        case _:
            return "video", [await _video(source, environment)]
    if len({each.size for each in pictures if each.size}) > 1:
        raise invalid("all images of a carousel must have the same width and height")
    return "multiple_images", pictures


async def _video(source: JsonObject, environment: Environment) -> Picture:
    video = environment.videos.get(source["media_id"])
    if video is None:
        raise PinterestError(404, 404, "Media not found.")
    if video.status != "succeeded":
        raise invalid(f"the media is not ready, its status is {video.status}")
    if "cover_image_url" in source:
        await _fetched(source["cover_image_url"])
    if "cover_image_data" in source:
        _decoded(source["cover_image_content_type"], source["cover_image_data"])
    return Picture("video/mp4", video.size_bytes)


def _decoded(content_type: str, data: str) -> Picture:
    try:
        content = base64.b64decode(data, validate=True)
    except binascii.Error:
        raise invalid("data is not base64") from None
    picture = _opened(content, content_type)
    if picture is None:
        raise PinterestError(400, 1, "Sorry, the image is corrupt or of another type than said.")
    return picture


def _opened(content: bytes, content_type: str | None = None) -> Picture | None:
    if len(content) > IMAGE_BYTES_MAX:
        raise PinterestError(400, 1, "Sorry, the image is too large.")
    try:
        with Image.open(io.BytesIO(content), formats=["JPEG", "PNG"]) as opened:
            found = Image.MIME[str(opened.format)]
            size = opened.size
    except OSError:
        return None
    return Picture(found, len(content), size) if content_type in (None, found) else None


async def _fetched(url: str) -> Picture:
    """Fetch an image as Pinterest would.

    Only loopback is called: a simulator that reaches into the world would surprise whoever runs
    it, so other addresses are believed.
    """
    host = urlsplit(url).hostname if url.startswith(("http://", "https://")) else None
    if host is None:
        raise PinterestError(400, 1, "Unable to reach the URL. Please check the URL and try again.")
    if host not in _LOOPBACK:
        return Picture("image/jpeg", 0, url=url)
    timeout = aiohttp.ClientTimeout(total=_FETCH_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(url) as answer,
        ):
            content = await answer.read() if answer.status == _OK else b""
    except (aiohttp.ClientError, TimeoutError, OSError):
        raise PinterestError(400, 1, "Sorry we could not fetch the image.") from None
    picture = _opened(content)
    if picture is None:
        raise PinterestError(400, 1, "Sorry we could not fetch the image.")
    picture.url = url
    return picture
