"""How long to wait before the next try."""

from collections.abc import Callable

FIRST_WAIT_SECONDS = 10.0
LONGEST_WAIT_SECONDS = 3600.0


def backoff_seconds(
    failed_tries: int, random: Callable[[], float], first_wait: float = FIRST_WAIT_SECONDS
) -> float:
    """The first wait, doubled with every failed try, less up to half by chance.

    The chance keeps posts that failed together from coming back together.
    """
    doubled = first_wait * 2.0 ** max(failed_tries - 1, 0)
    wait: float = min(doubled, LONGEST_WAIT_SECONDS)
    return wait * (0.5 + random() / 2)
