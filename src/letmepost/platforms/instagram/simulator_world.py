"""What the simulated Instagram holds: accounts, their containers, their posts and comments."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from letmepost.kit.clock import Clock
from letmepost.platform_kit.graph.simulated import DEFAULT_LINKED_ID, DEFAULT_PAGE_ID

FIRST_ID: Final = 17_900_000_000_000_000
DAY: Final = timedelta(days=1)
POSTS_PER_DAY: Final = 100
CONTAINERS_PER_DAY: Final = 400


@dataclass
class Account:
    """One professional account, and the Page that it is linked to, if there is one."""

    id: str
    username: str
    name: str
    account_type: str = "BUSINESS"
    page_id: str | None = None
    containers: list[datetime] = field(default_factory=list)


@dataclass(frozen=True)
class File:
    """What was fetched or sent for a container."""

    content_type: str
    size_bytes: int
    alt_text: str


@dataclass
class Container:
    """Something prepared, which nobody sees. `awaits_bytes` says that its video is to be sent."""

    id: str
    owner: Account
    fields: dict[str, str]
    made_at: datetime
    files: list[File]
    reads_left: int
    awaits_bytes: bool = False
    error: str | None = None
    stuck: bool = False
    media_id: str | None = None


@dataclass
class Comment:
    """A comment on a post."""

    id: str
    text: str
    author: Account


@dataclass
class Media:
    """Something published."""

    id: str
    owner: Account
    shortcode: str
    fields: dict[str, str]
    published_at: datetime
    files: list[File]
    comments: list[Comment] = field(default_factory=list)

    @property
    def product_type(self) -> str:
        """Where it appears: FEED, REELS or STORY."""
        return {"REELS": "REELS", "STORIES": "STORY"}.get(self.fields.get("media_type", ""), "FEED")

    @property
    def permalink(self) -> str:
        """Where people see it."""
        if self.product_type == "STORY":
            return f"https://www.instagram.com/stories/{self.owner.username}/{self.id}"
        kind = "reel" if self.product_type == "REELS" else "p"
        return f"https://www.instagram.com/{kind}/{self.shortcode}/"


class World:
    """The accounts and what they have. `reads_until_ready` is how long files take."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.begin()

    def begin(self) -> None:
        """Go back to Jane's bakery, which has no post."""
        self._last = FIRST_ID
        jane = Account(DEFAULT_LINKED_ID, "janes.bakery", "Jane's Bakery", page_id=DEFAULT_PAGE_ID)
        self.accounts = {jane.id: jane}
        self.containers: dict[str, Container] = {}
        self.media: dict[str, Media] = {}
        self.reads_until_ready = 1
        self.posts_per_day = POSTS_PER_DAY
        self.usage_percent = 0

    def new_id(self) -> str:
        """An id that nothing else has: 17 digits."""
        self._last += 7
        return str(self._last)

    def now(self) -> datetime:
        """The time in this world."""
        return self._clock.now()

    def used_of_day(self, owner: Account) -> int:
        """How many posts the account has published within a day."""
        since = self.now() - DAY
        return sum(each.owner is owner and each.published_at > since for each in self.all_media())

    def all_media(self) -> Iterator[Media]:
        """Every post, newest first."""
        yield from reversed(self.media.values())

    def linked_to(self, page_id: str) -> Account | None:
        """The account that is linked to a Page."""
        return next((each for each in self.accounts.values() if each.page_id == page_id), None)
