"""The LinkedIn simulator: consent, tokens, files, posts and comments, all hosts under one prefix.

Written from what LinkedIn documents and from error bodies that were seen.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from letmepost.kit.clock import Clock, wire_time
from letmepost.platform_kit.simulator import PlatformSimulator
from letmepost.platform_kit.simulator_consent import APPROVES
from letmepost.platform_kit.simulator_instructions import (
    InvalidInstructionError,
    check_fields,
    texts,
    true_or_false,
    whole_number,
)
from letmepost.platform_kit.simulator_timeline import TimelineEntry, TimelineMedia
from letmepost.platforms.linkedin.simulator_comments import CommentDesk
from letmepost.platforms.linkedin.simulator_consent import TokenDesk
from letmepost.platforms.linkedin.simulator_files import FileDesk
from letmepost.platforms.linkedin.simulator_posts import PostDesk
from letmepost.platforms.linkedin.simulator_rest import Gate, error_response
from letmepost.platforms.linkedin.simulator_videos import VideoDesk
from letmepost.platforms.linkedin.simulator_world import (
    MEMBER_SCOPES,
    ORGANIZATION_SCOPES,
    Member,
    Post,
    World,
    default_world,
    files_in,
)

_FLAGS: Final = ("partner", "commentsRefused", "enforceRateLimits")
_NUMBERS: Final = ("falseRevocations", "memberRequestsPerDay")
_LISTS: Final = ("scopes", "members", "organizations", "retiredVersions")
_TEXTS: Final[Mapping[str, tuple[str, ...]]] = {
    "members": ("id", "givenName", "familyName"),
    "organizations": ("id", "name", "role", "member"),
}
_SCOPES: Final = (*MEMBER_SCOPES, *ORGANIZATION_SCOPES, "r_member_social")


def create_simulator(clock: Clock | None = None) -> "LinkedInSimulator":
    """Make a simulator with a world of its own."""
    return LinkedInSimulator(clock)


class LinkedInSimulator(PlatformSimulator):
    """www.linkedin.com and api.linkedin.com."""

    platform: ClassVar[str] = "linkedin"
    plays: ClassVar[frozenset[str]] = frozenset(
        {"expired_token", "revoked_token", "container_stuck", "container_error", "hide_history"}
    )

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__(clock)
        self.world = default_world(self.clock)
        gate = Gate(self._world_now, self.clock, self.faults)
        self._tokens = TokenDesk(self._world_now, self.clock, gate)
        self._files = FileDesk(self._world_now, self.clock, gate, self.faults)
        self._videos = VideoDesk(self._world_now, self.clock, gate, self.faults, self._files)
        self._posts = PostDesk(self._world_now, self.clock, gate, self.faults)
        self._comments = CommentDesk(self._world_now, self.clock, gate)

    def _world_now(self) -> World:
        return self.world

    def routes(self) -> Sequence[BaseRoute]:
        """The paths of both hosts."""
        desks = (self._tokens, self._files, self._videos, self._posts, self._comments)
        return [route for desk in desks for route in desk.routes()]

    def error(self, status: int) -> Response:
        """LinkedIn's body for a status; a 429 has no headers that say when to come back."""
        return error_response(status)

    def reset(self) -> None:
        """Go back to Ada and her self-serve app."""
        self.world = default_world(self.clock)
        self._tokens.consent.forget()

    def extend_world(self, body: Mapping[str, object]) -> Mapping[str, object]:
        """Add members and pages, or change the app.

        `members` are `{id, givenName?, familyName?}`. `organizations` are
        `{id, name?, role?, member?}`, the role that of the member, who is the first one if none is
        named; they give the app the scopes of the Community Management API. `scopes` are those
        that the app's products hold, `partner` gives it refresh tokens, `falseRevocations` is how
        often a new token is called revoked. `retiredVersions` are no longer answered,
        `commentsRefused` lets nobody comment, `enforceRateLimits` and `memberRequestsPerDay` are
        the limits.
        """
        _check(body)
        world = self.world
        world.app.partner = bool(body.get("partner", world.app.partner))
        world.comments_refused = bool(body.get("commentsRefused", world.comments_refused))
        world.enforces_limits = bool(body.get("enforceRateLimits", world.enforces_limits))
        world.false_revocations = whole_number(body, "falseRevocations", world.false_revocations)
        world.member_requests_per_day = whole_number(
            body, "memberRequestsPerDay", world.member_requests_per_day
        )
        world.retired_versions |= set(texts(body, "retiredVersions"))
        members = [_member(each) for each in _objects(body, "members")]
        world.members |= {each.id: each for each in members}
        pages = _objects(body, "organizations")
        if pages:
            world.app.scopes = (*MEMBER_SCOPES, *ORGANIZATION_SCOPES)
        for page in pages:
            self._add_page(page)
        if scopes := texts(body, "scopes"):
            world.app.scopes = tuple(scopes)
        return {
            "scopes": list(world.app.scopes),
            "partner": world.app.partner,
            "members": [each.urn for each in members],
            "organizations": [f"urn:li:organization:{page['id']}" for page in pages],
        }

    def _add_page(self, page: Mapping[str, str]) -> None:
        members = self.world.members
        holder = members.get(page.get("member", next(iter(members))))
        if holder is None:
            raise InvalidInstructionError(f"There is no member {page['member']!r}.")
        self.world.organizations[page["id"]] = page.get("name", f"Page {page['id']}")
        holder.roles[page["id"]] = page.get("role", "ADMINISTRATOR")

    def timeline(self) -> Iterator[TimelineEntry]:
        """Every post that readers see, and the comments under them."""
        visible = {post.urn: post for post in self.world.visible_posts()}
        for post in visible.values():
            yield TimelineEntry(
                platform=self.platform,
                account=self.world.name_of(post.author),
                id=post.urn,
                text=post.shown,
                created_at=wire_time(post.created_at),
                media=list(self._media(post)),
            )
        for comment in self.world.comments.values():
            if comment.post in visible:
                yield TimelineEntry(
                    platform=self.platform,
                    account=self.world.name_of(comment.actor),
                    id=comment.urn,
                    text=comment.text,
                    created_at=wire_time(comment.created_at),
                )

    def _media(self, post: Post) -> Iterator[TimelineMedia]:
        content = post.body.get("content") or {}
        items = [content["media"]] if "media" in content else []
        items += content.get("multiImage", {}).get("images", [])
        alts = {item["id"]: item.get("altText", "") for item in items}
        for urn in files_in(post.body):
            file = self.world.files[urn]
            yield TimelineMedia(
                mime_type=file.content_type, size_bytes=file.size_bytes, alt=alts.get(urn, "")
            )

    def settings(self, url: str) -> Mapping[str, str]:
        """Both hosts, and the simulated app."""
        return {
            "LETMEPOST_LINKEDIN_API_URL": url,
            "LETMEPOST_LINKEDIN_AUTH_URL": url,
            "LETMEPOST_LINKEDIN_CLIENT_ID": self.world.app.client_id,
            "LETMEPOST_LINKEDIN_CLIENT_SECRET": self.world.app.client_secret,
        }

    def account(self, url: str) -> Mapping[str, object]:  # noqa: ARG002 -- the form needs no address
        """Consent, by the only member there is."""
        return APPROVES


def _check(body: Mapping[str, object]) -> None:
    check_fields(body, (*_FLAGS, *_NUMBERS, *_LISTS))
    for name in _FLAGS:
        true_or_false(body, name, default=False)
    for name in _LISTS:
        if not isinstance(body.get(name, []), list):
            raise InvalidInstructionError(f"{name} must be a list.")
    if unheard := set(texts(body, "scopes")) - set(_SCOPES):
        raise InvalidInstructionError(
            f"scopes are some of {', '.join(_SCOPES)}, not {sorted(unheard)}."
        )


def _objects(body: Mapping[str, object], name: str) -> list[Mapping[str, str]]:
    values = body.get(name, [])
    for each in values if isinstance(values, list) else [values]:
        known = _TEXTS[name]
        if (
            not isinstance(each, dict)
            or "id" not in each
            or not set(each) <= set(known)
            or not all(isinstance(value, str) for value in each.values())
        ):
            raise InvalidInstructionError(
                f"{name} has objects with an id and strings in {', '.join(known)}, not {each!r}."
            )
    return values if isinstance(values, list) else []


def _member(asked: Mapping[str, str]) -> Member:
    return Member(asked["id"], asked.get("givenName", "Grace"), asked.get("familyName", "Example"))
