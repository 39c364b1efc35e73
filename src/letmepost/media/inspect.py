"""Read what a file truly is, in a process of its own that may crash, hang or run out of memory."""

import json
from pathlib import Path
from typing import Any, BinaryIO, Final

from letmepost.content.media_facts import MediaFacts
from letmepost.media.child import ask_child, open_for_child
from letmepost.media.sniff import HEAD_SIZE_BYTES, UNKNOWN, sniff

TIMEOUT_SECONDS: Final = 10
MAX_ANSWER_BYTES: Final = 64 * 1024


async def inspect(
    path: Path, *, size_bytes: int, sha256: str, timeout_seconds: float = TIMEOUT_SECONDS
) -> MediaFacts:
    """The facts of the file at `path`, `problem` among them when it is damaged or hostile.

    Raises nothing but `OSError` for a file that is not there. A child that dies or is not done in
    time is killed and becomes the file's `problem`. Waiting for a turn does not count as time.
    """
    with open_for_child(path) as file:
        head = file.read(HEAD_SIZE_BYTES)
        found = await _ask(file, timeout_seconds)
    if not isinstance(found.get("content_type"), str) or found["content_type"] == UNKNOWN:
        found["content_type"] = sniff(head)
    return MediaFacts.from_json(found | {"size_bytes": size_bytes, "sha256": sha256})


async def _ask(file: BinaryIO, timeout_seconds: float) -> dict[str, Any]:
    try:
        answer = await ask_child(
            "inspect", file, timeout_seconds=timeout_seconds, max_bytes=MAX_ANSWER_BYTES
        )
        found = json.loads(answer)
    except TimeoutError:
        return {"problem": f"Reading the file took longer than {timeout_seconds:g} seconds."}
    except ValueError:
        found = None
    if not isinstance(found, dict):
        return {"problem": "The file made its reader fail; it is damaged or meant to do harm."}
    return found
