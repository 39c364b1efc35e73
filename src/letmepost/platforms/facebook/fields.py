"""What is sent for a draft: its surface, and the fields of the call that makes it visible."""

import json
from collections.abc import Mapping, Sequence
from typing import Literal

from letmepost.content.draft import Draft
from letmepost.platforms.facebook.options import chosen_options

Surface = Literal["text", "photos", "video", "reel", "photo story", "video story"]
# The edges that take a video which was begun there: the id of the video is known beforehand.
VIDEO_EDGES: Mapping[Surface, str] = {
    "video": "videos",
    "reel": "video_reels",
    "video story": "video_stories",
}


def surface(draft: Draft) -> Surface:
    """Where the draft appears."""
    chosen = chosen_options(draft)
    kind = chosen.post_type if chosen else None
    if kind == "story":
        return "video story" if draft.videos else "photo story"
    if draft.videos:
        return "reel" if kind == "reel" else "video"
    return "photos" if draft.images else "text"


def is_story(draft: Draft) -> bool:
    """Whether the draft is gone after a day, has no text, and takes no comment."""
    return surface(draft).endswith("story")


def photo_fields(alt_text: str | None) -> dict[str, str]:
    """A photo that nobody sees until a post names it."""
    fields = {"published": "false"}
    return fields | {"alt_text_custom": alt_text} if alt_text else fields


def feed_fields(draft: Draft, photos: Sequence[str]) -> dict[str, str]:
    """A post of the Page: words, a link, or photos that are there already."""
    fields = {"message": draft.text} if draft.text else {}
    if photos:
        attached = [{"media_fbid": each} for each in photos]
        fields["attached_media"] = json.dumps(attached)
    chosen = chosen_options(draft)
    if chosen and chosen.link and not photos:
        fields["link"] = chosen.link
    # The answer then has the address too.
    return {**fields, "fields": "id,permalink_url"}


def finish_fields(draft: Draft, video: str, session: str | None) -> dict[str, str]:
    """The end of an upload, which makes the video visible."""
    described = {"description": draft.text} if draft.text else {}
    match surface(draft):
        case "video":
            return {"upload_phase": "finish", "upload_session_id": str(session), **described}
        case "reel":
            state = {"video_state": "PUBLISHED"}
            return {"upload_phase": "finish", "video_id": video, **state, **described}
        case _:
            return {"upload_phase": "finish", "video_id": video}


def start_fields(draft: Draft, size_bytes: int) -> dict[str, str]:
    """The beginning of an upload; a video of the feed is announced with its size."""
    size = {"file_size": str(size_bytes)} if surface(draft) == "video" else {}
    return {"upload_phase": "start", **size}
