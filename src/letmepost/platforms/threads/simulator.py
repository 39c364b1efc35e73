"""The Threads simulator: consent, tokens, containers and posts, all hosts in one.

Written from what Meta documents of the Threads API and what callers have observed.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from letmepost.kit.clock import Clock
from letmepost.platform_kit.graph.simulated import (
    Handler,
    answering,
    error_response,
    not_served,
    read_fields,
    unsupported,
)
from letmepost.platform_kit.graph.simulated_tokens import App, Tokens
from letmepost.platform_kit.simulator import PlatformSimulator
from letmepost.platform_kit.simulator_consent import APPROVES
from letmepost.platform_kit.simulator_instructions import (
    InvalidInstructionError,
    check_fields,
    texts,
    whole_number,
)
from letmepost.platform_kit.simulator_timeline import TimelineEntry, TimelineMedia
from letmepost.platforms.threads.simulator_containers import Containers
from letmepost.platforms.threads.simulator_posts import Posts
from letmepost.platforms.threads.simulator_world import Profile, World

CLIENT_ID: Final = "990000000000001"
CLIENT_SECRET: Final = "secret-of-the-simulated-app"  # noqa: S105 - of an app that does not exist
APP: Final = App[Profile](
    title="Threads",
    client_id=CLIENT_ID,
    client_secret=CLIENT_SECRET,
    grants="th",
    token="THQVJ",  # noqa: S106 - how every token begins
    scopes=frozenset(
        {
            "threads_basic",
            "threads_content_publish",
            "threads_delete",
            "threads_keyword_search",
            "threads_location_tagging",
            "threads_manage_insights",
            "threads_manage_mentions",
            "threads_manage_replies",
            "threads_profile_discovery",
            "threads_read_replies",
        }
    ),
    required="threads_basic",
    # A JSON number, here alone.
    answers_code=lambda token, owner, _: {"access_token": token, "user_id": int(owner.id)},
)

_WORLD_FIELDS: Final = ("profiles", "readsUntilReady", "invisibleSeconds")


def create_simulator(clock: Clock | None = None) -> "ThreadsSimulator":
    """Make a simulator with a world of its own."""
    return ThreadsSimulator(clock)


class ThreadsSimulator(PlatformSimulator):
    """The consent page, the token server, and version 1.0 of the API."""

    platform: ClassVar[str] = "threads"
    plays: ClassVar[frozenset[str]] = frozenset(
        {"revoked_token", "container_stuck", "container_error", "hide_history"}
    )

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__(clock)
        self.world = World(self.clock)
        self._tokens = Tokens(APP, lambda: self.world.profiles, self.clock, self.faults)
        self._containers = Containers(self.world, self._tokens, self.faults)
        self._posts = Posts(self.world, self._tokens, self._containers, self.faults)

    def routes(self) -> Sequence[BaseRoute]:
        """The paths as Threads has them; those of OAuth have no version."""
        calls: Sequence[tuple[str, str, Handler]] = (
            ("POST", "/oauth/access_token", self._tokens.spend_code),
            ("GET", "/access_token", self._tokens.exchange),
            ("GET", "/refresh_access_token", self._tokens.refresh),
            ("POST", "/v1.0/{user}/threads", self._containers.create),
            ("GET", "/v1.0/{user}/threads", self._posts.list_posts),
            ("GET", "/v1.0/{user}/replies", self._posts.list_replies),
            ("POST", "/v1.0/{user}/threads_publish", self._posts.publish),
            ("GET", "/v1.0/{user}/threads_publishing_limit", self._posts.quota),
            ("GET", "/v1.0/{id}", self._read),
            ("DELETE", "/v1.0/{id}", self._delete),
        )
        return [
            Route("/oauth/authorize", self._tokens.desk.handle, methods=["GET", "POST"]),
            *(Route(path, answering(handler), methods=[method]) for method, path, handler in calls),
            Route("/{path:path}", answering(not_served), methods=["GET", "POST", "DELETE"]),
        ]

    def error(self, status: int) -> Response:
        """The API's envelope of a status."""
        return error_response(status)

    def reset(self) -> None:
        """Go back to Jane alone, who has no post."""
        self.world.begin()
        self._tokens.clear()

    def extend_world(self, body: Mapping[str, object]) -> Mapping[str, object]:
        """Add profiles, and say how long containers take.

        `profiles` is a list of usernames. `readsUntilReady` is how many looks at a container with
        a file still say that it is not ready, `invisibleSeconds` how long a new container cannot
        be published.
        """
        check_fields(body, _WORLD_FIELDS)
        names = texts(body, "profiles")
        reads = whole_number(body, "readsUntilReady", self.world.reads_until_ready)
        seconds = body.get("invisibleSeconds", self.world.invisible_seconds)
        if not isinstance(seconds, int | float) or seconds < 0:
            raise InvalidInstructionError("invisibleSeconds must be a number of seconds.")
        self.world.reads_until_ready, self.world.invisible_seconds = reads, float(seconds)
        return {"profiles": [self._add(name) for name in names]}

    def _add(self, username: str) -> Mapping[str, object]:
        profile = Profile(self.world.new_id(), username, username.title())
        self.world.profiles[profile.id] = profile
        return {"id": profile.id, "username": username}

    def timeline(self) -> Iterator[TimelineEntry]:
        """Every post and reply."""
        for post in self.world.posts.values():
            yield TimelineEntry(
                platform=self.platform,
                account=post.owner.username,
                # Its address ends in this code, and people never see its id.
                id=post.shortcode,
                text=post.fields.get("text", ""),
                created_at=post.published_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                media=[
                    TimelineMedia(each.content_type, each.size_bytes, each.alt_text)
                    for each in post.files
                ],
            )

    def settings(self, url: str) -> Mapping[str, str]:
        """Both hosts, and the app that the consent page knows."""
        return {
            "LETMEPOST_THREADS_API_URL": url,
            "LETMEPOST_THREADS_AUTH_URL": url,
            "LETMEPOST_THREADS_CLIENT_ID": CLIENT_ID,
            "LETMEPOST_THREADS_CLIENT_SECRET": CLIENT_SECRET,
        }

    def account(self, url: str) -> Mapping[str, object]:  # noqa: ARG002 -- the same form everywhere
        """Jane's consent."""
        return APPROVES

    async def _read(self, request: Request) -> Response:
        asked = request.path_params["id"]
        if asked == "me":
            return await self._me(request)
        if (container := self.world.containers.get(asked)) is not None:
            return await self._containers.status(request, container)
        if (post := self.world.posts.get(asked)) is not None:
            return await self._posts.read(request, post)
        raise unsupported("get", asked)

    async def _delete(self, request: Request) -> Response:
        post = self.world.posts.get(request.path_params["id"])
        if post is None:
            raise unsupported("delete", request.path_params["id"])
        return await self._posts.delete(request, post)

    async def _me(self, request: Request) -> Response:
        fields = await read_fields(request)
        profile = self._tokens.authenticated(request, fields, "threads_basic")
        return JSONResponse(
            {
                "id": profile.id,
                "username": profile.username,
                "name": profile.name,
                "threads_profile_picture_url": "https://scontent.cdninstagram.com/profile.jpg",
                "threads_biography": "",
                "is_verified": False,
            }
        )
