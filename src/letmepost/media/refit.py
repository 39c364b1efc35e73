"""Make an image fit what a platform takes, in a process of its own."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from letmepost.media.child import ask_child, open_for_child
from letmepost.preflight.image_fit import ImageTarget

TIMEOUT_SECONDS: Final = 10


async def refit(path: Path, targets: Sequence[ImageTarget]) -> bytes | None:
    """The image at `path` as one of the targets; None where that cannot be done."""
    with open_for_child(path) as file:
        try:
            data = await ask_child(
                "refit",
                file,
                json.dumps([each.to_json() for each in targets]),
                timeout_seconds=TIMEOUT_SECONDS,
                max_bytes=max(each.max_bytes for each in targets) + 1,
            )
        except TimeoutError:
            return None
    return data or None
