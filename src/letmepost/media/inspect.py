"""Read what a file truly is, in a process of its own that may crash, hang or run out of memory."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, BinaryIO, Final
from weakref import WeakKeyDictionary

from letmepost.content.media_facts import MediaFacts
from letmepost.media.sniff import HEAD_SIZE_BYTES, UNKNOWN, sniff

TIMEOUT_SECONDS: Final = 10
MAX_ANSWER_BYTES: Final = 64 * 1024
# Each child may take half a gigabyte and a core, so a burst of uploads waits here.
MAX_CHILDREN: Final = 2
# Where the operating system looks for shared libraries of an interpreter in an unusual place.
INHERITED_VARIABLES: Final = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")

# The child is given this process's import paths instead of looking for its own: that starts
# faster, and works for every way in which the package may have been installed.
_PROGRAM: Final = (
    "import sys; sys.path[:] = sys.argv[1:]; from letmepost.media.inspect_file import main; main()"
)
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


async def inspect(
    path: Path, *, size_bytes: int, sha256: str, timeout_seconds: float = TIMEOUT_SECONDS
) -> MediaFacts:
    """The facts of the file at `path`, `problem` among them when it is damaged or hostile.

    Raises nothing but `OSError` for a file that is not there. A child that dies or is not done in
    time is killed and becomes the file's `problem`. Waiting for a turn does not count as time.
    """
    with _open(path) as file:
        head = file.read(HEAD_SIZE_BYTES)
        file.seek(0)
        turns = _turns.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(MAX_CHILDREN))
        async with turns:
            found = await _ask_child(file, timeout_seconds)
    if not isinstance(found.get("content_type"), str) or found["content_type"] == UNKNOWN:
        found["content_type"] = sniff(head)
    return MediaFacts.from_json(found | {"size_bytes": size_bytes, "sha256": sha256})


async def _ask_child(file: BinaryIO, timeout_seconds: float) -> dict[str, Any]:
    transport, answer = await asyncio.get_running_loop().subprocess_exec(
        _Answer,
        sys.executable,
        # Isolated, without site: neither the environment nor the working directory is looked at.
        *("-I", "-S", "-X", "utf8", "-c", _PROGRAM, *_import_paths()),
        stdin=file,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={name: os.environ[name] for name in INHERITED_VARIABLES if name in os.environ},
        cwd="/",
    )
    try:
        async with asyncio.timeout(timeout_seconds):
            await answer.ended.wait()
    except TimeoutError:
        return {"problem": f"Reading the file took longer than {timeout_seconds:g} seconds."}
    finally:
        # Kills a child that still runs; the wait collects it, so that no zombie stays.
        transport.close()
        await answer.ended.wait()
    try:
        found = json.loads(answer.data)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        return {"problem": "The file made its reader fail; it is damaged or meant to do harm."}
    return found


class _Answer(asyncio.SubprocessProtocol):
    """Collects what the child writes, and not more of it than an honest child would write."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.ended = asyncio.Event()

    def pipe_data_received(self, fd: int, data: bytes) -> None:  # noqa: ARG002 - asyncio's signature
        if len(self.data) < MAX_ANSWER_BYTES:
            self.data += data

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self.ended.set()


def _open(path: Path) -> BinaryIO:
    # Unbuffered: the child must find the file at its beginning, not after our read-ahead.
    return path.open("rb", buffering=0)


def _import_paths() -> list[str]:
    package_root = str(Path(__file__).resolve().parents[2])
    return [*(path for path in sys.path if Path(path).is_absolute()), package_root]
