"""The simulated LinkedIn's state: its app, members, pages, tokens, files and posts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from letmepost.kit.clock import Clock

MEMBER_SCOPES: Final = ("openid", "profile", "email", "w_member_social")
"""What the self-serve products give to any app."""

ORGANIZATION_SCOPES: Final = (
    "w_organization_social",
    "r_organization_social",
    "rw_organization_admin",
    "r_organization_admin",
)
POSTING_ROLES: Final = frozenset(
    {"ADMINISTRATOR", "DIRECT_SPONSORED_CONTENT_POSTER", "CONTENT_ADMIN", "CONTENT_ADMINISTRATOR"}
)
APP_REQUESTS_PER_DAY: Final = 100_000
MEMBER_REQUESTS_PER_DAY: Final = 150


@dataclass
class App:
    """The one app. `partner` says that LinkedIn gives it refresh tokens."""

    client_id: str = "simulated-linkedin-app"
    client_secret: str = "secret-of-the-simulated-linkedin-app"  # noqa: S105 - the simulated app's
    scopes: tuple[str, ...] = MEMBER_SCOPES
    partner: bool = False


@dataclass
class Member:
    """One person, with the role that they have at each page, by the page's number."""

    id: str
    given_name: str
    family_name: str
    roles: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name as profiles show it."""
        return f"{self.given_name} {self.family_name}"

    @property
    def urn(self) -> str:
        """The member as an author."""
        return f"urn:li:person:{self.id}"


@dataclass
class AccessToken:
    """One token. `lies` is how many answers still call it revoked though it is good."""

    value: str
    member: Member
    scopes: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime
    revoked: bool = False
    lies: int = 0


@dataclass
class RefreshToken:
    """What renews an access token until a year after the consent, however often it is used."""

    value: str
    member: Member
    scopes: tuple[str, ...]
    expires_at: datetime
    revoked: bool = False


@dataclass
class File:
    """An image, video or document. `polls` counts the looks that it still needs to be ready."""

    urn: str
    owner: str
    kind: str
    status: str = "WAITING_UPLOAD"
    polls: int = 2
    stuck: bool = False
    failure: str | None = None
    content_type: str = "application/octet-stream"
    size_bytes: int = 0
    announced_bytes: int = 0
    parts: list[tuple[int, int, str | None]] = field(default_factory=list)

    def advance(self) -> None:
        """Come one look further."""
        if self.failure is not None:
            self.status = "PROCESSING_FAILED"
        elif self.status == "PROCESSING" and not self.stuck:
            self.polls -= 1
            if self.polls <= 0:
                self.status = "AVAILABLE"


@dataclass
class Post:
    """One post. `shown` is what readers see of its commentary."""

    urn: str
    author: str
    body: Mapping[str, Any]
    shown: str
    created_at: datetime
    fingerprint: str
    deleted: bool = False


@dataclass
class Comment:
    """One comment under a post."""

    urn: str
    actor: str
    post: str
    text: str
    created_at: datetime


@dataclass
class World:
    """Everything that a reset throws away.

    `false_revocations` is how many answers call a new token revoked. `comments_refused` is the
    app that may post and not comment. `retired_versions` are no longer answered, whatever the
    calendar says.
    """

    clock: Clock
    app: App = field(default_factory=App)
    members: dict[str, Member] = field(default_factory=dict)
    organizations: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, AccessToken] = field(default_factory=dict)
    refresh_tokens: dict[str, RefreshToken] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    posts: dict[str, Post] = field(default_factory=dict)
    comments: dict[str, Comment] = field(default_factory=dict)
    requests: dict[tuple[str, str], int] = field(default_factory=dict)
    retired_versions: set[str] = field(default_factory=set)
    false_revocations: int = 0
    comments_refused: bool = False
    enforces_limits: bool = False
    member_requests_per_day: int = MEMBER_REQUESTS_PER_DAY
    app_requests_per_day: int = APP_REQUESTS_PER_DAY
    made: int = 0

    def new_number(self) -> int:
        """A number as LinkedIn makes them: milliseconds in the upper bits, and never twice."""
        self.made += 1
        return (int(self.clock.now().timestamp() * 1000) << 22) + self.made

    def name_of(self, urn: str) -> str:
        """The name of a member or page."""
        number = urn.rsplit(":", 1)[-1]
        if number in self.members:
            return self.members[number].name
        return self.organizations.get(number, urn)

    def may_post_as(self, member: Member, author: str) -> bool:
        """Whether the member is the author, or has a role at the page that posts."""
        if author == member.urn:
            return True
        kind, _, number = author.rpartition(":")
        return kind == "urn:li:organization" and member.roles.get(number) in POSTING_ROLES

    def visible_posts(self) -> Iterator[Post]:
        """The posts that readers see: not deleted, and with no file that failed after all."""
        for post in self.posts.values():
            if not post.deleted and all(
                self.files[urn].failure is None for urn in files_in(post.body)
            ):
                yield post


def files_in(body: Mapping[str, Any]) -> list[str]:
    """The URNs of the files that a post names."""
    content = body.get("content") or {}
    named = [content["media"]["id"]] if "media" in content else []
    named += [each["id"] for each in content.get("multiImage", {}).get("images", ())]
    if thumbnail := content.get("article", {}).get("thumbnail"):
        named.append(thumbnail)
    return named


def default_world(clock: Clock) -> World:
    """One self-serve app, and one member without pages."""
    ada = Member("Ab3_x-9", "Ada", "Example")
    return World(clock, members={ada.id: ada})
