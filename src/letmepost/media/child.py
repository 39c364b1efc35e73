"""Have a task of ours done on a stranger's file, in a process that may crash, hang or be killed."""

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final
from weakref import WeakKeyDictionary

from letmepost.media.fork_server import ForkServer, ForkServerGoneError, fork_server
from letmepost.media.forking import CRASHED, request_bytes

# Each child may take half a gigabyte and a core, so a burst of files waits here.
MAX_CHILDREN: Final = 2
# A fork server that ended with a file in hand need not have ended because of it.
MAX_TRIES: Final = 2
# A fork server that has not killed a child by then is itself not well.
KILL_SECONDS: Final = 5
# As much as a pipe holds.
CHUNK_BYTES: Final = 64 * 1024

_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


async def ask_child(
    task: str, file: BinaryIO, *arguments: str, timeout_seconds: float, max_bytes: int
) -> bytes:
    """What a task of the fork server writes of a file, at most `max_bytes` of it.

    The file is read from its beginning. Raises `TimeoutError` when the task is not done in time,
    and the child is killed; waiting for a turn does not count. Nothing is answered where the fork
    server ends again and again.
    """
    turns = _turns.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(MAX_CHILDREN))
    request = request_bytes(task, arguments)
    async with turns, asyncio.timeout(timeout_seconds):
        for _ in range(MAX_TRIES):
            file.seek(0)
            with fork_server() as server:
                try:
                    return await _answer(server, request, file, max_bytes)
                except ForkServerGoneError:
                    server.end()
        return b""


def open_for_child(path: Path) -> BinaryIO:
    """Open a file for a child, which must find it at its beginning, not after our read-ahead."""
    return path.open("rb", buffering=0)


async def _answer(server: ForkServer, request: bytes, file: BinaryIO, max_bytes: int) -> bytes:
    with ExitStack() as opened:
        life_line, far_life_line = map(opened.enter_context, socket.socketpair())
        read_end, write_end = os.pipe()
        answer = opened.enter_context(os.fdopen(read_end, "rb", 0))
        far_answer = opened.enter_context(os.fdopen(write_end, "wb", 0))
        server.send(request, (file, far_answer, far_life_line))
        far_answer.close()
        far_life_line.close()
        child = _Child(life_line, answer.fileno(), max_bytes)
        with child.watched():
            try:
                await asyncio.wait([child.ending])
            finally:
                if not child.ending.done():
                    # The fork server kills it and collects it, so that no zombie stays.
                    life_line.shutdown(socket.SHUT_WR)
                    await asyncio.wait([child.ending], timeout=KILL_SECONDS)
                    if not child.ending.done():
                        server.end()
    ending = child.ending.result()
    if not ending:
        raise ForkServerGoneError
    if ending == CRASHED:
        server.worn = True
    return bytes(child.data)


class _Child:
    """A child in hand: what it writes, not more than an honest one would, and how it ends."""

    def __init__(self, life_line: socket.socket, answer: int, max_bytes: int) -> None:
        self.data = bytearray()
        self.ending: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._life_line = life_line
        self._answer = answer
        self._max_bytes = max_bytes

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Read what comes, within the block."""
        loop = asyncio.get_running_loop()
        os.set_blocking(self._answer, False)
        loop.add_reader(self._answer, self._read)
        loop.add_reader(self._life_line.fileno(), self._end)
        try:
            yield
        finally:
            loop.remove_reader(self._answer)
            loop.remove_reader(self._life_line.fileno())

    def _read(self) -> None:
        with suppress(BlockingIOError):
            data = os.read(self._answer, CHUNK_BYTES)
            self.data += data[: self._max_bytes - len(self.data)]
            if not data:
                asyncio.get_running_loop().remove_reader(self._answer)

    def _end(self) -> None:
        # What it wrote last. Its end is not waited for: a process of its own may hold it open.
        self._read()
        asyncio.get_running_loop().remove_reader(self._life_line.fileno())
        self.ending.set_result(self._life_line.recv(1))
