"""Files on their way to a Page. Nobody sees any of them until a later call names them.

Sources: https://developers.facebook.com/docs/graph-api/reference/page/photos,
https://developers.facebook.com/docs/graph-api/reference/page/videos and
https://developers.facebook.com/docs/video-api/guides/reels-publishing
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from letmepost.platform_kit.graph.client import GraphClient
from letmepost.platform_kit.graph.containers import EndedError
from letmepost.platform_kit.graph.errors import graph_error, readable
from letmepost.platform_kit.http import Answer, origin
from letmepost.platform_kit.outcome import TryLater
from letmepost.platform_kit.platform import MediaSource, PublishTask
from letmepost.platform_kit.upload_form import UploadForm
from letmepost.platforms.facebook.client import page_of
from letmepost.platforms.facebook.errors import TABLE, refusal
from letmepost.platforms.facebook.fields import photo_fields, start_fields
from letmepost.platforms.facebook.progress import Progress

UPLOAD_DEADLINE_SECONDS: Final = 600.0
_WRONG_OFFSET: Final = 1363037


async def upload_photo(
    task: PublishTask, client: GraphClient, source: MediaSource, alt_text: str | None
) -> str:
    """The id of a photo that is uploaded and not shown; raise `EndedError` where it is refused."""
    facts = source.facts
    form = UploadForm(
        fields=photo_fields(alt_text),
        file_field="source",
        filename=f"photo.{facts.content_type.rpartition('/')[2]}",
        content_type=facts.content_type,
        size_bytes=facts.size_bytes,
        content=source.stream(),
    )
    answer = await client.post(
        f"/{page_of(task)}/photos", {}, multipart=form, deadline_seconds=UPLOAD_DEADLINE_SECONDS
    )
    photo = (readable(answer) or {}).get("id")
    if isinstance(photo, str) and photo:
        return photo
    raise EndedError(refusal(answer, page_of(task)))


async def start_video(task: PublishTask, client: GraphClient, edge: str) -> Progress:
    """Begin a video: its id is known from here on, so that it can be looked up later."""
    form = start_fields(task.draft, task.media[0].facts.size_bytes)
    answer = await client.post(f"/{page_of(task)}/{edge}", form)
    begun = readable(answer) or {}
    video, session, address = (
        begun.get(name) for name in ("video_id", "upload_session_id", "upload_url")
    )
    if not isinstance(video, str) or not video:
        raise EndedError(refusal(answer, page_of(task)))
    return Progress(
        video=video,
        session=session if isinstance(session, str) else None,
        upload_url=address if isinstance(address, str) else None,
        first_bytes=_offset(begun, "end_offset") or 0,
    )


async def transfer_video(task: PublishTask, client: GraphClient, progress: Progress) -> None:
    """Send a video of the feed in the pieces that Facebook asks for.

    After a try that died Facebook is further than the first piece, and says so when it refuses it.
    """
    source = task.media[0]
    size = source.facts.size_bytes
    start, end = 0, min(size, progress.first_bytes or size)
    reader = _Reader(source.stream())
    while start < size:
        await reader.skip_to(start)
        fields = {
            "upload_phase": "transfer",
            "upload_session_id": str(progress.session),
            "start_offset": str(start),
        }
        form = UploadForm(
            fields=fields,
            file_field="video_file_chunk",
            filename="video",
            content_type="application/octet-stream",
            size_bytes=end - start,
            content=reader.take(end - start),
        )
        answer = await client.post(
            f"/{page_of(task)}/videos", {}, multipart=form, deadline_seconds=UPLOAD_DEADLINE_SECONDS
        )
        told = readable(answer) or _corrected(answer)
        next_start, next_end = _offset(told, "start_offset"), _offset(told, "end_offset")
        if next_start is None or next_end is None or next_start == start:
            raise EndedError(refusal(answer, page_of(task)))
        start, end = next_start, min(size, next_end)
        if start < reader.at:
            reader = _Reader(source.stream())


async def send_bytes(task: PublishTask, progress: Progress) -> None:
    """Send the bytes of a reel or a story to the host that takes them."""
    source = task.media[0]
    token = task.session.credentials["accessToken"]
    size = str(source.facts.size_bytes)
    answer = await task.upstream.request(
        "POST",
        _upload_address(task, progress),
        headers={
            "Authorization": f"OAuth {token}",
            "offset": "0",
            "file_size": size,
            "Content-Length": size,
            "Content-Type": "application/octet-stream",
        },
        body=source.stream(),
        deadline_seconds=UPLOAD_DEADLINE_SECONDS,
    )
    if answer.ok:
        return
    if graph_error(answer) is not None:
        raise EndedError(refusal(answer, page_of(task)))
    # This host has an envelope of its own; the video waits in vain, and another one is begun.
    document = answer.document if isinstance(answer.document, dict) else {}
    said = document.get("debug_info", {}).get("message") or f"HTTP {answer.status}"
    raise EndedError(TryLater(error=TABLE.unavailable(str(said), answer)))


def _upload_address(task: PublishTask, progress: Progress) -> str:
    """Where the bytes go: as the answer says, if it is the host that may see the token."""
    host = str(task.settings.upload_url).rstrip("/")
    said = progress.upload_url
    if said is not None and origin(said) == origin(host):
        return said
    return f"{host}/video-upload/{task.settings.version}/{progress.video}"


def _corrected(answer: Answer) -> Mapping[str, Any]:
    """The offsets that Facebook names where it refuses ours."""
    said = graph_error(answer)
    if said is None or _WRONG_OFFSET not in (said.code, said.subcode):
        return {}
    data = answer.document["error"].get("error_data")
    return data if isinstance(data, dict) else {}


def _offset(told: Mapping[str, Any], name: str) -> int | None:
    """An offset, which comes as a text of digits."""
    value = str(told.get(name, ""))
    return int(value) if value.isdecimal() else None


class _Reader:
    """A file that is read forward, in pieces of the sizes that are asked for."""

    def __init__(self, stream: AsyncIterator[bytes]) -> None:
        self._stream = stream
        self._rest = b""
        self.at = 0

    async def skip_to(self, offset: int) -> None:
        """Go forward without a use for what lies between."""
        async for _ in self.take(offset - self.at):
            pass

    async def take(self, size_bytes: int) -> AsyncIterator[bytes]:
        """The next bytes, as they come."""
        left = size_bytes
        while left > 0:
            piece = self._rest or await anext(self._stream)
            taken, self._rest = piece[:left], piece[left:]
            left -= len(taken)
            self.at += len(taken)
            yield taken
