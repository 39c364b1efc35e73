"""A stored publication as a draft again."""

from collections.abc import Mapping
from typing import Any

from letmepost.content.draft import Draft, DraftMedia
from letmepost.platform_kit.platform import Platform
from letmepost.posts.content_media import media_ids
from letmepost.posts.loaded import Loaded


def draft_of(loaded: Loaded, platform: Platform) -> Draft:
    """The draft of a stored publication."""
    content: Mapping[str, Any] = loaded.row["content"]
    options = content["options"]
    cover = loaded.media.get(content.get("coverMediaId", ""))
    return Draft(
        text=loaded.row["text"],
        cover=DraftMedia(kind="image", media_id=cover.id, facts=cover.facts) if cover else None,
        media=tuple(
            DraftMedia(
                kind=item["kind"],
                alt_text=item.get("altText"),
                media_id=item["mediaId"],
                url=item.get("url"),
                facts=loaded.media[item["mediaId"]].facts
                if item["mediaId"] in loaded.media
                else None,
            )
            for item in content["media"]
        ),
        first_comment=content["firstComment"],
        options=platform.options.model_validate(options) if options else None,
        account=loaded.account.details,
        scheduled_at=loaded.row["scheduled_at"],
    )


def missing_media(loaded: Loaded) -> str:
    """The ids of files that were deleted since the post was asked for."""
    ids = sorted(media_ids(loaded.row["content"]))
    return ", ".join(each for each in ids if each not in loaded.media)
