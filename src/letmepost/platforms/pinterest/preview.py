"""What would be sent for a draft, without sending anything."""

from collections.abc import Mapping
from typing import Any

from letmepost.content.draft import Draft, DraftMedia
from letmepost.platforms.pinterest import pin
from letmepost.platforms.pinterest.api import address
from letmepost.platforms.pinterest.options import PinterestOptions, chosen_options
from letmepost.platforms.pinterest.settings import PinterestSettings

_BYTES = "(the bytes of the image, in base64)"
_NO_BOARD = "(the account's default board)"
_VIDEO = "(the id of the uploaded video)"


def preview(draft: Draft, account_details: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The call that makes a pin, with files in words."""
    board_id = pin.board_of(draft) or account_details.get("defaultBoardId") or _NO_BOARD
    host = PinterestSettings.model_fields["api_url"].default
    return [
        {
            "method": "POST",
            "url": address(host, "/pins"),
            "json": pin.document(draft, board_id, _source(draft)),
        }
    ]


def _source(draft: Draft) -> dict[str, Any]:
    if draft.videos:
        return {"source_type": "video_id", "media_id": _VIDEO, **_cover(chosen_options(draft))}
    if (source := pin.source_by_address(draft)) is not None:
        return source
    items = [_item(each) for each in draft.media]
    if len(items) == 1:
        return {"source_type": "image_base64", **items[0]}
    return {"source_type": "multiple_image_base64", "items": items}


def _item(media: DraftMedia) -> dict[str, str]:
    kind = media.facts.content_type if media.facts else "(the type of the image)"
    return {"content_type": kind, "data": _BYTES}


def _cover(chosen: PinterestOptions | None) -> dict[str, Any]:
    if chosen and chosen.cover_image_url:
        return {"cover_image_url": chosen.cover_image_url}
    if chosen and chosen.cover_media_id:
        return {
            "cover_image_content_type": "(the type of the cover)",
            "cover_image_data": _BYTES,
        }
    return {"cover_image_key_frame_time": int((chosen and chosen.cover_key_frame_seconds) or 0)}
