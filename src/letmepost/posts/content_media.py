"""The files that the stored content of a publication names."""

from collections.abc import Mapping
from typing import Any


def media_ids(content: Mapping[str, Any]) -> frozenset[str]:
    """The files that are attached, and the one that the options name as the cover of a video."""
    named = [item["mediaId"] for item in content["media"]]
    return frozenset([*named, *filter(None, [content.get("coverMediaId")])])
