"""What the simulated Threads holds: profiles, their containers, and their posts."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from letmepost.kit.clock import Clock

FIRST_ID: Final = 18_000_000_000_000_000
JANE: Final = "17841400000000001"
DAY: Final = timedelta(days=1)
POSTS_PER_DAY: Final = 250
REPLIES_PER_DAY: Final = 1000
DELETES_PER_DAY: Final = 100


@dataclass
class Profile:
    """One profile, and when it deleted posts."""

    id: str
    username: str
    name: str
    deletes: list[datetime] = field(default_factory=list)


@dataclass(frozen=True)
class File:
    """What was fetched for a container."""

    content_type: str
    size_bytes: int
    alt_text: str


@dataclass
class Container:
    """Something prepared, which nobody sees. `reads_left` looks still say that it is not ready."""

    id: str
    owner: Profile
    fields: dict[str, str]
    made_at: datetime
    files: list[File]
    reads_left: int
    error: str | None = None
    stuck: bool = False
    post_id: str | None = None


@dataclass
class Post:
    """Something published. `reply_to` is the post that it answers."""

    id: str
    owner: Profile
    shortcode: str
    fields: dict[str, str]
    published_at: datetime
    files: list[File]
    reply_to: str | None

    @property
    def permalink(self) -> str:
        """Where people read it."""
        return f"https://www.threads.net/@{self.owner.username}/post/{self.shortcode}"


class World:
    """The profiles and what they have. `reads_until_ready` is how long files take."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.begin()

    def begin(self) -> None:
        """Go back to Jane, who has no post."""
        self._last = FIRST_ID
        self.profiles = {JANE: Profile(JANE, "janes.bakery", "Jane's Bakery")}
        self.containers: dict[str, Container] = {}
        self.posts: dict[str, Post] = {}
        self.reads_until_ready = 1
        self.invisible_seconds = 0.0

    def new_id(self) -> str:
        """An id that nothing else has."""
        self._last += 7
        return str(self._last)

    def now(self) -> datetime:
        """The time in this world."""
        return self._clock.now()

    def of_last_day(self, owner: Profile, *, replies: bool) -> int:
        """How many posts, or replies, the profile has published within a day."""
        since = self.now() - DAY
        return sum(
            post.owner is owner
            and post.published_at > since
            and (post.reply_to is not None) is replies
            for post in self.posts.values()
        )

    def posts_of(self, owner: Profile, *, replies: bool) -> Iterator[Post]:
        """The profile's posts, or its replies, newest first."""
        for post in reversed(self.posts.values()):
            if post.owner is owner and (post.reply_to is not None) is replies:
                yield post
