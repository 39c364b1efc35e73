"""How an attempt ended: a closed union that every publisher returns and the ledger matches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from letmepost.content.errors import LetmepostError


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """Something that did not stop the post and that its author should know."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The platform has the post, and said so or was found to hold it.

    `thread_uris` are the addresses of the posts that follow it in its thread, in order.
    """

    uri: str
    cid: str | None = None
    thread_uris: Sequence[str] = ()
    first_comment_uri: str | None = None
    first_comment_cid: str | None = None
    warnings: Sequence[Warned] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The platform works on it. `checkpoint` lets any worker go on after `look_after_seconds`."""

    checkpoint: Mapping[str, Any]
    look_after_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """Refused for good: nothing is there, and the same post would be refused again."""

    error: LetmepostError


@dataclass(frozen=True, slots=True, kw_only=True)
class TryLater:
    """Refused for now: nothing is there, and the same post may pass later.

    `retry_after_seconds` is the platform's own word; None leaves the wait to the backoff.
    """

    error: LetmepostError
    retry_after_seconds: float | None = None
    checkpoint: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Sent, and no answer that tells what became of it. Never resent before it is looked up."""

    error: LetmepostError


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """Looked up, and surely not there: the same post may be sent again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """The post is not there any more. `was_there` is False where it had gone before."""

    was_there: bool = True


Outcome = Published | Waiting | Rejected | TryLater | Unknown
Reconciled = Published | Waiting | Absent | TryLater | Unknown
Deletion = Deleted | Rejected | TryLater | Unknown
