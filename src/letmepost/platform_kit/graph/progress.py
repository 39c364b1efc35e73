"""What a checkpoint keeps of a draft on its way: what is out, and what is prepared for the next."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Progress:
    """`posted` are the ids of the posts that are out, in order.

    `children` are the containers of a carousel's items, `ready` those that the platform has
    finished. `container` is the one to publish from. `made_at` is when the last of them was made,
    in seconds since 1970. `looks` counts the looks at them, `unseen` how often the container was
    not visible yet, `anew` how often all was prepared once more. `tries` counts the vain tries at
    a post that is not the first, and `ended` says why no further one will follow.
    """

    posted: tuple[str, ...] = ()
    children: tuple[str, ...] = ()
    ready: tuple[str, ...] = ()
    container: str | None = None
    made_at: float = 0.0
    looks: int = 0
    unseen: int = 0
    anew: int = 0
    tries: int = 0
    ended: str | None = None

    @classmethod
    def read(cls, checkpoint: Mapping[str, Any]) -> Self:
        """What a checkpoint says; an empty one stands for a draft that nobody has touched."""
        return cls(
            posted=tuple(checkpoint.get("posted", ())),
            children=tuple(checkpoint.get("children", ())),
            ready=tuple(checkpoint.get("ready", ())),
            container=checkpoint.get("container"),
            made_at=checkpoint.get("madeAt", 0.0),
            looks=checkpoint.get("looks", 0),
            unseen=checkpoint.get("unseen", 0),
            anew=checkpoint.get("anew", 0),
            tries=checkpoint.get("tries", 0),
            ended=checkpoint.get("ended"),
        )

    def checkpoint(self) -> dict[str, Any]:
        """The progress as a checkpoint."""
        kept: dict[str, Any] = {
            "posted": list(self.posted),
            "children": list(self.children),
            "ready": list(self.ready),
            "container": self.container,
            "madeAt": self.made_at,
            "looks": self.looks,
            "unseen": self.unseen,
            "anew": self.anew,
            "tries": self.tries,
            "ended": self.ended,
        }
        return {name: value for name, value in kept.items() if value}

    def after(self, post_id: str) -> Self:
        """One post further, with nothing prepared yet for the next."""
        return type(self)(posted=(*self.posted, post_id))

    def unprepared(self) -> Self:
        """Everything to be prepared once more; what is out stays out."""
        return type(self)(posted=self.posted, anew=self.anew + 1, tries=self.tries)
