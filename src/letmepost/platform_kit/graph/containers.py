"""Posts that are published from containers: prepared, looked at until ready, made public.

A container is seen by nobody and can be published from once, and its status tells later whether it
was. So every step ends in a checkpoint that any worker goes on from, nobody holds a task while the
platform works, and a lost answer is looked up at the container.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from letmepost.platform_kit.graph.client import GraphClient
from letmepost.platform_kit.graph.errors import GraphError, graph_error, readable
from letmepost.platform_kit.graph.failures import FailureTable
from letmepost.platform_kit.graph.progress import Progress
from letmepost.platform_kit.http import Answer, NoAnswerError
from letmepost.platform_kit.outcome import (
    Absent,
    Outcome,
    Published,
    Reconciled,
    Rejected,
    TryLater,
    Unknown,
    Waiting,
)
from letmepost.platform_kit.platform import PublishTask
from letmepost.preflight.refuse import refuse
from letmepost.preflight.rule import Rule

# Images take seconds and videos minutes; Meta asks for one look a minute in the end.
LOOKS_AFTER_SECONDS: Final = (2.0, 3.0, 5.0, 10.0, 20.0, 30.0, 60.0)
STUCK_AFTER_SECONDS: Final = 15 * 60.0
UNSEEN_MOST: Final = 3
ANEW_MOST: Final = 3
AGAIN_AFTER_SECONDS: Final = 30.0
CONTINUATION_TRIES: Final = 5
CONTINUATION_WAIT_SECONDS: Final = 10.0
# As long a post may be out and not listed yet.
LISTED_WITHIN_SECONDS: Final = 300.0
# Status values of a container that will never be published from.
_DEAD: Final = ("ERROR", "EXPIRED")
_SERVER_ERROR: Final = 500


class EndedError(Exception):
    """A step that cannot go on; `outcome` is what the attempt ends in."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(type(outcome).__name__)
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class Unprepared:
    """What the platform's word about a file means; with `again`, another container may help."""

    message: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """How far a container is: `value` None where the platform does not say."""

    value: str | None
    answer: Answer


class ContainerRun(ABC):
    """One attempt at a draft, with what a platform does in its own way left open.

    `progress` is what the checkpoint says, brought up to date as the attempt goes on.
    """

    table: ClassVar[FailureTable]
    expired_rule: ClassVar[Rule]
    error_rule: ClassVar[Rule]
    create_path: str
    publish_path: str

    def __init__(self, task: PublishTask, client: GraphClient) -> None:
        self.task = task
        self.client = client
        self.progress = Progress.read(task.checkpoint)

    @abstractmethod
    def is_complete(self) -> bool:
        """Whether every post of the draft is out."""

    @abstractmethod
    async def quota_is_full(self) -> TryLater | None:
        """Whether the platform would refuse to publish now; None where that cannot be read."""

    @abstractmethod
    async def children(self) -> Sequence[Mapping[str, str]]:
        """The fields of a carousel's items; none where the next post is no carousel."""

    @abstractmethod
    async def fields(self) -> Mapping[str, str]:
        """The fields of the container to publish from."""

    @abstractmethod
    async def status(self, container: str) -> Status:
        """Look at a container."""

    @abstractmethod
    def unprepared(self, answer: Answer) -> tuple[str, Unprepared]:
        """The platform's word for what is wrong with a container, and what it means."""

    @abstractmethod
    def is_not_visible(self, error: GraphError | None) -> bool:
        """Whether a container is refused because it is not there, or not ready, yet."""

    @abstractmethod
    def is_not_fetched(self, error: GraphError | None) -> bool:
        """Whether the platform could not fetch a file; seen with good addresses now and then."""

    @abstractmethod
    async def found(self) -> Published | Waiting | Unknown:
        """Which post a container has become whose answer was lost."""

    @abstractmethod
    async def done(self) -> Outcome:
        """Everything is out that will be: the addresses, and what is missing."""

    @abstractmethod
    def waits_for_files(self) -> bool:
        """Whether the next post has files, so that its container takes a while."""

    def is_post_already(self, answer: Answer) -> bool:  # noqa: ARG002 - for those who can tell
        """Whether what was asked for its status turns out to be a post."""
        return False

    async def create(self, fields: Mapping[str, str], place: int | None) -> Answer:  # noqa: ARG002 - for those who send bytes
        """Make a container; `place` is that of a carousel's item."""
        return await self.client.post(self.create_path, fields)

    async def go_on(self) -> Outcome:
        """Prepare, look, publish, or be done."""
        try:
            return await self._next()
        except EndedError as error:
            return error.outcome
        except NoAnswerError as error:
            # The call that publishes handles its own: nothing that anybody sees was sent here.
            return self.halted(TryLater(error=self.table.unavailable(error.reason)))

    async def _next(self) -> Outcome:
        if self.progress.ended is not None or self.is_complete():
            return await self.done()
        if self.progress.container is None:
            return await self.prepare()
        status = await self.status(self.progress.container)
        if self.is_post_already(status.answer):
            return self.advanced(self.progress.container)
        match status.value:
            case "FINISHED":
                return await self._publish()
            case "PUBLISHED":
                return await self.found()
            case _:
                return self._not_ready(status)

    async def look_up(self) -> Reconciled:
        """Find out what became of a lost call to publish; the container knows."""
        container = self.progress.container
        if container is None:
            return Absent()
        try:
            status = await self.status(container)
            if self.is_post_already(status.answer):
                return self.advanced(container)
            if status.value == "PUBLISHED":
                return await self.found()
        except NoAnswerError as error:
            return Unknown(error=self.table.unavailable(error.reason))
        if status.value == "FINISHED" or status.value in _DEAD:
            return Absent()
        refused = self.table.refusal(status.answer, graph_error(status.answer))
        return Unknown(error=refused.error)

    async def prepare(self) -> Outcome:
        """Bring the next post into a container."""
        if not self.progress.children:
            if (full := await self.quota_is_full()) is not None:
                return self.halted(full)
            if items := await self.children():
                made = [await self._make(each, place) for place, each in enumerate(items)]
                fresh = replace(self.progress, children=tuple(made), made_at=self._now)
                return self.waiting(fresh, LOOKS_AFTER_SECONDS[0])
        elif (outcome := await self._look_at_children()) is not None:
            return outcome
        container = await self._make(await self.fields(), None)
        fresh = replace(self.progress, container=container, looks=0, made_at=self._now)
        return self.waiting(fresh, LOOKS_AFTER_SECONDS[0] if self.waits_for_files() else 0.0)

    @property
    def _now(self) -> float:
        return self.task.now.timestamp()

    async def _make(self, fields: Mapping[str, str], place: int | None) -> str:
        """A container's id; raise `EndedError` with what its refusal means."""
        answer = await self.create(fields, place)
        container = (readable(answer) or {}).get("id")
        if isinstance(container, str) and container:
            return container
        error = graph_error(answer)
        if self.is_not_fetched(error) and self.progress.anew == 0:
            raise EndedError(self.waiting(self.progress.unprepared(), AGAIN_AFTER_SECONDS))
        raise EndedError(self.halted(self.table.refusal(answer, error)))

    async def _look_at_children(self) -> Outcome | None:
        """None once every item is ready."""
        waiting: Outcome | None = None
        for child in self.progress.children:
            if child in self.progress.ready:
                continue
            status = await self.status(child)
            if status.value == "FINISHED":
                ready = (*self.progress.ready, child)
                self.progress = replace(self.progress, ready=ready)
            elif status.value == "IN_PROGRESS":
                waiting = waiting or self._at_work(status.answer)
            else:
                return self._not_ready(status)
        if isinstance(waiting, Waiting):
            # Those that turned out to be ready meanwhile are not looked at again.
            kept = {**waiting.checkpoint, "ready": list(self.progress.ready)}
            return replace(waiting, checkpoint=kept)
        return waiting

    def _not_ready(self, status: Status) -> Outcome:
        """A container that cannot be published from now, or never."""
        answer = status.answer
        match status.value:
            case "IN_PROGRESS":
                outcome = self._at_work(answer)
            case "EXPIRED" if self.progress.anew < ANEW_MOST:
                # Nothing was published from it, and nothing can be any more.
                outcome = self.waiting(self.progress.unprepared(), 0.0)
            case "EXPIRED":
                error = refuse(self.expired_rule, platform_response=answer.shown())
                outcome = self.halted(Rejected(error=error))
            case "ERROR":
                outcome = self._failed(answer)
            case _ if self.is_not_visible(graph_error(answer)):
                outcome = self._unseen()
            case _:
                outcome = self.halted(self.table.refusal(answer, graph_error(answer)))
        return outcome

    def _at_work(self, answer: Answer) -> Outcome:
        progress = self.progress
        if self._now - progress.made_at > STUCK_AFTER_SECONDS:
            # It was not published, so another one cannot post twice.
            minutes = int(STUCK_AFTER_SECONDS // 60)
            said = f"it was not ready after {minutes} minutes"
            self.progress = progress.unprepared()
            return self.halted(TryLater(error=self.table.unavailable(said, answer)))
        wait = LOOKS_AFTER_SECONDS[min(progress.looks, len(LOOKS_AFTER_SECONDS) - 1)]
        return self.waiting(replace(progress, looks=progress.looks + 1), wait)

    def _failed(self, answer: Answer) -> Outcome:
        word, meant = self.unprepared(answer)
        if meant.again and self.progress.anew == 0:
            return self.waiting(self.progress.unprepared(), AGAIN_AFTER_SECONDS)
        said = f"{meant.message} ({word})"
        error = refuse(self.error_rule, actual=said, platform_response=answer.shown())
        return self.halted(Rejected(error=error))

    def _unseen(self) -> Outcome:
        """Made, and not there for the next call: it comes, or has to be made once more."""
        progress = self.progress
        if progress.unseen < UNSEEN_MOST:
            fresh = replace(progress, unseen=progress.unseen + 1)
            return self.waiting(fresh, 5.0 * 2**progress.unseen)
        if progress.anew < ANEW_MOST:
            return self.waiting(progress.unprepared(), 0.0)
        said = "what was prepared is never visible there"
        return self.halted(TryLater(error=self.table.unavailable(said)))

    async def _publish(self) -> Outcome:
        form = {"creation_id": str(self.progress.container)}
        try:
            answer = await self.client.post(self.publish_path, form, before=self.task.sending)
        except NoAnswerError as error:
            lost = self.table.unavailable(error.reason)
            return Unknown(error=lost) if error.sent else self.halted(TryLater(error=lost))
        post_id = (readable(answer) or {}).get("id")
        if isinstance(post_id, str) and post_id:
            return self.advanced(post_id)
        said = graph_error(answer)
        if self.is_not_visible(said):
            return self._unseen()
        refused, row = self.table.refusal(answer, said), self.table.find(said)
        unsure = answer.ok or answer.status >= _SERVER_ERROR or (row is not None and row.unsure)
        return Unknown(error=refused.error) if unsure else self.halted(refused)

    def advanced(self, post_id: str) -> Waiting:
        """One post is out: that is kept before anything else is done."""
        return self.waiting(self.progress.after(post_id), 0.0)

    def halted(self, ended: Rejected | TryLater) -> Outcome:
        """What a refusal means, which is another thing once a part of the draft is out."""
        if not self.progress.posted:
            if isinstance(ended, Rejected):
                return ended
            return replace(ended, checkpoint=self.progress.checkpoint())
        tries = self.progress.tries + 1
        if isinstance(ended, Rejected) or tries >= CONTINUATION_TRIES:
            # What is out stays; the rest will not follow, and is said to be missing.
            return self.waiting(Progress(self.progress.posted, ended=ended.error.message), 0.0)
        waits = CONTINUATION_WAIT_SECONDS * 3**self.progress.tries
        fresh = replace(self.progress, tries=tries)
        return self.waiting(fresh, ended.retry_after_seconds or waits)

    def waiting(self, progress: Progress, seconds: float) -> Waiting:
        """Go on from here after so many seconds."""
        return Waiting(checkpoint=progress.checkpoint(), look_after_seconds=seconds)

    def is_young(self) -> bool:
        """Whether the container is so new that its post may be out and not listed yet."""
        return self._now - self.progress.made_at < LISTED_WITHIN_SECONDS
