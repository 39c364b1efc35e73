"""How often Python looks for garbage in a process that serves or works for a long time."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

# A request or an attempt makes some hundred objects and leaves no cycle behind, so the default of
# 700 new objects has the collector look through the living several times for each of them, in
# vain. 20,000 of them are some megabytes.
NEW_OBJECTS: Final = 20_000


@contextmanager
def imports_kept() -> Iterator[None]:
    """What is imported inside stays until the end: it is never looked through for garbage."""
    gc.disable()
    yield
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])
    gc.enable()
