"""Make attempts: claim in hand, ledger first, then the platform, then how it ended.

This is the handler of the job kind `publish`, the same for a post that goes out at once and for
one that was queued.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from letmepost.accounts.connect import Connecting
from letmepost.accounts.tokens import AccountSession
from letmepost.content.draft import Draft, DraftMedia
from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.jobs.queue import LEASE, LeaseLostError, extend, finish
from letmepost.jobs.run import Held
from letmepost.kit.clock import Clock
from letmepost.media.library import OpenMedia
from letmepost.media.storage import Storage
from letmepost.platform_kit.http import DEADLINE_SECONDS, Upstream
from letmepost.platform_kit.outcome import Absent, Outcome, Reconciled, Unknown
from letmepost.platform_kit.platform import Platform, PublishTask
from letmepost.platforms import platforms
from letmepost.posts.ending import Conclusion, RetryPolicy, as_broken, as_outcome
from letmepost.posts.ledger import (
    TERMINAL,
    Attempt,
    Ending,
    Loaded,
    begin_attempt,
    end_attempt,
    load,
    mark_sending,
)
from letmepost.posts.sandbox import UNKNOWN_TEXT, synthetic_outcome
from letmepost.preflight.refuse import refuse
from letmepost.preflight.resource_rules import MEDIA_UNKNOWN

log = structlog.get_logger()

# Kept free of the lease beyond the call's deadline, for the commit that follows the answer.
LEASE_MARGIN_SECONDS = 5.0


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


def draft_of(loaded: Loaded, platform: Platform) -> Draft:
    """The draft of a stored publication."""
    content: Mapping[str, Any] = loaded.row["content"]
    options = content["options"]
    return Draft(
        text=loaded.row["text"],
        media=tuple(
            DraftMedia(
                kind=item["kind"],
                alt_text=item.get("altText"),
                media_id=item["mediaId"],
                url=item.get("url"),
                facts=loaded.media[item["mediaId"]].facts
                if item["mediaId"] in loaded.media
                else None,
            )
            for item in content["media"]
        ),
        first_comment=content["firstComment"],
        options=platform.options.model_validate(options) if options else None,
        account=loaded.account.details,
        scheduled_at=loaded.row["scheduled_at"],
    )


@dataclass
class Publishing:
    """The handler of publish jobs."""

    connecting: Connecting
    clock: Clock
    storage: Storage
    settled: Settled
    retry: RetryPolicy

    async def handle(self, held: Held) -> None:
        """Bring one publication one step further."""
        database = self.connecting.database
        claim = held.claim
        loaded = await database.read(lambda connection: load(connection, claim.key))
        if loaded is None or loaded.state in TERMINAL:
            await database.write(lambda connection: finish(connection, claim))
            return
        purpose = "reconcile" if loaded.state in ("sending", "unknown") else "publish"
        platform = platforms()[loaded.account.platform]
        attempt = await self._begin(held, loaded, purpose)
        upstream = Upstream(
            self.connecting.sessions,
            platform.name,
            self.connecting.trusted_urls[platform.name],
        )
        outcome: Outcome | Reconciled
        try:
            outcome = await self._attempt(held, loaded, attempt, platform, upstream, purpose)
        except LeaseLostError:
            raise
        except LetmepostError as error:
            outcome = as_outcome(error)
        except Exception:
            log.exception("attempt.broke", publication=loaded.id, platform=platform.name)
            outcome = as_broken(platform, sent=attempt.sent or purpose == "reconcile")
        conclusion = Conclusion(self.retry, loaded, platform, purpose, self.clock.now())
        ending = conclusion.ending(outcome)
        await self._end(held, loaded, attempt, ending, upstream)
        if ending.values["state"] in TERMINAL or ending.values["state"] == "queued":
            self.settled.note(loaded.id)

    async def _begin(self, held: Held, loaded: Loaded, purpose: str) -> Attempt:
        # The attempt of an immediate post was begun in the transaction that created it.
        open_attempt = loaded.unfinished
        if open_attempt is not None and not held.claim.taken_over and held.claim.fence == 1:
            return Attempt(open_attempt["id"], open_attempt["number"])
        now = self.clock.now()
        return await self.connecting.database.write(
            lambda connection: begin_attempt(connection, held.claim, loaded, purpose, now)
        )

    async def _attempt(  # noqa: PLR0913 - the parts of an attempt
        self,
        held: Held,
        loaded: Loaded,
        attempt: Attempt,
        platform: Platform,
        upstream: Upstream,
        purpose: str,
    ) -> Outcome | Reconciled:
        draft = draft_of(loaded, platform)

        async def sending() -> None:
            await self._sending(held, loaded, attempt)

        if loaded.row["sandbox"]:
            if purpose == "reconcile":
                no_answer = LetmepostError(
                    code=ErrorCode.PLATFORM_UNAVAILABLE, message="Test key: no answer came."
                )
                return Unknown(error=no_answer) if UNKNOWN_TEXT in draft.text else Absent()
            await sending()
            return await synthetic_outcome(draft, platform)
        session = AccountSession(self.connecting, self.clock, loaded.account, platform, upstream)
        await session.open()
        task = PublishTask(
            publication_id=loaded.id,
            draft=draft,
            media=[
                OpenMedia(self.storage, stored.storage_key, stored.facts)
                for item in loaded.row["content"]["media"]
                if (stored := loaded.media.get(item["mediaId"])) is not None
            ],
            plan=loaded.row["plan"],
            checkpoint=loaded.row["checkpoint"],
            account_id=loaded.account.id,
            account_details=loaded.account.details,
            session=session,
            settings=self.connecting.platform_settings[platform.name],
            upstream=upstream,
            sending=sending,
            now=self.clock.now(),
        )
        if len(task.media) != len(draft.media):
            raise refuse(MEDIA_UNKNOWN, actual=_missing_media(loaded))
        if purpose == "reconcile":
            return await platform.publisher.reconcile(task)
        return await platform.publisher.publish(task)

    async def _sending(self, held: Held, loaded: Loaded, attempt: Attempt) -> None:
        """Commit that a call comes next, under a lease that covers its deadline."""
        needed = DEADLINE_SECONDS + LEASE_MARGIN_SECONDS
        while True:
            began = self.clock.monotonic()
            now = self.clock.now()

            def commit(connection: Any, now: datetime = now) -> None:  # noqa: ANN401 - SQLAlchemy's
                extend(connection, held.claim, now)
                mark_sending(connection, loaded.id, attempt, now)

            await self.connecting.database.write(commit)
            held.holds_until = began + LEASE.total_seconds()
            # A commit that took so long that the lease may end in mid-call is made again.
            if held.holds_until - self.clock.monotonic() >= needed:
                attempt.sent = True
                return

    async def _end(
        self,
        held: Held,
        loaded: Loaded,
        attempt: Attempt,
        ending: Ending,
        upstream: Upstream,
    ) -> None:
        now = self.clock.now()
        await self.connecting.database.write(
            lambda connection: end_attempt(
                connection, held.claim, loaded, attempt, ending, upstream.transcript, now
            )
        )
        log.info(
            "attempt.ended",
            publication=loaded.id,
            attempt=attempt.number,
            outcome=ending.outcome,
            state=ending.values["state"],
        )


def _missing_media(loaded: Loaded) -> str:
    """The ids of files that were deleted since the post was asked for."""
    ids = (item["mediaId"] for item in loaded.row["content"]["media"])
    return ", ".join(each for each in ids if each not in loaded.media)
