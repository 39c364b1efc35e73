"""How long a worker holds a job without a word, and the times that follow from it."""

from dataclasses import dataclass
from datetime import timedelta

LEASE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease and its parts, in proportions that hold whatever its length.

    It is renewed three times before it ends. A call that may create something has ended before
    the lease does, with time left for the commit that follows: two workers never have such a call
    under way for one job.
    """

    seconds: float = LEASE_SECONDS

    @property
    def length(self) -> timedelta:
        """The whole lease."""
        return timedelta(seconds=self.seconds)

    @property
    def renew_every_seconds(self) -> float:
        """How often a worker that lives says so."""
        return self.seconds / 3

    @property
    def call_seconds(self) -> float:
        """The longest that a call which may create something lasts."""
        return self.seconds * 2 / 3

    @property
    def covers_call_seconds(self) -> float:
        """What must be left of a lease when such a call begins: the call and the commit after."""
        return self.seconds * 5 / 6
