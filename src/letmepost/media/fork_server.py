"""The fork server of this process: started at the first file, replaced when it is gone."""

import atexit
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Final, Protocol

# Where the operating system looks for shared libraries of an interpreter in an unusual place.
INHERITED_VARIABLES: Final = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")

_PROGRAM = (
    "import sys; sys.path[:] = sys.argv[1:]; from letmepost.media.forking import main; main()"
)


class ForkServerGoneError(Exception):
    """The fork server ended before the child that was asked of it."""


class _Open(Protocol):
    def fileno(self) -> int: ...


class ForkServer:
    """A process that forks children. It ends when its socket does, however this process ends."""

    def __init__(self) -> None:
        self.in_hand = 0
        # Nothing new is asked of a worn one.
        self.worn = False
        self._control, far_end = socket.socketpair()
        self._control.setblocking(False)
        with far_end:
            self._process = subprocess.Popen(  # noqa: S603 - a program of ours
                # Isolated, without site: neither the environment nor the working directory is read.
                [sys.executable, "-I", "-S", "-X", "utf8", "-c", _PROGRAM, *_import_paths()],
                stdin=far_end.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={name: os.environ[name] for name in INHERITED_VARIABLES if name in os.environ},
                cwd="/",
                # A group of its own, which its children belong to: they end together, and Ctrl-C
                # is not for them.
                process_group=0,
            )

    def send(self, request: bytes, files: Sequence[_Open]) -> None:
        """Ask for a child; raises `ForkServerGoneError`."""
        try:
            sent = socket.send_fds(self._control, [request], [file.fileno() for file in files])
        except OSError as error:
            raise ForkServerGoneError from error
        if sent < len(request):
            raise ForkServerGoneError

    def end(self) -> None:
        """Kill it with all its children, where that has not been done."""
        self.worn = True
        if self._process.returncode is None:
            # Until it is waited for, its number is nobody else's. macOS denies signals to the dead.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            # The first process of a container inherits its children, which are zombies until then.
            with suppress(ChildProcessError):
                while True:
                    os.waitpid(-self._process.pid, 0)
        self._control.close()


_current: ForkServer | None = None
_lock = Lock()


@contextmanager
def fork_server() -> Iterator[ForkServer]:
    """The fork server, which is not ended within the block except by its fault."""
    global _current  # noqa: PLW0603 - one for all event loops of a process
    with _lock:
        if _current is None or _current.worn:
            _current = ForkServer()
        server = _current
        server.in_hand += 1
    try:
        yield server
    finally:
        with _lock:
            server.in_hand -= 1
            if server.worn and not server.in_hand:
                server.end()


@atexit.register
def end_fork_server() -> None:
    """End the fork server, where there is one; the next file starts another."""
    if _current is not None:
        _current.end()


def _import_paths() -> list[str]:
    # Given, not looked for: that starts faster, and works however the package was installed.
    package_root = str(Path(__file__).resolve().parents[2])
    return [*(path for path in sys.path if Path(path).is_absolute()), package_root]
