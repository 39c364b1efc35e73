"""Files of a post: uploaded, described, and waited for while X converts them.

Source: https://docs.x.com/x-api/media/quickstart/media-upload-chunked.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from letmepost.content.draft import DraftMedia
from letmepost.content.media_facts import MediaFacts
from letmepost.platform_kit.multipart import Part
from letmepost.platform_kit.outcome import Rejected, TryLater, Waiting
from letmepost.platform_kit.platform import MediaSource, PublishTask
from letmepost.platforms.twitter.client import AccountClient, RefusedError
from letmepost.platforms.twitter.errors import later, rejected, unavailable
from letmepost.platforms.twitter.rules import PROCESSING_TIMEOUT, VIDEO_PROCESSING_FAILED
from letmepost.preflight.refuse import words

UPLOAD = "/2/media/upload"
METADATA = "/2/media/metadata"
# X takes segments of 5 MB; its own examples are smaller.
SEGMENT_BYTES = 4 * 1024 * 1024
# X keeps a finished upload for 24 hours.
MEDIA_LIVES = timedelta(hours=23)
LOOK_AFTER_SECONDS = 5.0
PROCESSING_DEADLINE_SECONDS = 1800.0


@dataclass(frozen=True)
class NotReadyError(Exception):
    """X still converts a file; the attempt ends in `waiting`."""

    waiting: Waiting


@dataclass(frozen=True)
class _Conversion:
    """How far X is with a file; `state` is None for one that needs no conversion."""

    state: str | None
    check_after_seconds: float = LOOK_AFTER_SECONDS
    problem: str = ""


def category(facts: MediaFacts) -> str:
    """What the file is to X. A GIF that does not move is an image."""
    if facts.kind == "video":
        return "tweet_video"
    moves = facts.content_type == "image/gif" and facts.animated
    return "tweet_gif" if moves else "tweet_image"


async def ready_media(task: PublishTask, client: AccountClient) -> Mapping[str, Any]:
    """The uploaded files as a checkpoint keeps them.

    That is their `ids`, the `keys` by which a post names them, and `at`, when they were uploaded.

    Raises `NotReadyError` while X converts, `RefusedError` when it gives up.
    """
    kept = task.checkpoint.get("media")
    if kept is None or task.now.timestamp() - kept["at"] > MEDIA_LIVES.total_seconds():
        kept = await _upload_all(task, client)
    elif kept.get("converting"):
        kept = await _look(task, client, kept)
    return kept


async def _upload_all(task: PublishTask, client: AccountClient) -> Mapping[str, Any]:
    ids, keys, conversions = [], [], []
    for item, source in zip(task.draft.media, task.media, strict=True):
        kind = category(source.facts)
        if kind == "tweet_image":
            data = await _upload_whole(client, source, kind)
        else:
            data = await _upload_in_segments(client, source, kind)
        ids.append(_id_of(data))
        keys.append(data.get("media_key"))
        conversions.append(_conversion(data))
        await _describe(client, ids[-1], item)
    kept = {"ids": ids, "keys": keys, "at": task.now.timestamp()}
    # One that moves is alone in its post, so there is one conversion at most.
    conversion = next((each for each in conversions if each.state is not None), None)
    return kept if conversion is None else _judged(task, kept, conversion)


async def _look(
    task: PublishTask, client: AccountClient, kept: Mapping[str, Any]
) -> Mapping[str, Any]:
    params = {"command": "STATUS", "media_id": kept["ids"][0]}
    data = client.data_of(await client.get(UPLOAD, params))
    return _judged(task, kept, _conversion(data))


def _judged(
    task: PublishTask, kept: Mapping[str, Any], conversion: _Conversion
) -> Mapping[str, Any]:
    if conversion.state in (None, "succeeded"):
        return {name: value for name, value in kept.items() if name != "converting"}
    if conversion.state == "failed":
        error = rejected("", None, VIDEO_PROCESSING_FAILED)
        error.message = words(VIDEO_PROCESSING_FAILED, actual=conversion.problem)
        raise RefusedError(Rejected(error=error))
    waited = task.now.timestamp() - kept["at"]
    if waited > PROCESSING_DEADLINE_SECONDS:
        raise RefusedError(_timed_out(waited))
    checkpoint = {**task.checkpoint, "media": {**kept, "converting": True}}
    raise NotReadyError(
        Waiting(checkpoint=checkpoint, look_after_seconds=conversion.check_after_seconds)
    )


def _timed_out(waited_seconds: float) -> TryLater:
    """The file is uploaded anew at the next try."""
    error = unavailable("")
    error.rule, error.remediation = PROCESSING_TIMEOUT.id, PROCESSING_TIMEOUT.remediation
    error.message = words(PROCESSING_TIMEOUT, actual=round(waited_seconds))
    return TryLater(error=error, checkpoint={"media": None})


async def _upload_whole(client: AccountClient, source: MediaSource, kind: str) -> Mapping[str, Any]:
    facts = source.facts
    parts = [
        Part(name="media_category", content=kind),
        Part(
            name="media",
            content=await source.read(),
            filename="media",
            content_type=facts.content_type,
        ),
    ]
    return client.data_of(await client.upload(UPLOAD, parts=parts))


async def _upload_in_segments(
    client: AccountClient, source: MediaSource, kind: str
) -> Mapping[str, Any]:
    begun = {
        "media_type": source.facts.content_type,
        "total_bytes": source.facts.size_bytes,
        "media_category": kind,
    }
    media_id = _id_of(client.data_of(await client.upload(f"{UPLOAD}/initialize", document=begun)))
    index = 0
    async for segment in _segments(source):
        parts = [
            Part(name="segment_index", content=str(index)),
            Part(name="media", content=segment, filename="media"),
        ]
        client.data_of(await client.upload(f"{UPLOAD}/{media_id}/append", parts=parts))
        index += 1
    return client.data_of(await client.upload(f"{UPLOAD}/{media_id}/finalize"))


async def _segments(source: MediaSource) -> AsyncIterator[bytes]:
    """The file in pieces of 4 MB, the last one smaller; no more than one is in memory."""
    gathered = bytearray()
    async for piece in source.stream():
        gathered += piece
        while len(gathered) >= SEGMENT_BYTES:
            yield bytes(gathered[:SEGMENT_BYTES])
            del gathered[:SEGMENT_BYTES]
    if gathered:
        yield bytes(gathered)


async def _describe(client: AccountClient, media_id: str, item: DraftMedia) -> None:
    """Tell the alt text, which a post that is out can no longer get."""
    if item.alt_text:
        metadata = {"alt_text": {"text": item.alt_text}}
        document = {"id": media_id, "metadata": metadata}
        client.data_of(await client.upload(METADATA, document=document))


def _id_of(data: Mapping[str, Any]) -> str:
    media_id = data.get("id")
    if not isinstance(media_id, str):
        raise RefusedError(later(unavailable("the upload's answer names no media id")))
    return media_id


def _conversion(data: Mapping[str, Any]) -> _Conversion:
    info = data.get("processing_info")
    if not isinstance(info, dict):
        return _Conversion(None)
    check_after = info.get("check_after_secs")
    problem = info.get("error")
    told = problem.get("message") or problem.get("name") if isinstance(problem, dict) else None
    return _Conversion(
        str(info.get("state")),
        float(check_after) if isinstance(check_after, int | float) else LOOK_AFTER_SECONDS,
        str(told or "X gave no reason"),
    )
