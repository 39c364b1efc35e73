"""How many uploads of one key run at once in this process."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from letmepost.content.errors import ErrorCode, LetmepostError

# An upload ends at its own pace, so nobody can say when there is room.
RETRY_SECONDS: Final = 1


@dataclass
class UploadsAtOnce:
    """Counts the uploads that are under way; each takes a file on disk while it lasts."""

    most: int
    _running: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def one(self, key_id: str) -> Iterator[None]:
        """Run one upload; raise `rate_limited` where the key has too many under way."""
        if self._running[key_id] >= self.most:
            raise LetmepostError(
                code=ErrorCode.RATE_LIMITED,
                message=f"This key has {self.most} uploads under way, the most at once.",
                remediation="Wait until one of them has ended.",
                retry_after_seconds=RETRY_SECONDS,
                retry_after_source="uploads at once",
            )
        self._running[key_id] += 1
        try:
            yield
        finally:
            self._running[key_id] -= 1
            if not self._running[key_id]:
                del self._running[key_id]
