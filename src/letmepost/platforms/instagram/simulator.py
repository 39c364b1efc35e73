"""The Instagram simulator: both logins, containers and posts, all hosts in one.

Written from what Meta documents of the content publishing API and what callers have observed.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from letmepost.kit.clock import Clock
from letmepost.platform_kit.graph.simulated import (
    Handler,
    answering,
    business_usage,
    error_response,
    not_served,
    unsupported,
)
from letmepost.platform_kit.simulator import PlatformSimulator
from letmepost.platform_kit.simulator_consent import APPROVES
from letmepost.platform_kit.simulator_instructions import (
    check_fields,
    texts,
    whole_number,
)
from letmepost.platform_kit.simulator_timeline import TimelineEntry, TimelineMedia
from letmepost.platforms.instagram.simulator_access import CLIENT_ID, CLIENT_SECRET, Access
from letmepost.platforms.instagram.simulator_containers import Containers
from letmepost.platforms.instagram.simulator_posts import Posts
from letmepost.platforms.instagram.simulator_world import Account, World

_WORLD_FIELDS: Final = ("accounts", "readsUntilReady", "postsPerDay", "usagePercent")


def create_simulator(clock: Clock | None = None) -> "InstagramSimulator":
    """Make a simulator with a world of its own."""
    return InstagramSimulator(clock)


class InstagramSimulator(PlatformSimulator):
    """The consent page, the token server, the API of both hosts, and the host that takes bytes."""

    platform: ClassVar[str] = "instagram"
    plays: ClassVar[frozenset[str]] = frozenset(
        {"revoked_token", "container_stuck", "container_error", "hide_history"}
    )

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__(clock)
        self.world = World(self.clock)
        self.access = Access(self.world, self.clock, self.faults)
        self._containers = Containers(self.world, self.access, self.faults)
        self._posts = Posts(self.world, self.access, self._containers, self.faults)

    def routes(self) -> Sequence[BaseRoute]:
        """The paths as Instagram has them; those of OAuth have no version."""
        tokens, posts = self.access.tokens, self._posts
        calls: Sequence[tuple[str, str, Handler]] = (
            ("POST", "/oauth/access_token", tokens.spend_code),
            ("GET", "/access_token", tokens.exchange),
            ("GET", "/refresh_access_token", tokens.refresh),
            ("POST", "/ig-api-upload/{version}/{id}", self._containers.take_bytes),
            ("POST", "/{version}/{user}/media", self._containers.create),
            ("GET", "/{version}/{user}/media", posts.list_media),
            ("GET", "/{version}/{user}/stories", posts.list_stories),
            ("POST", "/{version}/{user}/media_publish", posts.publish),
            ("GET", "/{version}/{user}/content_publishing_limit", posts.quota),
            ("POST", "/{version}/{id}/comments", posts.comment),
            ("GET", "/{version}/{id}/comments", posts.list_comments),
            ("GET", "/{version}/{id}", self._read),
            ("DELETE", "/{version}/{id}", posts.delete),
        )
        return [
            Route("/oauth/authorize", tokens.desk.handle, methods=["GET", "POST"]),
            *(
                Route(path, self._telling_usage(handler), methods=[method])
                for method, path, handler in calls
            ),
            Route("/{path:path}", answering(not_served), methods=["GET", "POST", "DELETE"]),
        ]

    def _telling_usage(self, handler: Handler) -> Handler:
        answer = answering(handler)

        async def answered(request: Request) -> Response:
            response = await answer(request)
            if self.world.usage_percent:
                usage = business_usage("1", "instagram", self.world.usage_percent)
                response.headers.update(usage)
            return response

        return answered

    def error(self, status: int) -> Response:
        """The API's envelope of a status."""
        return error_response(status)

    def reset(self) -> None:
        """Go back to Jane's bakery alone, which has no post."""
        self.world.begin()
        self.access.clear()

    def extend_world(self, body: Mapping[str, object]) -> Mapping[str, object]:
        """Add accounts, and say how long containers take and how much is left.

        `accounts` is a list of usernames. `readsUntilReady` is how many looks at a container still
        say that it is not ready, `postsPerDay` the quota, `usagePercent` what the headers tell.
        """
        check_fields(body, _WORLD_FIELDS)
        names = texts(body, "accounts")
        world = self.world
        world.reads_until_ready = whole_number(body, "readsUntilReady", world.reads_until_ready)
        world.posts_per_day = whole_number(body, "postsPerDay", world.posts_per_day)
        world.usage_percent = whole_number(body, "usagePercent", world.usage_percent)
        return {"accounts": [self._add(name) for name in names]}

    def _add(self, username: str) -> Mapping[str, object]:
        account = Account(f"1784{self.world.new_id()[4:]}", username, username.title())
        self.world.accounts[account.id] = account
        return {"id": account.id, "username": username}

    def timeline(self) -> Iterator[TimelineEntry]:
        """Every post, reel and story, and the comments on them."""
        for media in self.world.media.values():
            at = media.published_at.strftime("%Y-%m-%dT%H:%M:%SZ")
            yield TimelineEntry(
                platform=self.platform,
                account=media.owner.username,
                # Its address holds this code, and people never see its id.
                id=media.shortcode,
                text=media.fields.get("caption", ""),
                created_at=at,
                media=[
                    TimelineMedia(each.content_type, each.size_bytes, each.alt_text)
                    for each in media.files
                ],
            )
            for comment in media.comments:
                yield TimelineEntry(
                    platform=self.platform,
                    account=comment.author.username,
                    id=comment.id,
                    text=comment.text,
                    created_at=at,
                    media=[],
                )

    def settings(self, url: str) -> Mapping[str, str]:
        """Every host, all of them here, and the app that the consent page knows."""
        hosts = ("API_URL", "AUTH_URL", "TOKEN_URL", "UPLOAD_URL", "PAGE_API_URL")
        return {f"LETMEPOST_INSTAGRAM_{host}": url for host in hosts} | {
            "LETMEPOST_INSTAGRAM_CLIENT_ID": CLIENT_ID,
            "LETMEPOST_INSTAGRAM_CLIENT_SECRET": CLIENT_SECRET,
        }

    def account(self, url: str) -> Mapping[str, object]:  # noqa: ARG002 -- the same form everywhere
        """Jane's consent."""
        return APPROVES

    async def _read(self, request: Request) -> Response:
        asked = request.path_params["id"]
        if asked == "me":
            return await self._posts.me(request)
        if (account := self.world.accounts.get(asked)) is not None:
            return await self._posts.me(request, account)
        if (container := self.world.containers.get(asked)) is not None:
            return await self._containers.status(request, container)
        if (media := self.world.media.get(asked)) is not None:
            return await self._posts.read(request, media)
        raise unsupported("get", asked)
