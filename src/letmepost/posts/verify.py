"""Look, a minute after a platform said "published", whether the post is really there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Connection

from letmepost.content.errors import LetmepostError
from letmepost.jobs.queue import Claim, LeaseLostError, finish, held, put_back
from letmepost.jobs.run import Held
from letmepost.kit.clock import Clock
from letmepost.kit.concerning import concerning
from letmepost.kit.database import Database
from letmepost.kit.row_writes import updating
from letmepost.kit.together import Together
from letmepost.platform_kit.http import Upstream
from letmepost.platform_kit.platform import Visibility
from letmepost.platforms import platforms
from letmepost.posts.attempt_metrics import count_attempt
from letmepost.posts.ledger import NEW_ATTEMPTS, new_attempt
from letmepost.posts.loaded import Loaded, loading
from letmepost.posts.post_events import visibility_event
from letmepost.posts.stored import draft_of
from letmepost.posts.tables import publications
from letmepost.posts.task import Tasks
from letmepost.preflight.delivery_rules import NOT_VISIBLE
from letmepost.webhooks.events import write_events

log = structlog.get_logger()

LOOKS = 5
LOOK_AGAIN_AFTER = timedelta(minutes=2)


# A look that could see nothing changes nothing but that there was one.
_TRIED = updating(publications, "attempt_count", "updated_at")
_SEEN = updating(
    publications, "attempt_count", "updated_at", "event_count", "verified_at", "warnings"
)


@dataclass(frozen=True, slots=True)
class _Look:
    """What was seen of one publication, and the attempt to see it."""

    claim: Claim
    loaded: Loaded
    seen: Visibility
    attempt: dict[str, Any]

    @property
    def goes_on(self) -> bool:
        """Whether to look again, as nothing could be seen."""
        return self.seen == "unknown" and self.claim.tries < LOOKS


@dataclass
class Verifying:
    """The handler of verify jobs; what many do at the same time is done for all at once."""

    database: Database
    tasks: Tasks
    clock: Clock

    def __post_init__(self) -> None:
        """Gather what runs side by side."""
        self._load = loading(self.database, self.clock)
        self._write = Together[_Look, None](self._write_all)

    async def _write_all(self, looks: Sequence[_Look]) -> Sequence[BaseException | None]:
        return await self.database.write(lambda connection: _write(connection, looks))

    async def handle(self, job: Held) -> None:
        """Read one published post back, and write down what was seen."""
        claim = job.claim
        loaded = await self._load(claim.key)
        if loaded is None or loaded.state != "published" or loaded.row["verified_at"]:
            await self.database.write(lambda connection: finish(connection, [claim]))
            return
        attempt = new_attempt(loaded.id, loaded.row["attempt_count"] + 1, "verify", loaded.now)
        concerning(request_id=loaded.request_id, post_id=loaded.id, attempt_id=attempt["id"])
        upstream = self.tasks.upstream(platforms()[loaded.account.platform])
        seen = await self._look(loaded, upstream)
        ended = {"finished_at": loaded.now, "outcome": seen, "transcript": upstream.transcript}
        await self._write(_Look(claim, loaded, seen, {**attempt, **ended}))
        log.info("post.looked_at", seen=seen)
        count_attempt(upstream.platform, "verify", seen)

    async def _look(self, loaded: Loaded, upstream: Upstream) -> Visibility:
        platform = platforms()[loaded.account.platform]
        draft = draft_of(loaded, platform)
        try:
            task = await self.tasks.open(loaded, draft, upstream, _creates_nothing, loaded.now)
            return await platform.publisher.verify(task, loaded.row["platform_uri"])
        except LetmepostError:
            # An account that was disconnected meanwhile, or cannot log in, shows nothing.
            return "unknown"


async def _creates_nothing() -> None:
    raise AssertionError("a look at a post creates nothing")


def _write(connection: Connection, looks: Sequence[_Look]) -> list[BaseException | None]:
    ours = held(connection, [each.claim for each in looks])
    written = [each for each in looks if each.claim.id in ours]
    finish(connection, [each.claim for each in written if not each.goes_on])
    now = max(each.loaded.now for each in looks)
    again = [(each.claim, LOOK_AGAIN_AFTER) for each in written if each.goes_on]
    put_back(connection, again, now)
    NEW_ATTEMPTS.write(connection, [each.attempt for each in written])
    _TRIED.write(connection, [_after(each) for each in written if each.seen == "unknown"])
    told = [(_after(each), each.seen) for each in written if each.seen != "unknown"]
    _SEEN.write(connection, [row for row, _ in told])
    happened = [visibility_event(row, visible=seen == "visible") for row, seen in told]
    write_events(connection, happened, now)
    return [None if each.claim.id in ours else LeaseLostError(each.claim.id) for each in looks]


def _after(look: _Look) -> dict[str, Any]:
    """The publication as it will be stored."""
    row, now = look.loaded.row, look.loaded.now
    after = {**row, "attempt_count": look.attempt["number"], "updated_at": now}
    if look.seen != "unknown":
        after["event_count"] += 1
    if look.seen == "visible":
        after["verified_at"] = now
    elif look.seen == "absent":
        warning = {"code": NOT_VISIBLE.id, "message": NOT_VISIBLE.message}
        after["warnings"] = [*row["warnings"], warning]
    return after
