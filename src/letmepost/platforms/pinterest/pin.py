"""What a draft becomes at Pinterest: the fields of a pin, and the source of its media.

Source: https://developers.pinterest.com/docs/api/v5/pins-create/
"""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from letmepost.content.draft import Draft
from letmepost.platform_kit.platform import MediaSource
from letmepost.platforms.pinterest.options import chosen_options

PIN_ADDRESS = "https://www.pinterest.com/pin/"


def board_of(draft: Draft) -> str | None:
    """The board that is named, or else the account's default one."""
    chosen = chosen_options(draft)
    named = chosen.board_id if chosen else None
    return named or draft.account.get("defaultBoardId") or None


def texts(draft: Draft) -> dict[str, str]:
    """The words of a pin, by Pinterest's names; what is not given is left out."""
    chosen = chosen_options(draft)
    given = {
        "title": chosen.title if chosen else None,
        "description": draft.text,
        # A pin has one alt text, also as a carousel.
        "alt_text": draft.media[0].alt_text if draft.media else None,
        "link": chosen.destination_url if chosen else None,
    }
    return {name: value for name, value in given.items() if value}


def document(draft: Draft, board_id: str, source: Mapping[str, Any]) -> dict[str, Any]:
    """The body of the call that makes the pin."""
    chosen = chosen_options(draft)
    section = {"board_section_id": chosen.board_section_id} if chosen else {}
    return {
        "board_id": board_id,
        **{name: value for name, value in section.items() if value},
        **texts(draft),
        "media_source": dict(source),
    }


def source_by_address(draft: Draft) -> dict[str, Any] | None:
    """The images by their public addresses; None unless each has one.

    Pinterest fetches an address within seconds of the call, and a body with the bytes of a
    carousel can have 130 MB, which few hosts send within a call's deadline. An image that was
    mended here has no address: what lies there is not what is to be shown.
    """
    urls = [item.url for item in draft.media]
    if not urls or None in urls:
        return None
    if len(urls) == 1:
        return {"source_type": "image_url", "url": urls[0]}
    return {"source_type": "multiple_image_urls", "items": [{"url": url} for url in urls]}


async def source_by_bytes(media: Sequence[MediaSource]) -> dict[str, Any]:
    """The images themselves."""
    items = [
        {"content_type": each.facts.content_type, "data": base64_of(await each.read())}
        for each in media
    ]
    if len(items) == 1:
        return {"source_type": "image_base64", **items[0]}
    return {"source_type": "multiple_image_base64", "items": items}


def base64_of(content: bytes) -> str:
    """Bytes as Pinterest takes them: plain base64, without the `data:` of a data URL."""
    return base64.b64encode(content).decode("ascii")


def pin_address(pin_id: str) -> str:
    """The address of a pin: Pinterest does not tell it, its `link` is where the pin leads to."""
    return f"{PIN_ADDRESS}{pin_id}/"


def pin_id_of(uri: str) -> str:
    """The id in the address of a pin."""
    return uri.rstrip("/").rpartition("/")[2]
