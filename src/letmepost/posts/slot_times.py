"""The weekly times of a queue as moments: what the clocks of a place show, as they are put."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal, get_args
from zoneinfo import ZoneInfo

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: Final[tuple[Weekday, ...]] = get_args(Weekday)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class SlotTime:
    """A time of day on a weekday; `weekday` counts from Monday, which is 0."""

    weekday: int
    at: time


@dataclass(frozen=True, slots=True)
class SlotPlan:
    """The weekly times of a profile, and the place by whose clocks they go."""

    zone: ZoneInfo
    times: Sequence[SlotTime]

    def moments(self, after: datetime) -> Iterator[datetime]:
        """Every slot later than `after`, in order and in UTC, without end; none without times.

        A time that the clocks leave out comes as much later as they are put forward, and one that
        they show twice comes the first time: https://peps.python.org/pep-0495/ calls that fold 0.
        Two times that fall together are one slot.
        """
        last, day = after, after.astimezone(self.zone).date() - _DAY
        while self.times:
            for moment in sorted(self._of_day(day)):
                if moment > last:
                    last = moment
                    yield moment
            day += _DAY

    def _of_day(self, day: date) -> set[datetime]:
        return {
            datetime.combine(day, each.at, self.zone).astimezone(UTC)
            for each in self.times
            if each.weekday == day.weekday()
        }
