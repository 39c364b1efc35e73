"""What would be sent for a draft, without sending anything."""

from collections.abc import Mapping
from typing import Any

from letmepost.content.draft import Draft
from letmepost.platforms.twitter.thread import document, steps

CREATE = "/2/tweets"
_HOST = "https://api.x.com"
_UPLOADED = "(the uploaded file)"
_BEFORE = "(the post before)"


def preview(draft: Draft, account_details: Mapping[str, Any]) -> list[dict[str, Any]]:  # noqa: ARG001 - the protocol's
    """The calls of `POST /2/tweets` for a draft, in order."""
    files = [_UPLOADED] * len(draft.media)
    return [
        {
            "method": "POST",
            "url": f"{_HOST}{CREATE}",
            "json": document(draft, number, files, _BEFORE if number else None),
        }
        for number in range(len(steps(draft)))
    ]
