"""How late a scheduled post may go out, and what is said of a late one."""

from dataclasses import dataclass
from datetime import timedelta

from letmepost.platform_kit.platform import Platform
from letmepost.posts.ending import error_record
from letmepost.posts.ledger import Ending, Loaded
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

    def _of(self, loaded: Loaded) -> timedelta:
        due = loaded.row["scheduled_at"]
        # Once tried in time, a post that is tried again is not late by its own fault.
        if due is None or loaded.row["attempt_count"]:
            return timedelta()
        late: timedelta = loaded.now - due
        return late

    def missed(self, loaded: Loaded, platform: Platform) -> Ending | None:
        """The end of a post that is found too late to be wanted."""
        late = self._of(loaded)
        if late <= self.most:
            return None
        hours = round(late / timedelta(hours=1), 1)
        error = refuse(SCHEDULE_MISSED, actual=hours, limit=self.most // timedelta(hours=1))
        error.retryable = False
        record = error_record(error, platform, will_retry=False)
        return Ending(outcome="missed", values={"state": "failed"}, error=record)

    def warning(self, loaded: Loaded) -> dict[str, str] | None:
        """What the author of a late post is told."""
        late = self._of(loaded)
        if late <= timedelta(minutes=LATENESS_WARNED_MINUTES.value):
            return None
        minutes = round(late / timedelta(minutes=1))
        return {"code": SCHEDULE_LATE.id, "message": words(SCHEDULE_LATE, actual=minutes)}
