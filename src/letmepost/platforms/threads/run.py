"""One attempt at a draft for Threads: where it stands, and the next step from there."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from letmepost.platform_kit.graph.client import GraphClient
from letmepost.platform_kit.graph.errors import graph_error, readable
from letmepost.platform_kit.graph.media_address import unreachable_from
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
from letmepost.platforms.threads.errors import (
    NOT_FETCHED,
    TABLE,
    is_not_visible,
    is_post_already,
    may_have_worked,
    not_answered,
    refusal,
    unprepared,
)
from letmepost.platforms.threads.lookup import CLOCKS_DIFFER_SECONDS, POSTS, REPLIES, listed
from letmepost.platforms.threads.progress import Progress
from letmepost.platforms.threads.rules import (
    ADDRESS_UNKNOWN,
    CONTAINER_ERROR,
    CONTAINER_EXPIRED,
    FIRST_COMMENT_MISSING,
    MEDIA_REACHABLE,
    POSTS_PER_DAY,
    REPLIES_PER_DAY,
    THREAD_INCOMPLETE,
)
from letmepost.platforms.threads.steps import Step, child_fields, post_fields, steps
from letmepost.preflight.refuse import refuse, words

CREATE: Final = "/me/threads"
PUBLISH: Final = "/me/threads_publish"
# Images take seconds and videos minutes; Meta asks for one look a minute in the end.
LOOKS_AFTER_SECONDS: Final = (2.0, 3.0, 5.0, 10.0, 20.0, 30.0, 60.0)
STUCK_AFTER_SECONDS: Final = 15 * 60.0
UNSEEN_MOST: Final = 3
ANEW_MOST: Final = 3
AGAIN_AFTER_SECONDS: Final = 30.0
# As long a post may be out and not listed yet.
LISTED_WITHIN_SECONDS: Final = 300.0
QUOTA_WAIT_SECONDS: Final = 3600.0
CONTINUATION_TRIES: Final = 5
CONTINUATION_WAIT_SECONDS: Final = 10.0
PERMALINK_LOOKS: Final = 3


class Run:
    """One attempt at the next step of a draft."""

    def __init__(self, task: PublishTask, client: GraphClient) -> None:
        self._task = task
        self._client = client
        self._steps = steps(task.draft)
        self.progress = Progress.read(task.checkpoint)

    @property
    def _number(self) -> int:
        return len(self.progress.posted)

    async def go_on(self) -> Outcome:
        """Prepare, look, publish, or be done."""
        if self._number == len(self._steps) or self.progress.ended is not None:
            return await self._done()
        if self.progress.container is None:
            return await self._prepare()
        status, answer = await self.status(self.progress.container)
        if is_post_already(answer):
            return self.advanced(self.progress.container)
        match status:
            case "FINISHED":
                return await self._publish()
            case "PUBLISHED":
                return await self.found()
            case _:
                return self._not_ready(status, answer)

    async def status(self, container: str) -> tuple[str | None, Answer]:
        """How far a container is, None where Threads does not say, with its answer."""
        answer = await self._client.get(f"/{container}", fields="status,error_message")
        said = (readable(answer) or {}).get("status")
        return (said if isinstance(said, str) else None), answer

    async def _prepare(self) -> Outcome:
        step = self._steps[self._number]
        if not self.progress.children and (full := await self._quota_is_full()) is not None:
            return self.halted(full)
        urls: list[str] = []
        if step.media and not self.progress.children:
            urls = [await each.address() for each in self._task.media]
            api_url = self._task.settings.api_url
            if private := [each for each in urls if unreachable_from(each, api_url)]:
                error = refuse(MEDIA_REACHABLE, actual=f"{private[0]} is not on the internet")
                return self.halted(Rejected(error=error))
        if step.kind == "CAROUSEL":
            if not self.progress.children:
                return await self._make_children(urls)
            if (outcome := await self._look_at_children()) is not None:
                return outcome
        answers = self.progress.posted[-1] if self.progress.posted else None
        fields = post_fields(step, answers, urls=urls, children=self.progress.children)
        made = await self._make(fields)
        if not isinstance(made, str):
            return made
        now = self._task.now.timestamp()
        fresh = replace(self.progress, container=made, looks=0, made_at=now)
        return self._waiting(fresh, LOOKS_AFTER_SECONDS[0] if step.media else 0.0)

    async def _make(self, fields: dict[str, str]) -> str | Outcome:
        """A container's id, or what its refusal means."""
        answer = await self._client.post(CREATE, fields)
        made = (readable(answer) or {}).get("id")
        if isinstance(made, str) and made:
            return made
        error = graph_error(answer)
        fetched_once = self.progress.anew > 0
        if error is not None and error.subcode == NOT_FETCHED and not fetched_once:
            # Seen with good addresses: the second fetch tells.
            return self._waiting(self.progress.unprepared(), AGAIN_AFTER_SECONDS)
        return self.halted(refusal(answer))

    async def _make_children(self, urls: Sequence[str]) -> Outcome:
        children = []
        for media, url in zip(self._steps[0].media, urls, strict=True):
            made = await self._make(child_fields(media, url))
            if not isinstance(made, str):
                return made
            children.append(made)
        now = self._task.now.timestamp()
        fresh = replace(self.progress, children=tuple(children), made_at=now)
        return self._waiting(fresh, LOOKS_AFTER_SECONDS[0])

    async def _look_at_children(self) -> Outcome | None:
        """None once every item is ready."""
        waiting: Outcome | None = None
        for child in self.progress.children:
            if child in self.progress.ready:
                continue
            status, answer = await self.status(child)
            if status == "FINISHED":
                ready = (*self.progress.ready, child)
                self.progress = replace(self.progress, ready=ready)
            elif status == "IN_PROGRESS":
                waiting = waiting or self._at_work(answer)
            else:
                return self._not_ready(status, answer)
        if isinstance(waiting, Waiting):
            # Those that turned out to be ready meanwhile are not looked at again.
            kept = {**waiting.checkpoint, "ready": list(self.progress.ready)}
            return replace(waiting, checkpoint=kept)
        return waiting

    def _not_ready(self, status: str | None, answer: Answer) -> Outcome:
        """A container that cannot be published from now, or never."""
        progress = self.progress
        match status:
            case "IN_PROGRESS":
                outcome = self._at_work(answer)
            case "EXPIRED" if progress.anew < ANEW_MOST:
                # Nothing was published from it, and nothing can be any more.
                outcome = self._waiting(progress.unprepared(), 0.0)
            case "EXPIRED":
                error = refuse(CONTAINER_EXPIRED, platform_response=answer.shown())
                outcome = self.halted(Rejected(error=error))
            case "ERROR":
                outcome = self._unprepared(answer)
            case _ if is_not_visible(graph_error(answer)):
                outcome = self._unseen()
            case _:
                outcome = self.halted(refusal(answer))
        return outcome

    def _at_work(self, answer: Answer) -> Outcome:
        progress = self.progress
        if self._task.now.timestamp() - progress.made_at > STUCK_AFTER_SECONDS:
            # It was not published, so another one cannot post twice.
            minutes = int(STUCK_AFTER_SECONDS // 60)
            error = TABLE.unavailable(f"it was not ready after {minutes} minutes", answer)
            self.progress = progress.unprepared()
            return self.halted(TryLater(error=error))
        wait = LOOKS_AFTER_SECONDS[min(progress.looks, len(LOOKS_AFTER_SECONDS) - 1)]
        return self._waiting(replace(progress, looks=progress.looks + 1), wait)

    def _unprepared(self, answer: Answer) -> Outcome:
        word = str((readable(answer) or {}).get("error_message") or "UNKNOWN")
        meant = unprepared(word)
        if meant.again and self.progress.anew == 0:
            return self._waiting(self.progress.unprepared(), AGAIN_AFTER_SECONDS)
        said = f"{meant.message} ({word})"
        error = refuse(CONTAINER_ERROR, actual=said, platform_response=answer.shown())
        return self.halted(Rejected(error=error))

    def _unseen(self) -> Outcome:
        """Made, and not there for the next call: it comes, or has to be made once more."""
        progress = self.progress
        if progress.unseen >= UNSEEN_MOST:
            if progress.anew >= ANEW_MOST:
                said = "what was prepared is never visible there"
                return self.halted(TryLater(error=TABLE.unavailable(said)))
            return self._waiting(progress.unprepared(), 0.0)
        fresh = replace(progress, unseen=progress.unseen + 1)
        return self._waiting(fresh, 5.0 * 2**progress.unseen)

    async def _publish(self) -> Outcome:
        form = {"creation_id": str(self.progress.container)}
        try:
            answer = await self._client.post(PUBLISH, form, before=self._task.sending)
        except NoAnswerError as error:
            if not error.sent:
                return self.halted(TryLater(error=not_answered(error)))
            return Unknown(error=not_answered(error))
        made = (readable(answer) or {}).get("id")
        if isinstance(made, str) and made:
            return self.advanced(made)
        if is_not_visible(graph_error(answer)):
            return self._unseen()
        refused = refusal(answer)
        return Unknown(error=refused.error) if may_have_worked(answer) else self.halted(refused)

    async def _quota_is_full(self) -> TryLater | None:
        """Whether Threads would refuse to publish now; what cannot be read is not held against."""
        is_reply = self._number > 0 or self._answers_somebody
        usage, config = (
            ("reply_quota_usage", "reply_config") if is_reply else ("quota_usage", "config")
        )
        answer = await self._client.get("/me/threads_publishing_limit", fields=f"{usage},{config}")
        rows = (readable(answer) or {}).get("data")
        row: Any = rows[0] if isinstance(rows, list) and rows else {}
        used, total = row.get(usage), row.get(config, {}).get("quota_total")
        if not isinstance(used, int) or not isinstance(total, int) or used < total:
            return None
        rule = REPLIES_PER_DAY if is_reply else POSTS_PER_DAY
        error = refuse(rule, platform_response=answer.shown())
        return TryLater(error=error, retry_after_seconds=QUOTA_WAIT_SECONDS)

    @property
    def _answers_somebody(self) -> bool:
        options = self._steps[0].options
        return options is not None and options.reply_to_id is not None

    async def found(self) -> Published | Waiting | Unknown:
        """Which post a container has become whose answer was lost."""
        step, since = self._steps[self._number], self.progress.made_at - CLOCKS_DIFFER_SECONDS
        is_reply = self._number > 0 or self._answers_somebody
        alike = [
            str(post["id"])
            async for post in listed(self._client, REPLIES if is_reply else POSTS, since)
            if post.get("text", "") == step.text
            and post.get("media_type") == step.read_kind
            and post["id"] not in self.progress.posted
        ]
        if len(alike) == 1:
            return self.advanced(alike[0])
        if self._task.now.timestamp() - self.progress.made_at < LISTED_WITHIN_SECONDS:
            return Unknown(error=TABLE.unavailable("it is out, and not listed yet"))
        why = "Threads does not tell which post the one before it is."
        missing = self._missing(why, self._steps[self._number + 1 :])
        warnings = [Warned(code=ADDRESS_UNKNOWN.id, message=words(ADDRESS_UNKNOWN)), *missing]
        return Published(uri=self._profile, warnings=warnings)

    @property
    def _profile(self) -> str:
        return f"https://www.threads.net/@{self._task.account_details.get('username', '')}"

    def advanced(self, post_id: str) -> Waiting:
        """One post is out: that is kept before anything else is done."""
        return self._waiting(self.progress.after(post_id), 0.0)

    def halted(self, ended: Rejected | TryLater) -> Outcome:
        """What a refusal means, which is another thing once a part of the draft is out."""
        if not self.progress.posted:
            if isinstance(ended, Rejected):
                return ended
            return replace(ended, checkpoint=self.progress.checkpoint())
        tries = self.progress.tries + 1
        if isinstance(ended, Rejected) or tries >= CONTINUATION_TRIES:
            # What is out stays; the rest will not follow, and is said to be missing.
            return self._waiting(Progress(self.progress.posted, ended=ended.error.message), 0.0)
        waits = CONTINUATION_WAIT_SECONDS * 3**self.progress.tries
        fresh = replace(self.progress, tries=tries)
        return self._waiting(fresh, ended.retry_after_seconds or waits)

    def _missing(self, why: str, left: Sequence[Step]) -> list[Warned]:
        """The warnings for posts of the draft that are not out."""
        rules = []
        if any(not each.is_comment for each in left):
            rules.append(THREAD_INCOMPLETE)
        if any(each.is_comment for each in left):
            rules.append(FIRST_COMMENT_MISSING)
        return [Warned(code=rule.id, message=words(rule, actual=why)) for rule in rules]

    async def _done(self) -> Outcome:
        """Everything is out that will be: the addresses, as far as Threads tells them."""
        permalinks = [await self._permalink(each) for each in self.progress.posted]
        if None in permalinks and self.progress.looks < PERMALINK_LOOKS:
            looks = self.progress.looks + 1
            return self._waiting(replace(self.progress, looks=looks), LOOKS_AFTER_SECONDS[looks])
        warnings = self._missing(self.progress.ended or "", self._steps[self._number :])
        if None in permalinks:
            warnings.append(Warned(code=ADDRESS_UNKNOWN.id, message=words(ADDRESS_UNKNOWN)))
        return self._published([each or self._profile for each in permalinks], warnings)

    async def _permalink(self, post_id: str) -> str | None:
        try:
            answer = await self._client.get(f"/{post_id}", fields="id,permalink")
        except NoAnswerError:
            return None
        permalink = (readable(answer) or {}).get("permalink")
        return permalink if isinstance(permalink, str) else None

    def _published(self, uris: Sequence[str], warnings: Sequence[Warned]) -> Published:
        comment = len(uris) == len(self._steps) and self._steps[-1].is_comment
        return Published(
            uri=uris[0],
            thread_uris=uris[1:-1] if comment else uris[1:],
            first_comment_uri=uris[-1] if comment else None,
            warnings=warnings,
        )

    def _waiting(self, progress: Progress, seconds: float) -> Waiting:
        return Waiting(checkpoint=progress.checkpoint(), look_after_seconds=seconds)
