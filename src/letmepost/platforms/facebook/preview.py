"""What would be sent for a draft, without sending anything."""

from collections.abc import Mapping
from typing import Any

from letmepost.content.draft import Draft
from letmepost.platforms.facebook.fields import (
    VIDEO_EDGES,
    feed_fields,
    finish_fields,
    is_story,
    photo_fields,
    start_fields,
    surface,
)
from letmepost.platforms.facebook.settings import VERSION, FacebookSettings

_PAGE = "(the Page's id)"
_PHOTO = "(the id of the photo)"
_VIDEO = "(the id of the video)"
_SESSION = "(the id of the upload)"


def preview(draft: Draft, account_details: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The uploads, the call that makes the post visible, and the first comment."""
    base = f"{_host('api_url')}/{VERSION}"
    page = f"{base}/{account_details.get('pageId', _PAGE)}"
    where = surface(draft)
    calls = []
    if where in VIDEO_EDGES:
        edge = f"{page}/{VIDEO_EDGES[where]}"
        if where == "video":
            edge = edge.replace(_host("api_url"), _host("video_url"))
        size = next(each for each in draft.media if each.kind == "video").facts
        calls += [
            _call(edge, start_fields(draft, size.size_bytes if size else 0)),
            _call(edge, finish_fields(draft, _VIDEO, _SESSION)),
        ]
    else:
        photos = [_PHOTO for each in draft.media if each.kind == "image"]
        calls += [
            _call(f"{page}/photos", {**photo_fields(each.alt_text), "source": "(the image)"})
            for each in draft.media
        ]
        if where == "photo story":
            calls.append(_call(f"{page}/photo_stories", {"photo_id": _PHOTO}))
        else:
            calls.append(_call(f"{page}/feed", feed_fields(draft, photos)))
    if draft.first_comment is not None and not is_story(draft):
        comment = {"message": draft.first_comment}
        calls.append(_call(f"{base}/(the id of the post)/comments", comment))
    return calls


def _host(setting: str) -> str:
    return str(FacebookSettings.model_fields[setting].default)


def _call(url: str, form: Mapping[str, str]) -> dict[str, Any]:
    return {"method": "POST", "url": url, "form": dict(form)}
