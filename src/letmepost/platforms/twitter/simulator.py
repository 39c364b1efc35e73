"""The X simulator: the consent page and the API v2, as an app on a self-serve plan meets them.

Written from what X documents (OpenAPI 2.167) and from answers that are quoted in public issues.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from letmepost.kit.clock import Clock
from letmepost.platform_kit.simulator import PlatformSimulator
from letmepost.platform_kit.simulator_consent import APPROVES
from letmepost.platform_kit.simulator_instructions import (
    InvalidInstructionError,
    check_fields,
    objects,
)
from letmepost.platform_kit.simulator_timeline import TimelineEntry, TimelineMedia
from letmepost.platforms.twitter.simulator_accounts import (
    CLIENT_ID,
    CLIENT_SECRET,
    STATUSES,
    Account,
    Accounts,
)
from letmepost.platforms.twitter.simulator_limits import (
    CHUNKED_UPLOAD,
    CREATE_POST,
    DELETE_POST,
    DESCRIBE_MEDIA,
    READ_ME,
    READ_POST,
    READ_TIMELINE,
    READ_UPLOAD,
    UPLOAD,
    Rate,
    RateLimits,
)
from letmepost.platforms.twitter.simulator_media import MediaLibrary
from letmepost.platforms.twitter.simulator_posts import Posts
from letmepost.platforms.twitter.simulator_wire import Handler, answering, status_problem

_ALICE: Final[Mapping[str, object]] = {"username": "alice_on_x", "name": "Alice"}
_FIRST_ID: Final = 2_244_994_945
_VERIFIED_TYPES: Final = ("none", "blue", "business", "government")
_ACCOUNT_FIELDS: Final = ("username", "name", "verifiedType", "status")
_POST_FIELDS: Final = ("username", "text")
_PLAN_FIELDS: Final[Mapping[str, tuple[type, ...]]] = {
    "enterprise": (bool,),
    "enrolled": (bool,),
    "enforceRateLimits": (bool,),
    "creditsLeft": (int, type(None)),
    "userPostsPerDay": (int, type(None)),
}
_WORLD_FIELDS: Final = ("accounts", "posts", "callbacks", *_PLAN_FIELDS)
_TOO_MANY_REQUESTS: Final = 429


def create_simulator(clock: Clock | None = None) -> "TwitterSimulator":
    """Make a simulator with a world of its own."""
    return TwitterSimulator(clock)


class TwitterSimulator(PlatformSimulator):
    """Both hosts of X that a publisher talks to, under one prefix."""

    platform: ClassVar[str] = "twitter"
    plays: ClassVar[frozenset[str]] = frozenset(
        {"expired_token", "revoked_token", "container_stuck", "container_error", "hide_history"}
    )

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__(clock)
        self._limits = RateLimits(self.clock)
        self._accounts = Accounts(self.clock, self.faults)
        self._media = MediaLibrary(self._accounts, self.clock, self.faults)
        self._posts = Posts(self._accounts, self._media, self.clock, self.faults)
        self._add_account(_ALICE)

    def routes(self) -> Sequence[BaseRoute]:
        """The consent page, the token endpoints and the calls of the API v2."""
        accounts, media, posts = self._accounts, self._media, self._posts
        limited: Sequence[tuple[str, str, Handler, Rate]] = (
            ("GET", "/2/users/me", accounts.me, READ_ME),
            ("GET", "/2/users/{id}/tweets", posts.timeline, READ_TIMELINE),
            ("POST", "/2/tweets", posts.create, CREATE_POST),
            ("GET", "/2/tweets/{id}", posts.read, READ_POST),
            ("DELETE", "/2/tweets/{id}", posts.delete, DELETE_POST),
            ("POST", "/2/media/upload", media.upload, UPLOAD),
            ("GET", "/2/media/upload", media.status, READ_UPLOAD),
            ("POST", "/2/media/upload/initialize", media.initialize, CHUNKED_UPLOAD),
            ("POST", "/2/media/upload/{id}/append", media.append, CHUNKED_UPLOAD),
            ("POST", "/2/media/upload/{id}/finalize", media.finalize, CHUNKED_UPLOAD),
            ("POST", "/2/media/metadata", media.describe, DESCRIBE_MEDIA),
        )
        return [
            Route("/i/oauth2/authorize", accounts.desk.handle, methods=["GET", "POST"]),
            Route("/2/oauth2/token", accounts.token, methods=["POST"]),
            Route("/2/oauth2/revoke", accounts.revoke, methods=["POST"]),
            *(
                Route(path, self._limits.guarded(answering(handler), rate), methods=[method])
                for method, path, handler, rate in limited
            ),
            Route("/media/{id}", answering(media.show), methods=["GET"]),
        ]

    def error(self, status: int) -> Response:
        """The problem body of a status; a 429 comes with the headers of a window used up."""
        if status == _TOO_MANY_REQUESTS:
            return self._limits.refusal()
        return status_problem(status).response()

    def reset(self) -> None:
        """Go back to Alice alone, who has posted nothing."""
        self._accounts.clear()
        self._media.clear()
        self._posts.clear()
        self._limits.clear()
        self._add_account(_ALICE)

    def extend_world(self, body: Mapping[str, object]) -> Mapping[str, object]:
        """Add accounts, or change those that are there by name; let them post; choose the plan.

        `accounts` is a list of `{username, name?, verifiedType?, status?}`, `posts` one of
        `{username, text}`, `callbacks` the addresses that the app has registered (none: any).
        `creditsLeft` counts the posts that are paid for, `userPostsPerDay` is the limit of the
        old free plan; None takes either away.
        """
        check_fields(body, _WORLD_FIELDS)
        accounts, written = objects(body, "accounts"), objects(body, "posts")
        for each in accounts:
            _check_account(each)
        for each in written:
            check_fields(each, _POST_FIELDS, "A post")
        for name, types in _PLAN_FIELDS.items():
            if name in body and type(body[name]) not in types:
                raise InvalidInstructionError(f"{name} must not be {body[name]!r}.")
        callbacks = body.get("callbacks", list(self._accounts.callbacks))
        if not isinstance(callbacks, list):
            raise InvalidInstructionError("callbacks must be a list of addresses.")
        self._choose_plan(body)
        self._accounts.callbacks = frozenset(map(str, callbacks))
        made = [self._add_account(each) for each in accounts]
        return {"accounts": made, "posts": [self._write(each) for each in written]}

    def timeline(self) -> Iterator[TimelineEntry]:
        """Every post that is there now."""
        for post in self._posts:
            yield TimelineEntry(
                platform=self.platform,
                account=post.author.username,
                id=post.id,
                text=post.text,
                created_at=f"{post.created_at:%Y-%m-%dT%H:%M:%S}.000Z",
                media=[
                    TimelineMedia(
                        mime_type=medium.media_type,
                        size_bytes=medium.total_bytes,
                        alt=medium.alt,
                        url=f"/twitter/media/{medium.id}" if medium.content else None,
                    )
                    for medium in post.media
                ],
            )

    def settings(self, url: str) -> Mapping[str, str]:
        """Both hosts, which are here, and the app."""
        return {
            "LETMEPOST_TWITTER_API_URL": url,
            "LETMEPOST_TWITTER_AUTH_URL": url,
            "LETMEPOST_TWITTER_CLIENT_ID": CLIENT_ID,
            "LETMEPOST_TWITTER_CLIENT_SECRET": CLIENT_SECRET,
        }

    def account(self, url: str) -> Mapping[str, object]:  # noqa: ARG002 - X needs no address
        """What the owner sends on the consent page."""
        return APPROVES

    def _choose_plan(self, body: Mapping[str, Any]) -> None:
        posts, limits = self._posts, self._limits
        posts.enterprise = body.get("enterprise", posts.enterprise)
        posts.enrolled = body.get("enrolled", posts.enrolled)
        posts.credits_left = body.get("creditsLeft", posts.credits_left)
        limits.enforced = body.get("enforceRateLimits", limits.enforced)
        limits.user_posts_per_day = body.get("userPostsPerDay", limits.user_posts_per_day)

    def _add_account(self, asked: Mapping[str, Any]) -> Mapping[str, object]:
        username = asked["username"]
        account = self._accounts.named(username)
        if account is None:
            number = _FIRST_ID + len(list(self._accounts))
            account = Account(str(number), username, asked.get("name", username))
            self._accounts.add(account)
        account.name = asked.get("name", account.name)
        account.verified_type = asked.get("verifiedType", account.verified_type)
        account.status = asked.get("status", account.status)
        return {"id": account.id, "username": account.username}

    def _write(self, asked: Mapping[str, str]) -> Mapping[str, object]:
        author = self._accounts.named(asked.get("username", ""))
        if author is None:
            raise InvalidInstructionError("A post needs the username of an account that exists.")
        return {"id": self._posts.add(author, asked.get("text", "")).id}


def _check_account(asked: Mapping[str, object]) -> None:
    check_fields(asked, _ACCOUNT_FIELDS, "An account")
    if not isinstance(asked.get("username"), str) or not asked["username"]:
        raise InvalidInstructionError("username must be a string, such as bob.")
    if not isinstance(asked.get("name", ""), str):
        raise InvalidInstructionError("name must be a string.")
    if asked.get("verifiedType", "none") not in _VERIFIED_TYPES:
        raise InvalidInstructionError(f"verifiedType must be one of {', '.join(_VERIFIED_TYPES)}.")
    if asked.get("status") not in (None, *STATUSES):
        raise InvalidInstructionError(f"status must be one of {', '.join(STATUSES)}, or null.")
