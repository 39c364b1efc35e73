"""Where a look for due jobs may begin, past those of lanes that have more than is taken of them."""

import time
from collections.abc import Iterable
from datetime import datetime, timedelta

from letmepost.kit.database import EPOCH

# A job may be committed so long after the time that it is due from.
COMMITTED_WITHIN = timedelta(seconds=5)
# What comes later than that, or from a clock that is wrong, is found when everything is read.
WHOLE_LOOK_EVERY_SECONDS = 10.0


def group_of(lane: str) -> str:
    """The group of a lane: its name up to the first colon."""
    return lane.partition(":")[0]


def prefix_of(group: str) -> str:
    """What the names of a group's lanes begin with; it stands for all of them."""
    return f"{group}:"


def is_prefix(name: str) -> bool:
    """Whether a name stands for a whole group."""
    return name.endswith(":")


def covers(names: frozenset[str], name: str) -> bool:
    """Whether a lane or a group is among these, by itself or with its group."""
    return name in names or prefix_of(group_of(name)) in names


class Crowding:
    """What one process has read of due jobs, so that a backlog is not read again at each look.

    Known is: of what was due at `_read_to`, nothing is left that is outside `_behind`, which names
    lanes and, by their prefixes, groups. A look that leaves out at least those can begin there, as
    every job comes into the table, and goes back, with a time that is not past.
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Let the next look read everything: what the last one took was not committed."""
        self._behind: frozenset[str] = frozenset()
        self._read_to = EPOCH
        self._known_until = 0.0

    def begins_at(self, without: frozenset[str]) -> datetime | None:
        """The due time after which a look without these finds all there is; none for any time."""
        if self._knows and all(covers(without, each) for each in self._behind):
            return self._read_to - COMMITTED_WITHIN
        return None

    def note(
        self,
        without: frozenset[str],
        began_at: datetime | None,
        read_to: datetime,
        more: Iterable[str],
    ) -> None:
        """Note that a look without these took all that it found, but for `more` of some lanes."""
        left = without.union(more)
        if began_at is not None:
            # Of what it left out beyond that, nothing more is known than before.
            if all(covers(self._behind, each) for each in without):
                self._behind, self._read_to = self._behind.union(more), read_to
        elif self._knows:
            # Outside of either nothing is left, so nothing is outside what both have.
            self._behind = frozenset(
                [each for each in self._behind if covers(left, each)]
                + [each for each in left if covers(self._behind, each)]
            )
        else:
            self._behind, self._read_to = left, read_to
            self._known_until = time.monotonic() + WHOLE_LOOK_EVERY_SECONDS

    @property
    def _knows(self) -> bool:
        return time.monotonic() < self._known_until
