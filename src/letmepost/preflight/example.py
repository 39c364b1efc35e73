"""Parts for the example drafts of rules: the last that passes, the first that is refused."""

from collections.abc import Mapping
from typing import Any

from letmepost.content.draft import Draft, DraftMedia, MediaKind
from letmepost.content.media_facts import MediaFacts

SHA256 = "0" * 64
MEDIA_ID = "med_0000000000000000000001"


def file(
    kind: MediaKind,
    content_type: str,
    *,
    alt_text: str | None = None,
    **facts: Any,  # noqa: ANN401 - any fact
) -> DraftMedia:
    """One attached file with these facts."""
    return DraftMedia(
        kind=kind,
        alt_text=alt_text,
        media_id=MEDIA_ID,
        facts=MediaFacts(
            **{"content_type": content_type, "size_bytes": 1000, "sha256": SHA256, **facts}
        ),
    )


def image(content_type: str = "image/jpeg", **facts: Any) -> DraftMedia:  # noqa: ANN401 - any fact
    """A small picture, with the facts that matter changed."""
    return file("image", content_type, **{"width_px": 40, "height_px": 30, **facts})


def video(content_type: str = "video/mp4", **facts: Any) -> DraftMedia:  # noqa: ANN401 - any fact
    """A short video, with the facts that matter changed."""
    usual: Mapping[str, Any] = {
        "width_px": 1280,
        "height_px": 720,
        "duration_seconds": 10.0,
        "container": "mp4",
        "video_codec": "h264",
    }
    return file("video", content_type, **{**usual, **facts})


def draft(text: str = "Hello", *media: DraftMedia, **more: Any) -> Draft:  # noqa: ANN401 - any field
    """A draft with a text, files and whatever else is given."""
    return Draft(text=text, media=media, **more)
