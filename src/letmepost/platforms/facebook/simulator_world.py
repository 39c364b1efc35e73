"""What the simulated Facebook holds: people, their Pages, and what is on those."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from letmepost.kit.clock import Clock
from letmepost.platform_kit.graph.simulated import (
    DEFAULT_LINKED_ID,
    DEFAULT_PAGE_ID,
    DEFAULT_USER_ID,
)

DAY: Final = timedelta(days=1)
REELS_PER_DAY: Final = 30
EVERY_TASK: Final = ("ADVERTISE", "ANALYZE", "CREATE_CONTENT", "MANAGE", "MESSAGING", "MODERATE")


@dataclass
class Page:
    """One Page; `business` is the id of the business that it belongs to and is listed by."""

    id: str
    name: str
    linked: tuple[str, str] | None = None
    tasks: tuple[str, ...] = EVERY_TASK
    business: str | None = None


@dataclass
class Photo:
    """A photo, seen once a post or a story shows it."""

    id: str
    page: Page
    content_type: str
    size_bytes: int
    alt_text: str
    used: bool = False


@dataclass
class Video:
    """A video on its way. `edge` is where it was begun; its post is made when it is ready."""

    id: str
    page: Page
    edge: str
    session: str
    size_bytes: int | None
    content: bytearray = field(default_factory=bytearray)
    description: str = ""
    finished_at: datetime | None = None
    reads_left: int = 0
    error: str | None = None
    stuck: bool = False
    post: "Post | None" = None


@dataclass
class Comment:
    """A comment below a post."""

    id: str
    message: str


@dataclass
class Post:
    """Something that people see on a Page. `kind` is feed, video, reel or story."""

    id: str
    page: Page
    kind: str
    message: str
    created_at: datetime
    link: str | None = None
    photos: list[Photo] = field(default_factory=list)
    video: Video | None = None
    comments: list[Comment] = field(default_factory=list)

    @property
    def own_id(self) -> str:
        """The part of the id after that of the Page."""
        return self.id.partition("_")[2]

    @property
    def permalink(self) -> str:
        """Where people see it."""
        if self.video is not None and self.kind == "reel":
            return f"https://www.facebook.com/reel/{self.video.id}/"
        return f"https://www.facebook.com/{self.page.id}/posts/{self.own_id}"


class World:
    """The one person, their Pages and posts. `reads_until_ready` is how long videos take."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.begin()

    def begin(self) -> None:
        """Go back to Jane and her bakery's Page, which has no post."""
        self._last = 122_000_000_000_000
        self.user_id, self.user_name = DEFAULT_USER_ID, "Jane Baker"
        bakery = Page(DEFAULT_PAGE_ID, "Jane's Bakery", linked=(DEFAULT_LINKED_ID, "janes.bakery"))
        self.pages = {bakery.id: bakery}
        # Those that the person ticks in the dialog; None stands for all.
        self.ticked: frozenset[str] | None = None
        self.posts: dict[str, Post] = {}
        self.photos: dict[str, Photo] = {}
        self.videos: dict[str, Video] = {}
        self.reads_until_ready = 1
        self.chunk_bytes = 64 * 1024
        self.usage_percent = 0

    def new_id(self) -> str:
        """An id that nothing else has: digits alone."""
        self._last += 11
        return str(self._last)

    def now(self) -> datetime:
        """The time in this world."""
        return self._clock.now()

    def shown_pages(self, business: str | None = None) -> Iterator[Page]:
        """The Pages that the app may see: the person's own, or those of one business."""
        for page in self.pages.values():
            if page.business == business and (self.ticked is None or page.id in self.ticked):
                yield page

    def publish(self, page: Page, kind: str, message: str) -> Post:
        """Make a post that people see."""
        post = Post(f"{page.id}_{self.new_id()}", page, kind, message, self.now())
        self.posts[post.id] = post
        return post

    def posts_of(self, page: Page) -> Iterator[Post]:
        """What the list of a Page's posts shows, newest first; stories are not in it."""
        for post in reversed(self.posts.values()):
            if post.page is page and post.kind != "story":
                yield post

    def reels_of_day(self, page: Page) -> int:
        """How many reels the Page has published over the API within a day."""
        since = self.now() - DAY
        return sum(
            each.page is page and each.kind == "reel" and each.created_at > since
            for each in self.posts.values()
        )
