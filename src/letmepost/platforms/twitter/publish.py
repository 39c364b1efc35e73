"""Publish to X, post by post, and find out what became of one whose answer was lost.

X has no key by which a request could be sent twice and done once. So a post is sent once, and
after a lost answer the account's recent posts are read before anything else is sent. Each post of
a thread is an attempt of its own: what is out is in the checkpoint before the next one goes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from letmepost.content.draft import Draft
from letmepost.content.errors import LetmepostError
from letmepost.content.text import is_blank
from letmepost.kit.clock import wire_time
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
    Warned,
)
from letmepost.platform_kit.platform import PublishTask, Visibility
from letmepost.platforms.twitter.client import AccountClient, RefusedError
from letmepost.platforms.twitter.errors import (
    CLIENT_ERROR,
    NOT_FOUND,
    SERVER_ERROR,
    TOO_MANY_REQUESTS,
    as_refusal,
    body_of,
    error_entries,
    error_words,
    is_duplicate,
    is_lost_media,
    later,
    name_rate_rule,
    not_answered,
    slug,
    unavailable,
    unreadable,
)
from letmepost.platforms.twitter.lookup import Wanted, find_post
from letmepost.platforms.twitter.options import chosen_options
from letmepost.platforms.twitter.preview import CREATE, preview
from letmepost.platforms.twitter.rules_published import FIRST_COMMENT_MISSING, THREAD_INCOMPLETE
from letmepost.platforms.twitter.thread import Progress, document, steps
from letmepost.platforms.twitter.upload import NotReadyError, ready_media
from letmepost.preflight.refuse import words

# A lost call may still arrive within the lease, its own deadline and the time X takes to show it.
LOOK_AGAIN_SECONDS = 90.0
# No lost answer is older than this at a first try: only a plan from before can be in doubt.
FIRST_TRY_WITHIN = timedelta(seconds=60)
CONTINUATION_TRIES = 5
CONTINUATION_WAIT_SECONDS = 10.0
UPLOADS_OF_LOST_MEDIA = 2


class TwitterPublisher:
    """Posts, replies, quotes, threads and first comments."""

    def plan(self, draft: Draft, now: datetime) -> Mapping[str, Any]:  # noqa: ARG002 - the protocol's
        """Remember since when the post may be among the account's own."""
        return {"since": wire_time(now)}

    async def publish(self, task: PublishTask) -> Outcome:
        """Publish the next post of the draft."""
        run = _Run(task)
        try:
            if run.progress.doubtful and (found := await run.find()) is not None:
                return run.advanced(found, doubtful=True)
            return await run.send()
        except NotReadyError as error:
            return error.waiting
        except RefusedError as error:
            return run.halted(error.outcome)
        except NoAnswerError as error:
            # The call that publishes handles its own: nothing that anybody sees was sent here.
            return run.halted(later(not_answered(error)))
        except LetmepostError as error:
            return run.halted(as_refusal(error))

    async def reconcile(self, task: PublishTask) -> Reconciled:
        """Look for the post among the account's recent ones.

        X shows a new post with a delay and refuses a text twice, so one that is not there is
        looked for again before it is sent again, and a refusal as a duplicate then means that it
        is out. A post without text has no such net.
        """
        run = _Run(task)
        try:
            found = await run.find()
        except (RefusedError, NoAnswerError, LetmepostError) as error:
            return Unknown(error=_reason(error))
        if found is not None:
            return run.advanced(found, doubtful=True)
        if is_blank(run.step.text):
            return Unknown(error=unavailable("X would not refuse a post without text twice"))
        if run.progress.doubtful:
            return Absent()
        checkpoint = replace(run.progress, doubtful=True).checkpoint()
        return Waiting(checkpoint=checkpoint, look_after_seconds=LOOK_AGAIN_SECONDS)

    def preview(self, draft: Draft, account_details: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The posts that would be created."""
        return preview(draft, account_details)

    async def verify(self, task: PublishTask, uri: str) -> Visibility:
        """Read the post by its id."""
        try:
            return await read_back(AccountClient(task), uri)
        except NoAnswerError:
            return "unknown"


async def read_back(client: AccountClient, uri: str) -> Visibility:
    """Whether the post is there; X says that it is not in the `errors` of a 200."""
    answer = await client.get(f"/2/tweets/{post_id_of(uri)}")
    if answer.ok and isinstance(body_of(answer).get("data"), dict):
        return "visible"
    kinds = {slug(each) for each in (body_of(answer), *error_entries(answer))}
    gone = answer.status == NOT_FOUND or (answer.ok and "resource-not-found" in kinds)
    return "absent" if gone else "unknown"


def post_id_of(uri: str) -> str:
    """The digits at the end of a post's address."""
    return uri.rstrip("/").rpartition("/")[2]


class _Run:
    """One attempt at the next post of a draft."""

    def __init__(self, task: PublishTask) -> None:
        self._task = task
        self._client = AccountClient(task)
        self._steps = steps(task.draft)
        self.progress = Progress.read(task.checkpoint)
        self.number = len(self.progress.posted)
        self.step = self._steps[self.number]

    @property
    def _answers(self) -> str | None:
        """The post that this one answers within the thread; None for the first."""
        return self.progress.posted[-1] if self.progress.posted else None

    async def find(self) -> str | None:
        """The post that this attempt is to make, if it is there already."""
        chosen = chosen_options(self._task.draft)
        answers = self._answers or (chosen.reply_to_tweet_id if chosen else None)
        keys = tuple((self.progress.media or {}).get("keys", ()))
        known = keys if self.step.files and all(keys) else ()
        wanted = Wanted(self.step.text, self.step.files, answers, known)
        return await find_post(self._task, self._client, wanted)

    async def send(self) -> Outcome:
        """Upload what is left to upload, and publish."""
        if self.step.files:
            media = await ready_media(self._task, self._client)
            known_before = self.progress.media is not None
            self.progress = replace(self.progress, media=media)
            if is_blank(self.step.text) and not known_before:
                # By its files alone will this post be known again, so they are written down first.
                return Waiting(checkpoint=self.progress.checkpoint(), look_after_seconds=0)
        ids = (self.progress.media or {}).get("ids", ())
        body = document(self._task.draft, self.number, ids, self._answers)
        try:
            answer = await self._client.create(CREATE, body, self._task.sending)
        except NoAnswerError as error:
            if not error.sent:
                return self.halted(later(not_answered(error)))
            return Unknown(error=not_answered(error))
        return await self._judged(answer)

    async def _judged(self, answer: Answer) -> Outcome:
        data = body_of(answer).get("data")
        if answer.ok and isinstance(data, dict) and isinstance(data.get("id"), str):
            return self.advanced(data["id"], doubtful=False)
        if answer.ok:
            return Unknown(error=unreadable(answer))
        if not CLIENT_ERROR <= answer.status < SERVER_ERROR:
            return Unknown(error=unavailable(error_words(answer), answer.shown()))
        if is_lost_media(answer) and self.progress.media:
            return self._with_lost_media(answer)
        if is_duplicate(answer):
            return await self._as_duplicate(answer)
        ended = self._client.refusal(answer)
        if isinstance(ended, TryLater) and answer.status == TOO_MANY_REQUESTS:
            name_rate_rule(ended)
        return self.halted(ended)

    def _with_lost_media(self, answer: Answer) -> Outcome:
        """X forgets uploads after a day: they are made once more."""
        uploads = self.progress.uploads + 1
        if uploads >= UPLOADS_OF_LOST_MEDIA:
            return self.halted(self._client.refusal(answer))
        self.progress = replace(self.progress, media=None, uploads=uploads)
        return self.halted(later(unavailable(error_words(answer), answer.shown()), 1.0, "backoff"))

    async def _as_duplicate(self, answer: Answer) -> Outcome:
        """X has the text: from an earlier try of this post, or from another post."""
        doubtful = self.progress.doubtful
        since = datetime.fromisoformat(self._task.plan["since"])
        tried_before = doubtful or self._task.now - since > FIRST_TRY_WITHIN
        if tried_before and (found := await self.find()) is not None:
            return self.advanced(found, doubtful=True)
        ended = self._client.refusal(answer)
        # After a lost answer the duplicate may be this very post, whose id is not shown yet.
        return Unknown(error=ended.error) if doubtful else self.halted(ended)

    def advanced(self, post_id: str, *, doubtful: bool) -> Published | Waiting:
        """One post is out: go on with the next, or be done."""
        self.progress = self.progress.after(post_id, doubtful=doubtful)
        if len(self.progress.posted) < len(self._steps):
            return Waiting(checkpoint=self.progress.checkpoint(), look_after_seconds=0)
        return self._published([])

    def halted(self, ended: Rejected | TryLater) -> Outcome:
        """What a refusal means, which is another thing once a part of the draft is out."""
        if not self.progress.posted:
            if isinstance(ended, Rejected):
                return ended
            kept = {**self.progress.checkpoint(), **ended.checkpoint}
            return replace(ended, checkpoint=kept)
        tries = self.progress.tries + 1
        if isinstance(ended, Rejected) or tries >= CONTINUATION_TRIES:
            return self._published(self._missing(ended.error))
        waits = CONTINUATION_WAIT_SECONDS * 3**self.progress.tries
        return Waiting(
            checkpoint=replace(self.progress, tries=tries).checkpoint(),
            look_after_seconds=ended.retry_after_seconds or waits,
        )

    def _missing(self, error: LetmepostError) -> list[Warned]:
        left = self._steps[len(self.progress.posted) :]
        rules = [THREAD_INCOMPLETE] if not left[0].is_comment else []
        rules += [FIRST_COMMENT_MISSING] if left[-1].is_comment else []
        return [Warned(code=rule.id, message=words(rule, actual=error.message)) for rule in rules]

    def _published(self, warnings: Sequence[Warned]) -> Published:
        uris = [self._uri(post_id) for post_id in self.progress.posted]
        comment = len(uris) == len(self._steps) and self._steps[-1].is_comment
        return Published(
            uri=uris[0],
            thread_uris=uris[1:-1] if comment else uris[1:],
            first_comment_uri=uris[-1] if comment else None,
            warnings=warnings,
        )

    def _uri(self, post_id: str) -> str:
        username = self._task.account_details.get("username")
        return f"https://x.com/{username or 'i/web'}/status/{post_id}"


def _reason(error: RefusedError | NoAnswerError | LetmepostError) -> LetmepostError:
    """Why a look came to nothing; it says nothing of the post."""
    if isinstance(error, NoAnswerError):
        return not_answered(error)
    return error.outcome.error if isinstance(error, RefusedError) else error
