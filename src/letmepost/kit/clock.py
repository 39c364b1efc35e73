"""The time, as an argument: nothing below the edge reads the clock by itself."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What tells the time."""

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never run backwards, for leases and deadlines."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never run backwards."""
        return time.monotonic()


def wire_time(at: datetime) -> str:
    """Write a time as the API does: ISO 8601, UTC, milliseconds, `Z`."""
    if at.tzinfo is not UTC:
        try:
            at = at.astimezone(UTC)
        except OverflowError:
            # The first hours of year 1 and the last of 9999 have no time in UTC; whoever gave one
            # is told of it as it came.
            return at.isoformat(timespec="milliseconds")
    return f"{at.isoformat(timespec='milliseconds')[: -len('+00:00')]}Z"
