"""A fork server whose children do what a test says, in place of reading files."""

from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from letmepost.media import fork_server


@contextmanager
def children_that(code: str) -> Iterator[None]:
    """Within the block every child runs this code, with everything imported as usual."""
    fork_server.end_fork_server()
    program = (
        "import sys; sys.path[:] = sys.argv[1:]\n"
        "import json, os, signal, time\n"
        "from letmepost.media import forking, inspect_file\n"
        f"inspect_file.main = lambda: exec({code!r}, globals())\n"
        "forking.main()\n"
    )
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(fork_server, "_PROGRAM", program)
        yield
        fork_server.end_fork_server()


def fork_servers() -> list[psutil.Process]:
    """The fork servers of this process, dead ones among them."""
    return [each for each in psutil.Process().children() if _is_fork_server(each)]


def _is_fork_server(process: psutil.Process) -> bool:
    return process.status() == psutil.STATUS_ZOMBIE or any(
        "letmepost.media.forking" in each or "letmepost.media import forking" in each
        for each in process.cmdline()
    )
