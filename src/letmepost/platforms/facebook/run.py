"""One attempt at a draft for a Page: files unseen, one call that makes it visible, the comment.

Source: https://developers.facebook.com/docs/pages-api/posts
"""

from dataclasses import replace
from typing import Any, Final

from letmepost.platform_kit.graph.client import GraphClient
from letmepost.platform_kit.graph.containers import (
    CONTINUATION_TRIES,
    CONTINUATION_WAIT_SECONDS,
    LOOKS_AFTER_SECONDS,
    EndedError,
)
from letmepost.platform_kit.graph.errors import graph_error, readable
from letmepost.platform_kit.graph.listing import NotListedError
from letmepost.platform_kit.http import Answer, NoAnswerError
from letmepost.platform_kit.outcome import (
    Outcome,
    Published,
    Rejected,
    TryLater,
    Unknown,
    Waiting,
    Warned,
)
from letmepost.platform_kit.platform import PublishTask
from letmepost.platforms.facebook.client import client_of, page_of, video_client_of
from letmepost.platforms.facebook.errors import TABLE, is_duplicate, may_have_worked, refusal
from letmepost.platforms.facebook.fields import (
    VIDEO_EDGES,
    feed_fields,
    finish_fields,
    is_story,
    surface,
)
from letmepost.platforms.facebook.lookup import Found, comment_saying, post_like
from letmepost.platforms.facebook.progress import Progress
from letmepost.platforms.facebook.rules import FIRST_COMMENT_MISSING, VIDEO_PROCESSING
from letmepost.platforms.facebook.upload import (
    send_bytes,
    start_video,
    transfer_video,
    upload_photo,
)
from letmepost.platforms.facebook.video import VideoState, read_video
from letmepost.preflight.refuse import refuse, words

# A video of hours is converted for hours; none may be begun anew while this one may still come.
PROCESSING_DEADLINE_SECONDS: Final = 6 * 3600.0


class Run:
    """One attempt at the next step; `progress` is brought up to date as it goes on."""

    def __init__(self, task: PublishTask) -> None:
        self.task = task
        self.page = page_of(task)
        self.client = client_of(task)
        self.progress = Progress.read(task.checkpoint)
        self.surface = surface(task.draft)

    @property
    def comment(self) -> str | None:
        """What is to be said below the post; nobody comments on a story."""
        return None if is_story(self.task.draft) else self.task.draft.first_comment

    async def go_on(self) -> Outcome:
        """Send files, make the post visible, say its comment, or be done."""
        try:
            return await self._next()
        except EndedError as error:
            return self._halted(error.outcome)
        except NotListedError as error:
            return self._halted(refusal(error.answer, self.page))
        except NoAnswerError as error:
            # Calls that make something visible handle their own: nothing of the kind was sent here.
            return self._halted(TryLater(error=TABLE.unavailable(error.reason)))

    async def _next(self) -> Outcome:
        progress = self.progress
        if progress.post is not None:
            return await self._send_comment()
        if progress.submitted_at:
            return await self._look_at_video()
        if progress.doubtful and (known := await self._known()) is not None:
            return known
        if self.surface in VIDEO_EDGES:
            return await self._submit() if progress.uploaded else await self._prepare_video()
        if len(progress.photos) < len(self.task.media):
            return await self._prepare_photos()
        return await self._submit()

    async def _known(self) -> Outcome | None:
        """The second look for a post whose answer was lost; None where it is not there."""
        found = await post_like(self.task, self.client, self.progress.photos)
        if found is None:
            return None
        return self.advanced(found) if isinstance(found, Found) else Unknown(error=several_alike())

    async def _prepare_photos(self) -> Outcome:
        """Each photo unseen; those that are there stay when a later one fails."""
        for number in range(len(self.progress.photos), len(self.task.media)):
            photo = await upload_photo(
                self.task,
                self.client,
                self.task.media[number],
                self.task.draft.media[number].alt_text,
            )
            self.progress = replace(self.progress, photos=(*self.progress.photos, photo))
        return self._waiting(self.progress)

    async def _prepare_video(self) -> Outcome:
        """Begin, which is kept before anything else; then the bytes."""
        if self.progress.video is None:
            edge = VIDEO_EDGES[self.surface]
            return self._waiting(await start_video(self.task, self._video_client, edge))
        try:
            if self.surface == "video":
                await transfer_video(self.task, self._video_client, self.progress)
            else:
                await send_bytes(self.task, self.progress)
        except EndedError:
            # An upload that failed is begun anew; nothing of it is seen.
            self.progress = Progress()
            raise
        return self._waiting(replace(self.progress, uploaded=True))

    @property
    def _video_client(self) -> GraphClient:
        return video_client_of(self.task) if self.surface == "video" else self.client

    async def _submit(self) -> Outcome:
        """The one call that people see the end of."""
        draft, progress = self.task.draft, self.progress
        client, form = self.client, feed_fields(draft, progress.photos)
        edge = "feed"
        if self.surface in VIDEO_EDGES:
            client, edge = self._video_client, VIDEO_EDGES[self.surface]
            form = finish_fields(draft, str(progress.video), progress.session)
        elif self.surface == "photo story":
            edge, form = "photo_stories", {"photo_id": progress.photos[0]}
        try:
            answer = await client.post(f"/{self.page}/{edge}", form, before=self.task.sending)
        except NoAnswerError as error:
            lost = TABLE.unavailable(error.reason)
            return Unknown(error=lost) if error.sent else self._halted(TryLater(error=lost))
        return self._submitted(answer)

    def _submitted(self, answer: Answer) -> Outcome:
        made = readable(answer) or {}
        post_id = made.get("post_id" if is_story(self.task.draft) else "id")
        if isinstance(post_id, str) and post_id and self.surface not in ("video", "reel"):
            return self.advanced(Found(post_id, _text(made.get("permalink_url"))))
        if made.get("success") is True and self.surface in ("video", "reel"):
            return self.submitted()
        refused = refusal(answer, self.page)
        if is_duplicate(graph_error(answer)) and self.progress.doubtful:
            # It was not found, and Facebook says that it is there: whose post that is, who knows.
            return Unknown(error=refused.error)
        return Unknown(error=refused.error) if may_have_worked(answer) else self._halted(refused)

    def submitted(self) -> Waiting:
        """Facebook has the video and publishes it by itself."""
        fresh = replace(self.progress, submitted_at=self.task.now.timestamp())
        return self._waiting(fresh, LOOKS_AFTER_SECONDS[0])

    async def _look_at_video(self) -> Outcome:
        """Whether the video is public; only then is it called published."""
        answer = await read_video(self.client, str(self.progress.video))
        state = VideoState.of(answer)
        if state is None:
            raise EndedError(refusal(answer, self.page))
        if state.published:
            return self.advanced(Found(state.post_id or str(self.progress.video), state.permalink))
        if state.problem is not None:
            shown = answer.shown()
            error = refuse(VIDEO_PROCESSING, actual=state.problem, platform_response=shown)
            return Rejected(error=error)
        if self.task.now.timestamp() - self.progress.submitted_at > PROCESSING_DEADLINE_SECONDS:
            return Unknown(error=TABLE.unavailable("it still works on the video", answer))
        looks = self.progress.looks
        wait = LOOKS_AFTER_SECONDS[min(looks, len(LOOKS_AFTER_SECONDS) - 1)]
        return self._waiting(replace(self.progress, looks=looks + 1), wait)

    def advanced(self, found: Found) -> Published | Waiting:
        """The post is out: that is kept before its comment is said."""
        address = found.permalink or self._reel
        self.progress = Progress(post=found.post_id, permalink=address)
        return self._done() if self.comment is None else self._waiting(self.progress)

    @property
    def _reel(self) -> str | None:
        if self.surface != "reel":
            return None
        return f"https://www.facebook.com/reel/{self.progress.video}"

    async def _send_comment(self) -> Outcome:
        path = f"/{self.progress.post}/comments"
        form = {"message": str(self.comment)}
        if self.progress.doubtful:
            found = await comment_saying(self.client, str(self.progress.post), form["message"])
            if found is not None:
                return self.commented(found)
        try:
            answer = await self.client.post(path, form, before=self.task.sending)
        except NoAnswerError as error:
            lost = TABLE.unavailable(error.reason)
            return Unknown(error=lost) if error.sent else self._halted(TryLater(error=lost))
        comment = (readable(answer) or {}).get("id")
        if isinstance(comment, str) and comment:
            return self.commented(comment)
        refused = refusal(answer, self.page)
        return Unknown(error=refused.error) if may_have_worked(answer) else self._halted(refused)

    def commented(self, comment: str) -> Published:
        """The comment is there too."""
        self.progress = replace(self.progress, comment=comment)
        return self._done()

    def uncommented(self, why: str) -> Published:
        """The post stays; its comment will not follow, and is said to be missing."""
        self.progress = replace(self.progress, ended=why)
        return self._done()

    def _done(self) -> Published:
        progress = self.progress
        # Facebook leads from this form to the post's own address.
        uri = progress.permalink or f"https://www.facebook.com/{progress.post}"
        warnings = []
        if self.comment is not None and progress.comment is None:
            missing = words(FIRST_COMMENT_MISSING, actual=progress.ended or "")
            warnings.append(Warned(code=FIRST_COMMENT_MISSING.id, message=missing))
        comment = progress.comment
        mark = "&" if "?" in uri else "?"
        return Published(
            uri=uri,
            cid=progress.post,
            first_comment_uri=f"{uri}{mark}comment_id={comment}" if comment else None,
            first_comment_cid=comment,
            warnings=warnings,
        )

    def _halted(self, ended: Outcome) -> Outcome:
        """What a refusal means, which is another thing once the post is out."""
        if not isinstance(ended, Rejected | TryLater):
            return ended
        if self.progress.post is None:
            if isinstance(ended, Rejected):
                return ended
            return replace(ended, checkpoint=self.progress.checkpoint())
        tries = self.progress.tries + 1
        if isinstance(ended, Rejected) or tries >= CONTINUATION_TRIES:
            return self.uncommented(ended.error.message)
        waits = ended.retry_after_seconds or CONTINUATION_WAIT_SECONDS * 3**self.progress.tries
        return self._waiting(replace(self.progress, tries=tries), waits)

    def doubted(self, look_after_seconds: float) -> Waiting:
        """Not found at the first look: it is looked for once more before it is sent again."""
        return self._waiting(replace(self.progress, doubtful=True), look_after_seconds)

    def _waiting(self, progress: Progress, seconds: float = 0.0) -> Waiting:
        return Waiting(checkpoint=progress.checkpoint(), look_after_seconds=seconds)


def several_alike() -> Any:  # noqa: ANN401 - an error
    """More than one post fits, so that only a person can tell."""
    return TABLE.unavailable("several posts of the Page say the same")


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
