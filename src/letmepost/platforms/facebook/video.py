"""How far Facebook is with a video that was uploaded.

Source: https://developers.facebook.com/docs/video-api/guides/publishing
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from letmepost.platform_kit.graph.client import GraphClient
from letmepost.platform_kit.graph.errors import readable
from letmepost.platform_kit.http import Answer

_PHASES: Final = ("uploading_phase", "processing_phase", "publishing_phase")
_FAILED: Final = ("error", "expired", "upload_failed")


async def read_video(client: GraphClient, video: str) -> Answer:
    """Look at a video."""
    return await client.get(f"/{video}", fields="status,permalink_url,published,post_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoState:
    """`submitted` says that Facebook was told to publish it, `problem` why it never will be."""

    published: bool
    submitted: bool
    problem: str | None = None
    post_id: str | None = None
    permalink: str | None = None

    @classmethod
    def of(cls, answer: Answer) -> Self | None:
        """What an answer tells; None where it is none about a video."""
        said = readable(answer)
        status = said.get("status") if said is not None else None
        if said is None or not isinstance(status, dict):
            return None
        publishing = _phase(status, "publishing_phase")
        post_id, path = said.get("post_id"), said.get("permalink_url")
        return cls(
            published=publishing.get("publish_status") == "published",
            submitted=publishing.get("status", "not_started") != "not_started",
            problem=_problem(status),
            post_id=post_id if isinstance(post_id, str) and post_id else None,
            permalink=_absolute(path) if isinstance(path, str) and path else None,
        )


def _phase(status: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    phase = status.get(name)
    return phase if isinstance(phase, dict) else {}


def _problem(status: Mapping[str, Any]) -> str | None:
    """What went wrong in any phase."""
    for name in _PHASES:
        phase = _phase(status, name)
        if phase.get("status") == "error" or phase.get("publish_status") == "error":
            error = phase.get("error")
            words = error.get("message") if isinstance(error, dict) else None
            return str(words or f"its {name.removesuffix('_phase')} failed")
    value = status.get("video_status")
    return f"its status is {value}" if value in _FAILED else None


def _absolute(address: str) -> str:
    """The address of a video, which Facebook gives as a path."""
    return f"https://www.facebook.com{address}" if address.startswith("/") else address
