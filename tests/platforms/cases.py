"""What each platform's tests declare in `tests/platforms/<name>/cases.py` for the shared suite.

A platform's module has `KINDS`, a post of every kind that it publishes, and `FAILURES`, a row for
every failure that the platform documents.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from letmepost.content.errors import ErrorCode


@dataclass(frozen=True, kw_only=True)
class File:
    """A file to upload before the post: its bytes' kind, and what its media item says of it."""

    name: str
    content_type: str
    content: bytes
    alt_text: str | None = None


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A post of one kind. `options` leave out `platform`, which the suite adds."""

    name: str
    text: str = ""
    files: Sequence[File] = ()
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A failure that the simulator is told to play, and what the caller must then be told.

    `fault` is a body of `POST /_simulator/faults` without `platform`. `state` is the publication's
    after the one attempt: `rejected`, `queued` (tried again later), `unknown`, `failed`.
    """

    name: str
    fault: Mapping[str, Any]
    code: ErrorCode
    state: str
    rule: str | None = None
    kind: str = "text"
    retry_after_seconds: float | None = None
