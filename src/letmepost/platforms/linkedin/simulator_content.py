"""What a simulated post may hold: one file, several images, an article or a poll, and no two.

Source: https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api
and .../multiimage-post-api.
"""

from typing import Any, Final

from letmepost.platforms.linkedin.simulator_rest import (
    bad_input,
    coded,
    missing_field,
    only_fields,
    wrong_value,
)
from letmepost.platforms.linkedin.simulator_world import File, World

ALT_TEXT_MAX: Final = 4086
IMAGES: Final = range(2, 21)

_KINDS: Final = ("media", "multiImage", "article", "poll")
_ARTICLE: Final = frozenset({"source", "title", "description", "thumbnail", "thumbnailAltText"})
_DURATIONS: Final = ("ONE_DAY", "THREE_DAYS", "SEVEN_DAYS", "FOURTEEN_DAYS")


def check_content(world: World, author: str, content: object) -> None:
    """Refuse a content that the platform would not take."""
    if not isinstance(content, dict):
        raise wrong_value("content", content)
    only_fields(content, frozenset(_KINDS), "/content")
    if len(content) != 1:
        raise wrong_value("content", sorted(content))
    (kind,) = content
    inner = content[kind]
    if not isinstance(inner, dict):
        raise wrong_value(f"content/{kind}", inner)
    match kind:
        case "media":
            _check_media(world, author, inner)
        case "multiImage":
            _check_images(world, author, inner)
        case "article":
            _check_article(world, author, inner)
        case _:
            _check_poll(inner)


def _check_media(world: World, author: str, media: dict[str, Any]) -> None:
    only_fields(media, frozenset({"id", "title", "altText"}), "/content/media")
    file = _file(world, author, media, "content/media")
    _check_alt(media, "content/media")
    if file.kind == "document" and not media.get("title"):
        raise missing_field("content/media/title")


def _check_images(world: World, author: str, several: dict[str, Any]) -> None:
    only_fields(several, frozenset({"images", "altText"}), "/content/multiImage")
    images = several.get("images")
    if not isinstance(images, list):
        raise missing_field("content/multiImage/images")
    if len(images) not in IMAGES:
        raise wrong_value("content/multiImage/images", len(images))
    for image in images:
        only_fields(image, frozenset({"id", "altText"}), "/content/multiImage/images")
        _check_alt(image, "content/multiImage/images")
        if _file(world, author, image, "content/multiImage/images").kind != "image":
            raise bad_input("INVALID_URN_TYPE", "Images only", "id", image["id"])


def _check_article(world: World, author: str, article: dict[str, Any]) -> None:
    only_fields(article, _ARTICLE, "/content/article")
    for name in ("source", "title"):
        if not isinstance(article.get(name), str) or not article[name]:
            raise missing_field(f"content/article/{name}")
    if not article["source"].startswith(("http://", "https://")):
        raise wrong_value("content/article/source", article["source"])
    if "thumbnail" in article:
        named = {"id": article["thumbnail"]}
        if _file(world, author, named, "content/article/thumbnail").kind != "image":
            raise bad_input("INVALID_URN_TYPE", "Images only", "thumbnail", article["thumbnail"])


def _check_poll(poll: dict[str, Any]) -> None:
    only_fields(poll, frozenset({"question", "options", "settings"}), "/content/poll")
    question, options = poll.get("question"), poll.get("options")
    if not isinstance(question, str) or len(question) > 140:  # noqa: PLR2004 - as documented
        raise wrong_value("content/poll/question", question)
    if not isinstance(options, list) or not 2 <= len(options) <= 4:  # noqa: PLR2004 - as above
        raise wrong_value("content/poll/options", options)
    if poll.get("settings", {}).get("duration") not in _DURATIONS:
        raise wrong_value("content/poll/settings", poll.get("settings"))


def _check_alt(item: dict[str, Any], path: str) -> None:
    alt = item.get("altText", "")
    if not isinstance(alt, str):
        raise wrong_value(f"{path}/altText", alt)
    if len(alt) > ALT_TEXT_MAX:
        raise bad_input("FIELD_LENGTH_TOO_LONG", "The alt text is too long", f"{path}/altText")


def _file(world: World, author: str, item: dict[str, Any], path: str) -> File:
    """The file that is named, owned by the author and far enough to be posted."""
    urn = item.get("id")
    if not isinstance(urn, str):
        raise missing_field(f"{path}/id")
    if not urn.startswith(("urn:li:image:", "urn:li:video:", "urn:li:document:")):
        raise bad_input("INVALID_URN_TYPE", f"Invalid URN type: {urn}", f"{path}/id", urn)
    file = world.files.get(urn)
    if file is None:
        raise bad_input("INVALID_URN_ID", f"Could not find {urn}", f"{path}/id", urn)
    if file.owner != author:
        message = f"One or more of the assets is not owned by the author: {urn}"
        raise coded(400, "INVALID_CONTENT_OWNERSHIP", message, 100)
    # Who may not look at an image has to post it before it is ready; a video must be ready.
    if file.status == "WAITING_UPLOAD" or (file.kind == "video" and file.status == "PROCESSING"):
        file.advance()
        if file.status != "AVAILABLE":
            raise bad_input("MEDIA_ASSET_WAITING_UPLOAD", f"{urn} is not ready", f"{path}/id", urn)
    if file.failure is not None and file.kind == "video":
        raise bad_input("MEDIA_ASSET_PROCESSING_FAILED", file.failure, f"{path}/id", urn)
    return file
