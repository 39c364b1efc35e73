"""One attempt at a draft for Threads: the post, the rest of its thread, the first comment."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from letmepost.platform_kit.graph.client import GraphClient
from letmepost.platform_kit.graph.containers import (
    LOOKS_AFTER_SECONDS,
    ContainerRun,
    Status,
    Unprepared,
)
from letmepost.platform_kit.graph.errors import GraphError, readable
from letmepost.platform_kit.graph.listing import CLOCKS_DIFFER_SECONDS, NotListedError, listed
from letmepost.platform_kit.http import Answer, NoAnswerError
from letmepost.platform_kit.outcome import (
    Outcome,
    Published,
    TryLater,
    Unknown,
    Waiting,
    Warned,
)
from letmepost.platform_kit.platform import PublishTask
from letmepost.platforms.threads.errors import (
    TABLE,
    is_not_fetched,
    is_not_visible,
    is_post_already,
    unprepared,
)
from letmepost.platforms.threads.lookup import FIELDS, POSTS, REPLIES
from letmepost.platforms.threads.rules import (
    ADDRESS_UNKNOWN,
    CONTAINER_ERROR,
    CONTAINER_EXPIRED,
    FIRST_COMMENT_MISSING,
    POSTS_PER_DAY,
    REPLIES_PER_DAY,
    THREAD_INCOMPLETE,
)
from letmepost.platforms.threads.steps import Step, child_fields, post_fields, steps
from letmepost.preflight.refuse import refuse, words

QUOTA_WAIT_SECONDS: Final = 3600.0
PERMALINK_LOOKS: Final = 3


class Run(ContainerRun):
    """One attempt at the next step of a draft."""

    table = TABLE
    create_path = "/me/threads"
    publish_path = "/me/threads_publish"
    expired_rule = CONTAINER_EXPIRED
    error_rule = CONTAINER_ERROR

    def __init__(self, task: PublishTask, client: GraphClient) -> None:
        super().__init__(task, client)
        self._steps = steps(task.draft)

    @property
    def _number(self) -> int:
        return len(self.progress.posted)

    @property
    def _step(self) -> Step:
        return self._steps[self._number]

    @property
    def _is_reply(self) -> bool:
        options = self._steps[0].options
        return self._number > 0 or (options is not None and options.reply_to_id is not None)

    def is_complete(self) -> bool:
        """Whether every post of the thread, and the comment, is out."""
        return self._number == len(self._steps)

    def waits_for_files(self) -> bool:
        """Texts are ready at once."""
        return bool(self._step.media)

    async def children(self) -> Sequence[Mapping[str, str]]:
        """One container for each file of several."""
        if self._step.kind != "CAROUSEL":
            return []
        media, urls = self._step.media, await self._urls()
        return [child_fields(each, url) for each, url in zip(media, urls, strict=True)]

    async def fields(self) -> Mapping[str, str]:
        """The post itself, in answer to the one before it."""
        step = self._step
        urls = await self._urls() if len(step.media) == 1 else []
        answers = self.progress.posted[-1] if self.progress.posted else None
        return post_fields(step, answers, urls=urls, children=self.progress.children)

    async def _urls(self) -> list[str]:
        """Where Threads can fetch the files; it takes no bytes."""
        return [await each.address() for each in self.task.media]

    async def status(self, container: str) -> Status:
        """Look at a container."""
        answer = await self.client.get(f"/{container}", fields="status,error_message")
        said = (readable(answer) or {}).get("status")
        return Status(said if isinstance(said, str) else None, answer)

    def unprepared(self, answer: Answer) -> tuple[str, Unprepared]:
        """Threads says what is wrong in one word."""
        word = str((readable(answer) or {}).get("error_message") or "UNKNOWN")
        return word, unprepared(word)

    def is_not_visible(self, error: GraphError | None) -> bool:
        """As the table of failures has it."""
        return is_not_visible(error)

    def is_not_fetched(self, error: GraphError | None) -> bool:
        """As the table of failures has it."""
        return is_not_fetched(error)

    def is_post_already(self, answer: Answer) -> bool:
        """A post has no status, and Threads says so."""
        return is_post_already(answer)

    async def quota_is_full(self) -> TryLater | None:
        """Posts and replies have a number each."""
        usage, config = (
            ("reply_quota_usage", "reply_config") if self._is_reply else ("quota_usage", "config")
        )
        answer = await self.client.get("/me/threads_publishing_limit", fields=f"{usage},{config}")
        rows = (readable(answer) or {}).get("data")
        row: Any = rows[0] if isinstance(rows, list) and rows else {}
        used, total = row.get(usage), row.get(config, {}).get("quota_total")
        if not isinstance(used, int) or not isinstance(total, int) or used < total:
            return None
        rule = REPLIES_PER_DAY if self._is_reply else POSTS_PER_DAY
        error = refuse(rule, platform_response=answer.shown())
        return TryLater(error=error, retry_after_seconds=QUOTA_WAIT_SECONDS)

    async def found(self) -> Published | Waiting | Unknown:
        """The one post of the profile that says the same and is as young."""
        step, since = self._step, self.progress.made_at - CLOCKS_DIFFER_SECONDS
        path = REPLIES if self._is_reply else POSTS
        try:
            alike = [
                str(post["id"])
                async for post in listed(self.client, path, FIELDS, since)
                if post.get("text", "") == step.text
                and post.get("media_type") == step.read_kind
                and post["id"] not in self.progress.posted
            ]
        except NotListedError as error:
            return Unknown(error=TABLE.unavailable("its posts cannot be read", error.answer))
        if len(alike) == 1:
            return self.advanced(alike[0])
        if self.is_young():
            return Unknown(error=TABLE.unavailable("it is out, and not listed yet"))
        why = "Threads does not tell which post the one before it is."
        missing = self._missing(why, self._steps[self._number + 1 :])
        warnings = [Warned(code=ADDRESS_UNKNOWN.id, message=words(ADDRESS_UNKNOWN)), *missing]
        return Published(uri=self._profile, warnings=warnings)

    @property
    def _profile(self) -> str:
        return f"https://www.threads.net/@{self.task.account_details.get('username', '')}"

    def _missing(self, why: str, left: Sequence[Step]) -> list[Warned]:
        """The warnings for posts of the draft that are not out."""
        rules = []
        if any(not each.is_comment for each in left):
            rules.append(THREAD_INCOMPLETE)
        if any(each.is_comment for each in left):
            rules.append(FIRST_COMMENT_MISSING)
        return [Warned(code=rule.id, message=words(rule, actual=why)) for rule in rules]

    async def done(self) -> Outcome:
        """The addresses of what is out, as far as Threads tells them."""
        permalinks = [await self._permalink(each) for each in self.progress.posted]
        if None in permalinks and self.progress.looks < PERMALINK_LOOKS:
            looks = self.progress.looks + 1
            return self.waiting(replace(self.progress, looks=looks), LOOKS_AFTER_SECONDS[looks])
        warnings = self._missing(self.progress.ended or "", self._steps[self._number :])
        if None in permalinks:
            warnings.append(Warned(code=ADDRESS_UNKNOWN.id, message=words(ADDRESS_UNKNOWN)))
        return self._published([each or self._profile for each in permalinks], warnings)

    async def _permalink(self, post_id: str) -> str | None:
        try:
            answer = await self.client.get(f"/{post_id}", fields="id,permalink")
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
