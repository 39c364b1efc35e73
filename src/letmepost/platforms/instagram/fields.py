"""The fields of the containers that a draft needs."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from letmepost.content.draft import Draft, DraftMedia
from letmepost.content.media_facts import MediaFacts
from letmepost.platforms.instagram.options import (
    InstagramOptions,
    InstagramProductTag,
    InstagramUserTag,
    chosen_options,
    surface,
)

RESUMABLE = "resumable"


def takes_bytes(facts: MediaFacts, account_details: Mapping[str, Any]) -> bool:
    """Only through a Page does Instagram document an upload, and for videos alone."""
    return account_details.get("login") == "page" and facts.kind == "video"


def child_fields(draft: Draft, place: int, url: str | None) -> dict[str, str]:
    """The container of one item of a carousel; without an address its bytes are sent."""
    media, chosen = draft.media[place], chosen_options(draft)
    fields = {"is_carousel_item": "true", **_source(media, url)}
    if media.kind == "video":
        fields["media_type"] = "VIDEO"
    elif media.alt_text:
        fields["alt_text"] = media.alt_text
    return fields | _tags(chosen, place, is_image=media.kind == "image")


def post_fields(
    draft: Draft, *, url: str | None, cover: str | None, children: Sequence[str]
) -> dict[str, str]:
    """The container that is published from."""
    where, chosen = surface(draft), chosen_options(draft)
    fields: dict[str, str] = {}
    if where == "carousel":
        fields |= {"media_type": "CAROUSEL", "children": ",".join(children)}
    else:
        media = draft.media[0]
        fields |= _source(media, url)
        if where == "reel":
            fields["media_type"] = "REELS"
        elif where == "story":
            fields["media_type"] = "STORIES"
        elif media.alt_text:
            fields["alt_text"] = media.alt_text
        fields |= _tags(chosen, 0, is_image=media.kind == "image")
    if draft.text and where != "story":
        fields["caption"] = draft.text
    return fields | _of_the_post(chosen, cover, is_reel=where == "reel", is_story=where == "story")


def _source(media: DraftMedia, url: str | None) -> dict[str, str]:
    if url is None:
        return {"upload_type": RESUMABLE}
    return {f"{media.kind}_url": url}


def _of_the_post(
    chosen: InstagramOptions | None, cover: str | None, *, is_reel: bool, is_story: bool
) -> dict[str, str]:
    if chosen is None or is_story:
        return {}
    fields: dict[str, str] = {}
    if chosen.collaborators:
        fields["collaborators"] = json.dumps(list(chosen.collaborators))
    if chosen.location_id is not None:
        fields["location_id"] = chosen.location_id
    if not is_reel:
        return fields
    if cover is not None:
        fields["cover_url"] = cover
    elif chosen.thumb_offset_ms is not None:
        fields["thumb_offset"] = str(chosen.thumb_offset_ms)
    if chosen.share_to_feed is not None:
        fields["share_to_feed"] = "true" if chosen.share_to_feed else "false"
    return fields


def _tags(chosen: InstagramOptions | None, place: int, *, is_image: bool) -> dict[str, str]:
    """The people and products in one file; in a video they have no place."""
    if chosen is None:
        return {}
    fields = {}
    if people := [each for each in chosen.user_tags if each.media == place]:
        fields["user_tags"] = json.dumps([_person(each, is_image=is_image) for each in people])
    if products := [each for each in chosen.product_tags if each.media == place]:
        fields["product_tags"] = json.dumps(
            [_product(each, is_image=is_image) for each in products]
        )
    return fields


def _person(tag: InstagramUserTag, *, is_image: bool) -> dict[str, Any]:
    return {"username": tag.username, **(_place(tag) if is_image else {})}


def _product(tag: InstagramProductTag, *, is_image: bool) -> dict[str, Any]:
    return {"product_id": tag.product_id, **(_place(tag) if is_image else {})}


def _place(tag: InstagramUserTag | InstagramProductTag) -> dict[str, float]:
    return {name: value for name, value in (("x", tag.x), ("y", tag.y)) if value is not None}
