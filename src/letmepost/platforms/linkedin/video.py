"""Videos: announced with their size, sent part by part, and put together at the end.

Source: https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/videos-api.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from letmepost.platform_kit.outcome import TryLater
from letmepost.platform_kit.platform import MediaSource
from letmepost.platforms.linkedin.errors import Asking, refusal, unavailable
from letmepost.platforms.linkedin.rest import LinkedInClient, RefusedError, initialized


async def upload_video(
    client: LinkedInClient, source: MediaSource, author: str, asking: Asking
) -> str:
    """Upload a video, one part of it in memory at a time; its URN.

    An upload that breaks off is begun anew: its addresses may be spent, and nobody sees it.
    Raises `RefusedError`.
    """
    value = await initialized(
        client,
        "videos",
        {
            "owner": author,
            "fileSizeBytes": source.facts.size_bytes,
            "uploadCaptions": False,
            "uploadThumbnail": False,
        },
        asking,
    )
    video, instructions = value.get("video"), value.get("uploadInstructions")
    if not isinstance(video, str) or not isinstance(instructions, list) or not instructions:
        raise RefusedError(TryLater(error=unavailable("no addresses to upload to were given")))
    etags = await _upload_parts(client, source, instructions, asking)
    answer = await client.act(
        "videos",
        "finalizeUpload",
        {
            "video": video,
            "uploadToken": str(value.get("uploadToken") or ""),
            "uploadedPartIds": etags,
        },
    )
    if not answer.ok:
        raise RefusedError(refusal(answer, asking))
    return video


async def _upload_parts(
    client: LinkedInClient,
    source: MediaSource,
    instructions: Sequence[Mapping[str, Any]],
    asking: Asking,
) -> list[str]:
    """Send each part to its address; the ETags in the order of the parts."""
    etags: list[str] = []
    ordered = sorted(instructions, key=lambda part: int(part["firstByte"]))
    sizes = [int(part["lastByte"]) - int(part["firstByte"]) + 1 for part in ordered]
    async for body in in_parts(source.stream(), sizes):
        answer = await client.upload_part(str(ordered[len(etags)]["uploadUrl"]), body)
        if not answer.ok:
            raise RefusedError(refusal(answer, asking))
        etags.append(answer.headers.get("ETag", ""))
    if len(etags) != len(sizes):
        raise RefusedError(TryLater(error=unavailable("the parts do not cover the video")))
    return etags


async def in_parts(stream: AsyncIterator[bytes], sizes: Sequence[int]) -> AsyncIterator[bytes]:
    """A stream cut into parts of these sizes, the last as long as what is left allows."""
    kept = bytearray()
    position = 0
    async for piece in stream:
        kept += piece
        while position < len(sizes) and len(kept) >= sizes[position]:
            yield bytes(kept[: sizes[position]])
            del kept[: sizes[position]]
            position += 1
    if kept and position < len(sizes):
        yield bytes(kept)
