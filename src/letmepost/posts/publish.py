"""Make attempts: claim in hand, ledger first, then the platform, then how it ended.

This is the handler of the job kind `publish`, the same for a post that goes out at once and for
one that was queued.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from letmepost.accounts.slow import slow_down
from letmepost.content.draft import Draft
from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.jobs.lease import Lease
from letmepost.jobs.queue import LeaseLostError, database_now, finish
from letmepost.jobs.run import Held
from letmepost.kit.clock import Clock, wire_time
from letmepost.kit.concerning import concerning
from letmepost.kit.database import Database
from letmepost.kit.ids import new_id
from letmepost.kit.together import Together
from letmepost.platform_kit.http import Upstream
from letmepost.platform_kit.outcome import Absent, Outcome, Reconciled, Rejected, Unknown
from letmepost.platform_kit.platform import AccountTask, Platform
from letmepost.platforms import platforms
from letmepost.posts.advice import advise
from letmepost.posts.attempt_metrics import count_attempt
from letmepost.posts.ending import Conclusion, RetryPolicy, as_broken, as_outcome
from letmepost.posts.lateness import Lateness
from letmepost.posts.ledger import (
    TERMINAL,
    Attempt,
    Ended,
    Ending,
    Running,
    begin_attempts,
    end_attempts,
    mark_sending,
    park,
)
from letmepost.posts.loaded import Loaded, loading
from letmepost.posts.sandbox import UNKNOWN_TEXT, synthetic_outcome
from letmepost.posts.stored import draft_of, missing_media
from letmepost.posts.task import Tasks
from letmepost.preflight.delivery_rules import ACCOUNT_SLOWED
from letmepost.preflight.refuse import refuse, refuse_all, words
from letmepost.preflight.resource_rules import MEDIA_UNKNOWN
from letmepost.preflight.rule import Rule
from letmepost.preflight.run import check
from letmepost.versions.notices import tell_gone
from letmepost.versions.spoken import as_spoken

log = structlog.get_logger()

# A paused account's posts are looked at again this seldom; resuming brings them back at once.
PARKED = timedelta(hours=1)


@dataclass
class Settled:
    """Tells those who wait, in this process, that a publication has ended or goes on later."""

    _waiting: dict[str, asyncio.Event] = field(default_factory=dict)

    def expect(self, publication_id: str) -> asyncio.Event:
        """An event that is set once the publication is terminal or queued again."""
        return self._waiting.setdefault(publication_id, asyncio.Event())

    def note(self, publication_id: str) -> None:
        """Wake those who wait."""
        if (event := self._waiting.get(publication_id)) is not None:
            event.set()

    def forget(self, publication_ids: Sequence[str]) -> None:
        """Nobody waits any more."""
        for publication_id in publication_ids:
            self._waiting.pop(publication_id, None)


@dataclass(frozen=True)
class _Work:
    """One publication in hand, and the attempt at it, which begins with its first call."""

    held: Held
    loaded: Loaded
    platform: Platform
    draft: Draft
    purpose: str
    attempt: Attempt
    began: float
    # A publisher may make several calls at a time, and the attempt begins once.
    beginning: asyncio.Lock = field(default_factory=asyncio.Lock)


def _attempt_at(loaded: Loaded, held: Held) -> Attempt:
    """The next attempt; that of an immediate post began in the transaction that created it."""
    claim = held.claim
    if loaded.unfinished is not None and not claim.taken_over and claim.fence == 1:
        return Attempt(loaded.unfinished["id"], loaded.unfinished["number"], begun=True)
    return Attempt(new_id("att"), loaded.row["attempt_count"] + 1)


def _parked(loaded: Loaded) -> tuple[timedelta, Mapping[str, Any] | None] | None:
    """How long a publication is put off, and what its author is told; None where it goes on."""
    account = loaded.account
    if account.paused_at is not None:
        return PARKED, None
    until = account.slowed(loaded.now)
    if until is None:
        return None
    message = words(ACCOUNT_SLOWED, actual=wire_time(until))
    return until - loaded.now, {"code": ACCOUNT_SLOWED.id, "message": message}


@dataclass
class Publishing:
    """The handler of publish jobs."""

    database: Database
    tasks: Tasks
    clock: Clock
    settled: Settled
    lease: Lease
    retry: RetryPolicy
    lateness: Lateness
    rules: Mapping[str, tuple[Rule, ...]]
    docs_url: str

    def __post_init__(self) -> None:
        """What many publications need at the same time is done for all of them at once."""
        settings = self.tasks.renewals.connecting.platform_settings
        self._spoken = as_spoken(platforms(), settings)
        self._load = loading(self.database, self.clock)
        self._begin_together = Together[Running, None](self._begin_all)
        self._send_together = Together[Running, None](self._send_all)
        self._end_together = Together[Ended, None](self._end_all)

    async def _begin_all(self, running: Sequence[Running]) -> Sequence[BaseException | None]:
        return await self.database.write(lambda connection: begin_attempts(connection, running))

    async def _send_all(self, running: Sequence[Running]) -> Sequence[BaseException | None]:
        now = self.clock.now()
        return await self.database.write(
            lambda connection: mark_sending(
                connection, running, self.lease, database_now(connection, now)
            )
        )

    async def _end_all(self, ended: Sequence[Ended]) -> Sequence[BaseException | None]:
        now = self.clock.now()
        return await self.database.write(
            lambda connection: end_attempts(connection, ended, database_now(connection, now))
        )

    async def handle(self, held: Held) -> None:
        """Bring one publication further, up to where the platform or its end is waited for."""
        while await self._step(held):
            log.debug("publication.goes_on")

    async def _step(self, held: Held) -> bool:
        """Make one attempt; whether the next one follows at once."""
        database, claim = self.database, held.claim
        began = self.clock.monotonic()
        concerning(post_id=claim.key)
        loaded = await self._load(claim.key)
        if loaded is not None:
            concerning(request_id=loaded.request_id)
        if loaded is None or loaded.state in TERMINAL:
            await database.write(lambda connection: finish(connection, [claim]))
            return False
        purpose = "reconcile" if loaded.state in ("sending", "unknown") else "publish"
        if purpose == "publish" and (parked := _parked(loaded)) is not None:
            await database.write(lambda connection: park(connection, claim, loaded, *parked))
            self.settled.note(loaded.id)
            return False
        platform = platforms()[loaded.account.platform]
        draft = draft_of(loaded, platform)
        attempt = _attempt_at(loaded, held)
        concerning(attempt_id=attempt.id)
        work = _Work(held, loaded, platform, draft, purpose, attempt, began)
        missed = self.lateness.missed(loaded, claim, platform) if purpose == "publish" else None
        if missed is not None:
            await self._end(work, None, missed, [])
            return False
        return await self._try(work)

    async def _try(self, work: _Work) -> bool:
        platform, running = work.platform, self._running(work)

        async def begin() -> None:
            async with work.beginning:
                await self._begin(running)

        upstream = self.tasks.upstream(platform, begin)
        outcome: Outcome | Reconciled
        try:
            outcome = await self._attempt(work, running, upstream)
        except LeaseLostError:
            raise
        except LetmepostError as error:
            outcome = as_outcome(error, work.loaded.row["checkpoint"])
        except Exception:
            log.exception("attempt.broke", platform=platform.name)
            sent = work.attempt.sent or work.purpose == "reconcile"
            outcome = as_broken(platform, work.loaded.row["checkpoint"], sent=sent)
        await self._begin(running)
        conclusion = Conclusion(
            self.retry,
            self.lease,
            work.loaded,
            self._spoken[platform.name],
            work.purpose,
            self._now(work),
        )
        if upstream.slow_for_seconds > 0:
            await self._slow_down(work, upstream.slow_for_seconds)
        if upstream.version_is_gone:
            await self._tell_version_gone(platform)
        ending = conclusion.ending(outcome)
        await self._end(work, work.attempt, ending, upstream.transcript)
        return ending.goes_on

    async def _slow_down(self, work: _Work, seconds: float) -> None:
        """Hold the account's next posts back before its platform refuses them."""
        account, until = work.loaded.account, self._now(work) + timedelta(seconds=seconds)
        await self.database.write(lambda connection: slow_down(connection, account.id, until))
        log.info("account.slowed", account=account.id, until=wire_time(until))

    async def _tell_version_gone(self, platform: Platform) -> None:
        """Tell, once, that the platform does not answer its version any more."""
        version, now = self._spoken[platform.name].version, self.clock.now()
        news = await self.database.write(
            lambda connection: tell_gone(connection, platform.name, version, now)
        )
        if news:
            log.error("version.gone", platform=platform.name, version=version.current)

    def _now(self, work: _Work) -> datetime:
        """The database's time, carried on by this machine's monotonic clock."""
        return work.loaded.now + timedelta(seconds=self.clock.monotonic() - work.began)

    def _running(self, work: _Work) -> Running:
        """The attempt, with what the publication gets as it begins."""
        loaded, claim = work.loaded, work.held.claim
        values: dict[str, Any] = {}
        if work.purpose == "publish" and not work.attempt.begun:
            values["state"] = "claimed"
            if not loaded.row["plan"]:
                values["plan"] = dict(work.platform.publisher.plan(work.draft, loaded.now))
                loaded.row["plan"] = values["plan"]
            if late := self.lateness.warning(loaded, claim):
                values["warnings"] = loaded.row["warnings"] = [*loaded.row["warnings"], late]
        return Running(claim, loaded, work.attempt, work.purpose, values)

    async def _begin(self, running: Running) -> None:
        """Commit that the attempt has begun, unless that was done; no call goes out before."""
        if not running.attempt.begun:
            await self._begin_together(running)
            running.attempt.begun = True

    async def _attempt(
        self, work: _Work, running: Running, upstream: Upstream
    ) -> Outcome | Reconciled:
        loaded, platform, draft = work.loaded, work.platform, work.draft

        async def sending() -> None:
            async with work.beginning:
                await self._sending(work, running)

        if work.purpose == "publish":
            if missing := missing_media(loaded):
                raise refuse(MEDIA_UNKNOWN, actual=missing)
            # What was true when the post was asked for may have changed by its time.
            report = check(self.rules[platform.name], draft)
            if report.violations:
                more = await self._advice(work, report.violations[0].rule.id, upstream)
                return Rejected(error=refuse_all(report.violations, self.docs_url, more))
        if loaded.row["sandbox"]:
            if work.purpose == "reconcile":
                no_answer = LetmepostError(
                    code=ErrorCode.PLATFORM_UNAVAILABLE, message="Test key: no answer came."
                )
                return Unknown(error=no_answer) if UNKNOWN_TEXT in draft.text else Absent()
            await sending()
            return await synthetic_outcome(draft, platform)
        if work.purpose == "publish":
            await self.tasks.refuse_unreachable(loaded, platform)
        task = await self.tasks.open(loaded, draft, upstream, sending, self._now(work))
        if work.purpose == "reconcile":
            return await platform.publisher.reconcile(task)
        return await platform.publisher.publish(task)

    async def _advice(
        self, work: _Work, rule_id: str, upstream: Upstream
    ) -> Mapping[str, Any] | None:
        """What the account says to a rule that its post breaks by now."""

        async def open_task() -> AccountTask:
            return await self.tasks.open_account(work.loaded.account, upstream, self._now(work))

        return await advise(
            work.platform, rule_id, None if work.loaded.row["sandbox"] else open_task
        )

    async def _sending(self, work: _Work, running: Running) -> None:
        """Commit that a call comes next, under a lease that covers its deadline."""
        held, attempt = work.held, work.attempt
        while True:
            began = self.clock.monotonic()
            await self._send_together(running)
            attempt.begun = True
            held.holds_until = began + self.lease.seconds
            # A commit that took so long that the lease may end in mid-call is made again.
            if held.holds_until - self.clock.monotonic() >= self.lease.covers_call_seconds:
                attempt.sent = True
                return

    async def _end(
        self,
        work: _Work,
        attempt: Attempt | None,
        ending: Ending,
        transcript: Sequence[Mapping[str, Any]],
    ) -> None:
        at = self._now(work)
        await self._end_together(
            Ended(work.held.claim, work.loaded, attempt, ending, transcript, at)
        )
        log.info(
            "attempt.ended",
            platform=work.platform.name,
            attempt=attempt.number if attempt else None,
            outcome=ending.outcome,
            state=ending.values["state"],
        )
        count_attempt(work.platform.name, work.purpose, ending.outcome)
        if ending.values["state"] in TERMINAL or ending.values["state"] == "queued":
            self.settled.note(work.loaded.id)
