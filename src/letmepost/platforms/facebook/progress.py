"""What a checkpoint keeps of a draft on its way to a Page."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a draft is.

    `photos` are the ids of photos that nobody sees yet. `video` was begun under `session`, its
    bytes go to `upload_url`, or in pieces of which the first has `first_bytes`, and `uploaded` says
    that they are there. `submitted_at` is when the
    call that makes it visible was answered, in seconds since 1970, and `looks` counts the looks at
    the video since. `doubtful` says that such a call was lost and that the post was not found.
    `post` is the id of what is out, with its address where Facebook told it, and `comment` that of
    its first comment. `tries` counts the vain tries at the comment, and `ended` says why none will
    follow.
    """

    photos: tuple[str, ...] = ()
    video: str | None = None
    session: str | None = None
    upload_url: str | None = None
    first_bytes: int = 0
    uploaded: bool = False
    submitted_at: float = 0.0
    looks: int = 0
    doubtful: bool = False
    post: str | None = None
    permalink: str | None = None
    comment: str | None = None
    tries: int = 0
    ended: str | None = None

    @classmethod
    def read(cls, checkpoint: Mapping[str, Any]) -> Self:
        """What a checkpoint says; an empty one stands for a draft that nobody has touched."""
        known = {each.name for each in fields(cls)}
        kept = {name: value for name, value in checkpoint.items() if name in known}
        return cls(**{**kept, "photos": tuple(kept.get("photos", ()))})

    def checkpoint(self) -> dict[str, Any]:
        """The progress as a checkpoint."""
        kept = {name: value for name, value in asdict(self).items() if value}
        return kept | ({"photos": list(self.photos)} if self.photos else {})
