"""A lock on a file that dies with its process: no pid file, nothing to clean up after a crash."""

import fcntl
import os
from pathlib import Path


class SharedFileLock:
    """Held by every process that works on something; who comes first learns that it is alone."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    def take(self) -> bool:
        """Take the lock, alone if nobody else holds it; whether nobody does.

        Who is alone keeps others waiting in `take` until `share`.
        """
        self._open()
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(self._descriptor, fcntl.LOCK_SH)
            return False
        return True

    def take_alone(self) -> bool:
        """Take the lock alone and wait for nobody; whether it was free."""
        self._open()
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.release()
            return False
        return True

    def share(self) -> None:
        """Let others in."""
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def release(self) -> None:
        """Give the lock back."""
        os.close(self._descriptor)

    def _open(self) -> None:
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
