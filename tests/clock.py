"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta

MIDDAY = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def start_for(database_url: str) -> datetime:
    """When a test begins: PostgreSQL goes by its own clock, to which another day is far away."""
    return datetime.now(UTC) if database_url.startswith("postgresql") else MIDDAY


class FakeClock:
    """Implements `letmepost.kit.clock.Clock`; both of its times move together."""

    def __init__(self, start: datetime = MIDDAY) -> None:
        self._now = start
        self._monotonic_seconds = 1000.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic_seconds

    def advance(self, seconds: float) -> None:
        """Move on; a negative number would be a lie to whoever trusts `monotonic`."""
        if seconds < 0:
            raise ValueError("time does not run backwards")
        self._now += timedelta(seconds=seconds)
        self._monotonic_seconds += seconds
