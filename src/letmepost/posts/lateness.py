"""How late a scheduled post may go out, and what is said of a late one."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from letmepost.jobs.queue import Claim
from letmepost.platform_kit.platform import Platform
from letmepost.posts.ending import error_record
from letmepost.posts.ledger import Ending
from letmepost.posts.loaded import Loaded
from letmepost.preflight.delivery_rules import (
    LATENESS_MAX_HOURS,
    LATENESS_WARNED_MINUTES,
    SCHEDULE_LATE,
    SCHEDULE_MISSED,
)
from letmepost.preflight.refuse import refuse, words


@dataclass(frozen=True)
class Lateness:
    """The operator's patience with posts that were not found in time."""

    most: timedelta = timedelta(hours=LATENESS_MAX_HOURS.value)

    def _of(self, loaded: Loaded, claim: Claim) -> timedelta:
        """How late a worker has found a publication.

        From its time at the first try, from when it could be tried again at a later one: a worker
        that died with it, in a server that stayed down, makes it as late as a missed time.
        """
        due: datetime = claim.due_at
        if loaded.row["scheduled_at"] is not None and not loaded.row["attempt_count"]:
            due = loaded.row["scheduled_at"]
        return loaded.now - due

    def missed(self, loaded: Loaded, claim: Claim, platform: Platform) -> Ending | None:
        """The end of a post that is found too late to be wanted."""
        late = self._of(loaded, claim)
        if late <= self.most:
            return None
        hours = round(late / timedelta(hours=1), 1)
        error = refuse(SCHEDULE_MISSED, actual=hours, limit=self.most // timedelta(hours=1))
        error.retryable = False
        record = error_record(error, platform, will_retry=False)
        return Ending(outcome="missed", values={"state": "failed"}, error=record)

    def warning(self, loaded: Loaded, claim: Claim) -> dict[str, str] | None:
        """What the author of a late post is told."""
        late = self._of(loaded, claim)
        if late <= timedelta(minutes=LATENESS_WARNED_MINUTES.value):
            return None
        minutes = round(late / timedelta(minutes=1))
        return {"code": SCHEDULE_LATE.id, "message": words(SCHEDULE_LATE, actual=minutes)}
