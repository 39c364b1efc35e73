"""The process that children are forked from: it has imported what they need, and reads no file.

It is started by exec, isolated, and so holds nothing of the server that started it. Its standard
input is a socket on which requests come: a task, its arguments, and three descriptors (the file,
the pipe for the answer, and a life line). It forks a child for each, which is limited, does the
task and dies. The life line says both ways how the child lives: at its end from the server's side
the child is killed; at the end of the child a byte comes back, which the child cannot write.

A child that was taken over by a hostile file is the same user as this process and may signal it or,
where the system lets it trace others than its own children, change it. That is no more than it may
do to the server itself, which holds far more, and which was its parent before there was this one.
New is that children have one layout of memory, so that a crash could tell the next file where to
aim: a crash is reported, and the server lets nothing more be forked from this process.
"""

import gc
import json
import os
import selectors
import signal
import socket
import struct
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final, NoReturn

# Before each request: how long it is.
HEADER: Final = struct.Struct(">I")
DESCRIPTORS: Final = 3
STDIN, STDOUT, STDERR = range(3)
# How a child ended, on its life line: by itself or because it was to be killed; or by a signal.
ENDED: Final = b"."
CRASHED: Final = b"!"

Task = Callable[..., None]


def request_bytes(task: str, arguments: tuple[str, ...]) -> bytes:
    """A request as it is sent, with its descriptors, to a fork server."""
    body = json.dumps([task, *arguments]).encode()
    return HEADER.pack(len(body)) + body


class ForkServer:
    """Forks a child for each request until its control socket ends, and outlives none of them."""

    def __init__(self, control: socket.socket, tasks: Mapping[str, Task]) -> None:
        self._control = control
        self._tasks = tasks
        self._life_lines: dict[int, socket.socket] = {}
        self._killed: set[int] = set()
        self._events = selectors.PollSelector()

    def serve(self) -> NoReturn:
        """Serve until the server that started this process is gone, however it went."""
        woken, wake = os.pipe()
        for descriptor in (woken, wake):
            os.set_blocking(descriptor, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._events.register(self._control, selectors.EVENT_READ, self._fork)
        self._events.register(woken, selectors.EVENT_READ, lambda: self._collect(woken))
        while True:
            for key, _ in self._events.select():
                key.data()

    def _fork(self) -> None:
        header, descriptors, _, _ = socket.recv_fds(
            self._control, HEADER.size, DESCRIPTORS, socket.MSG_WAITALL
        )
        if len(header) < HEADER.size:
            self._end()
        (size_bytes,) = HEADER.unpack(header)
        request = self._control.recv(size_bytes, socket.MSG_WAITALL)
        file, answer, life_line = descriptors
        if pid := os.fork():
            os.close(file)
            os.close(answer)
            line = socket.socket(fileno=life_line)
            self._life_lines[pid] = line
            self._events.register(line, selectors.EVENT_READ, lambda: self._kill(pid))
        else:
            self._be_child(request, file, answer)

    def _be_child(self, request: bytes, file: int, answer: int) -> NoReturn:
        # However this goes on, it must never come back into the loop of the parent.
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.dup2(file, STDIN)
            os.dup2(answer, STDOUT)
            # The control socket was the standard input. Life lines of others are among these.
            os.closerange(STDERR + 1, os.sysconf("SC_OPEN_MAX"))
            gc.enable()
            task, *arguments = json.loads(request)
            self._tasks[task](*arguments)
        finally:
            os._exit(1)

    def _kill(self, pid: int) -> None:
        # Not where `_collect`, which alone gives its number away, was called a moment before.
        if pid in self._life_lines:
            self._killed.add(pid)
            self._events.unregister(self._life_lines[pid])
            os.kill(pid, signal.SIGKILL)

    def _collect(self, woken: int) -> None:
        os.read(woken, 4096)
        while self._life_lines:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            line = self._life_lines.pop(pid)
            killed = pid in self._killed
            if killed:
                self._killed.remove(pid)
            else:
                self._events.unregister(line)
            # Nobody listens where the server is gone or has given up on this file.
            with line, suppress(OSError):
                line.send(CRASHED if os.WIFSIGNALED(status) and not killed else ENDED)

    def _end(self) -> NoReturn:
        for pid in self._life_lines:
            os.kill(pid, signal.SIGKILL)
        os._exit(0)


def serve(tasks: Mapping[str, Task]) -> NoReturn:
    """Serve the socket that is the standard input."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Sent to all processes when a service is stopped; files in hand are still finished.
        signal.signal(number, signal.SIG_IGN)
    # What is there now stays; collecting it in a child would only copy its pages.
    gc.disable()
    gc.freeze()
    ForkServer(socket.socket(fileno=STDIN), tasks).serve()


def main() -> NoReturn:
    """Import what nearly every file needs, and serve."""
    # PyAV and pypdf are left to the children that need them: they would add 37 MB to this process,
    # and 120 MB to what counts against the limit of every child, for the rarer kinds of files.
    import puremagic  # noqa: F401, PLC0415 - imported here, not by the server
    from PIL import Image  # noqa: PLC0415 - as above

    from letmepost.media import inspect_file, office_document, refit_image  # noqa: F401, PLC0415

    Image.init()
    serve({"inspect": inspect_file.main, "refit": refit_image.main})
