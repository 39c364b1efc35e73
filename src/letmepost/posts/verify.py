"""Look, a minute after a platform said "published", whether the post is really there."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Connection, insert, update

from letmepost.content.errors import LetmepostError
from letmepost.jobs.queue import Claim, LeaseLostError, finish, held, put_back
from letmepost.jobs.run import Held
from letmepost.kit.clock import Clock
from letmepost.kit.concerning import concerning
from letmepost.kit.database import Database
from letmepost.platform_kit.http import Upstream
from letmepost.platform_kit.platform import Visibility
from letmepost.platforms import platforms
from letmepost.posts.attempt_metrics import count_attempt
from letmepost.posts.ledger import new_attempt
from letmepost.posts.loaded import Loaded, load
from letmepost.posts.post_events import visibility_event
from letmepost.posts.stored import draft_of
from letmepost.posts.tables import attempts, publications
from letmepost.posts.task import Tasks
from letmepost.preflight.delivery_rules import NOT_VISIBLE
from letmepost.webhooks.events import write_events

log = structlog.get_logger()

LOOKS = 5
LOOK_AGAIN_AFTER = timedelta(minutes=2)


@dataclass
class Verifying:
    """The handler of verify jobs."""

    database: Database
    tasks: Tasks
    clock: Clock

    async def handle(self, job: Held) -> None:
        """Read one published post back, and write down what was seen."""
        claim, now = job.claim, self.clock.now()
        [loaded] = await self.database.read(lambda connection: load(connection, [claim.key], now))
        if loaded is None or loaded.state != "published" or loaded.row["verified_at"]:
            await self.database.write(lambda connection: finish(connection, [claim]))
            return
        attempt = new_attempt(loaded.id, loaded.row["attempt_count"] + 1, "verify", loaded.now)
        concerning(request_id=loaded.request_id, post_id=loaded.id, attempt_id=attempt["id"])
        upstream = self.tasks.upstream(platforms()[loaded.account.platform])
        seen = await self._look(loaded, upstream)
        ended = {"finished_at": loaded.now, "outcome": seen, "transcript": upstream.transcript}
        await self.database.write(
            lambda connection: _write(connection, claim, loaded, seen, {**attempt, **ended})
        )
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


def _write(
    connection: Connection,
    claim: Claim,
    loaded: Loaded,
    seen: Visibility,
    attempt: dict[str, Any],
) -> None:
    now = loaded.now
    if not held(connection, [claim]):
        raise LeaseLostError(claim.id)
    if seen == "unknown" and claim.tries < LOOKS:
        put_back(connection, [(claim, LOOK_AGAIN_AFTER)], now)
    else:
        finish(connection, [claim])
    connection.execute(insert(attempts).values(attempt))
    values: dict[str, Any] = {"attempt_count": attempt["number"], "updated_at": now}
    if seen != "unknown":
        values["event_count"] = loaded.row["event_count"] + 1
    if seen == "visible":
        values["verified_at"] = now
    elif seen == "absent":
        warning = {"code": NOT_VISIBLE.id, "message": NOT_VISIBLE.message}
        values["warnings"] = [*loaded.row["warnings"], warning]
    connection.execute(update(publications).where(publications.c.id == loaded.id).values(values))
    if seen != "unknown":
        after = {**loaded.row, **values}
        write_events(connection, [visibility_event(after, visible=seen == "visible")], now)
