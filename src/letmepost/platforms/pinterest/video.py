"""Video: registered, sent to a storage of Amazon's, converted by Pinterest, then named in a pin.

Source: https://developers.pinterest.com/docs/work-with-organic-content-and-users/create-boards-and-pins/
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.platform_kit.http import Answer
from letmepost.platform_kit.outcome import Rejected, TryLater, Waiting
from letmepost.platform_kit.platform import PublishTask
from letmepost.platform_kit.upload_form import UploadForm
from letmepost.platforms.pinterest.api import AccountClient, RefusedError
from letmepost.platforms.pinterest.errors import (
    NOT_FOUND,
    SERVER_ERROR,
    by_rule,
    readable,
    refusal,
    unavailable,
)
from letmepost.platforms.pinterest.limits import TRANSCODE_SECONDS
from letmepost.platforms.pinterest.options import PinterestOptions, chosen_options
from letmepost.platforms.pinterest.pin import base64_of
from letmepost.platforms.pinterest.rules import (
    MEDIA_REGISTER_FAILED,
    VIDEO_TRANSCODE_FAILED,
    VIDEO_TRANSCODE_TIMEOUT,
    VIDEO_UPLOAD_FAILED,
)

UPLOAD_DEADLINE_SECONDS = 600.0
LOOK_AFTER_SECONDS = 5.0
UPLOADS = 3
NEW_SLOT_AFTER_SECONDS = 1.0
_S3_CODE = re.compile(r"<Code>(\w+)</Code>")
# A bigger file is refused again; every other refusal has to do with the slot.
_FOR_GOOD = frozenset({"EntityTooLarge"})


@dataclass(frozen=True)
class NotReadyError(Exception):
    """Pinterest is at work on the video; the attempt ends in `waiting`."""

    waiting: Waiting


async def video_source(task: PublishTask, client: AccountClient) -> dict[str, Any]:
    """The media source of a video that is ready, with its cover.

    Raises `NotReadyError` while Pinterest works, `RefusedError` when it gives up.
    """
    media_id = await _ready_media(task, client)
    cover = await _cover(task, chosen_options(task.draft))
    return {"source_type": "video_id", "media_id": media_id, **cover}


async def _cover(task: PublishTask, chosen: PinterestOptions | None) -> dict[str, Any]:
    if chosen and chosen.cover_image_url:
        return {"cover_image_url": chosen.cover_image_url}
    if task.cover is not None:
        return {
            "cover_image_content_type": task.cover.facts.content_type,
            "cover_image_data": base64_of(await task.cover.read()),
        }
    # Pinterest takes whole seconds.
    return {"cover_image_key_frame_time": int((chosen and chosen.cover_key_frame_seconds) or 0)}


async def _ready_media(task: PublishTask, client: AccountClient) -> str:
    known = dict(task.checkpoint.get("video", {}))
    media_id = known.get("mediaId")
    if media_id is None:
        uploads = known.get("uploads", 0)
        media_id = await _upload(task, client, uploads)
        raise _at_work(task, {"mediaId": media_id, "uploads": uploads + 1})
    answer = await client.call("GET", f"/media/{media_id}")
    if answer.status == NOT_FOUND:
        raise _anew(answer, known.get("uploads", 0))
    if (found := readable(answer)) is None:
        raise RefusedError(refusal(answer))
    if found.get("status") == "succeeded":
        return str(media_id)
    if found.get("status") == "failed":
        raise RefusedError(Rejected(error=by_rule(VIDEO_TRANSCODE_FAILED, None, answer)))
    since = known.get("since", task.now.timestamp())
    if task.now.timestamp() - since > TRANSCODE_SECONDS.value:
        # The video stays there: a later try begins with a look, and a new time to wait.
        kept = {name: value for name, value in known.items() if name != "since"}
        error = by_rule(VIDEO_TRANSCODE_TIMEOUT, TRANSCODE_SECONDS.value, answer)
        raise RefusedError(TryLater(error=error, checkpoint={"video": kept}))
    raise _at_work(task, known)


def _at_work(task: PublishTask, known: Mapping[str, Any]) -> NotReadyError:
    begun = {"since": task.now.timestamp(), **known}
    return NotReadyError(
        Waiting(
            checkpoint={**task.checkpoint, "video": begun}, look_after_seconds=LOOK_AFTER_SECONDS
        )
    )


async def _upload(task: PublishTask, client: AccountClient, uploads: int) -> str:
    """Ask for a slot and fill it; the video's id. Nothing that a reader could see is made."""
    slot = await _slot(client)
    source = task.media[0]
    form = UploadForm(
        fields=slot["upload_parameters"],
        file_field="file",
        filename=f"{task.publication_id}.mp4",
        content_type=source.facts.content_type,
        size_bytes=source.facts.size_bytes,
        content=source.stream(),
    )
    # The form is signed already: Amazon refuses it with Pinterest's token beside it.
    answer = await task.upstream.request(
        "POST", slot["upload_url"], multipart=form, deadline_seconds=UPLOAD_DEADLINE_SECONDS
    )
    if answer.ok:
        return str(slot["media_id"])
    if answer.status >= SERVER_ERROR:
        raise RefusedError(TryLater(error=unavailable(_s3_words(answer), answer)))
    error = by_rule(VIDEO_UPLOAD_FAILED, _s3_words(answer), answer)
    if _s3_words(answer) in _FOR_GOOD or uploads + 1 >= UPLOADS:
        raise RefusedError(Rejected(error=error))
    raise _anew(answer, uploads + 1)


async def _slot(client: AccountClient) -> dict[str, Any]:
    answer = await client.call("POST", "/media", {"media_type": "video"})
    slot = readable(answer)
    if slot is None:
        refused = refusal(answer)
        if isinstance(refused, Rejected) and refused.error.code is ErrorCode.PLATFORM_REJECTED:
            refused = Rejected(error=_named(refused, answer))
        raise RefusedError(refused)
    named = isinstance(slot.get("media_id"), str) and isinstance(slot.get("upload_url"), str)
    if not named or not isinstance(slot.get("upload_parameters"), dict):
        raise RefusedError(TryLater(error=unavailable("the answer names no place", answer)))
    parameters = {name: str(value) for name, value in slot["upload_parameters"].items()}
    return {**slot, "upload_parameters": parameters}


def _named(refused: Rejected, answer: Answer) -> LetmepostError:
    """The refusal under the rule of registering, unless it has a rule of its own."""
    if refused.error.rule is not None:
        return refused.error
    return by_rule(MEDIA_REGISTER_FAILED, refused.error.message, answer)


def _anew(answer: Answer, uploads: int) -> RefusedError:
    """The slot is of no use any more: a new one is asked for."""
    error = by_rule(
        VIDEO_UPLOAD_FAILED, _s3_words(answer), answer, code=ErrorCode.PLATFORM_UNAVAILABLE
    )
    return RefusedError(
        TryLater(
            error=error,
            retry_after_seconds=NEW_SLOT_AFTER_SECONDS,
            checkpoint={"video": {"uploads": uploads}},
        )
    )


def _s3_words(answer: Answer) -> str:
    """Amazon's name for what is wrong, out of its XML."""
    found = _S3_CODE.search(answer.body.decode("utf-8", "replace"))
    return found[1] if found else f"HTTP {answer.status}"
