"""Run a program of ours on a stranger's file, in a process that may crash, hang or be killed."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Final
from weakref import WeakKeyDictionary

# Each child may take half a gigabyte and a core, so a burst of files waits here.
MAX_CHILDREN: Final = 2
# Where the operating system looks for shared libraries of an interpreter in an unusual place.
INHERITED_VARIABLES: Final = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")

_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


async def ask_child(
    program: str,
    file: BinaryIO,
    *,
    arguments: Sequence[str] = (),
    timeout_seconds: float,
    max_bytes: int,
) -> bytes:
    """What a program writes of the file that is its standard input, at most `max_bytes` of it.

    `program` finds the import paths of this process as its arguments, behind `arguments`. Raises
    `TimeoutError` when it is not done in time, and it is killed; waiting for a turn does not count.
    """
    turns = _turns.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(MAX_CHILDREN))
    async with turns:
        transport, answer = await asyncio.get_running_loop().subprocess_exec(
            lambda: _Answer(max_bytes),
            sys.executable,
            # Isolated, without site: neither the environment nor the working directory is read.
            *("-I", "-S", "-X", "utf8", "-c", program, *arguments, *_import_paths()),
            stdin=file,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in INHERITED_VARIABLES if name in os.environ},
            cwd="/",
        )
        try:
            async with asyncio.timeout(timeout_seconds):
                await answer.ended.wait()
        finally:
            # Kills a child that still runs; the wait collects it, so that no zombie stays.
            transport.close()
            await answer.ended.wait()
        return bytes(answer.data)


def open_for_child(path: Path) -> BinaryIO:
    """Open a file for a child, which must find it at its beginning, not after our read-ahead."""
    return path.open("rb", buffering=0)


class _Answer(asyncio.SubprocessProtocol):
    """Collects what the child writes, and not more of it than an honest child would write."""

    def __init__(self, max_bytes: int) -> None:
        self.data = bytearray()
        self.ended = asyncio.Event()
        self._max_bytes = max_bytes

    def pipe_data_received(self, fd: int, data: bytes) -> None:  # noqa: ARG002 - asyncio's signature
        self.data += data[: self._max_bytes - len(self.data)]

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self.ended.set()


def _import_paths() -> list[str]:
    # Given, not looked for: that starts faster, and works however the package was installed.
    package_root = str(Path(__file__).resolve().parents[2])
    return [*(path for path in sys.path if Path(path).is_absolute()), package_root]
