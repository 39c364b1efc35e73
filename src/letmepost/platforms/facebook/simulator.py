"""The Facebook simulator: consent, Pages, posts, photos and videos, all hosts in one.

Written from what Meta documents of the Graph API and what callers have observed.
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
    business_usage,
    error_response,
    not_served,
    read_fields,
    unsupported,
)
from letmepost.platform_kit.simulator import PlatformSimulator
from letmepost.platform_kit.simulator_consent import APPROVES
from letmepost.platform_kit.simulator_instructions import (
    InvalidInstructionError,
    check_fields,
    whole_number,
)
from letmepost.platform_kit.simulator_timeline import TimelineEntry, TimelineMedia
from letmepost.platforms.facebook.simulator_access import CLIENT_ID, CLIENT_SECRET, Access
from letmepost.platforms.facebook.simulator_person import Person
from letmepost.platforms.facebook.simulator_posts import Posts
from letmepost.platforms.facebook.simulator_videos import KINDS, Videos
from letmepost.platforms.facebook.simulator_world import Page, Post, World

_WORLD_FIELDS: Final = (
    "pages",
    "tickedPages",
    "readsUntilReady",
    "chunkBytes",
    "usagePercent",
)


def create_simulator(clock: Clock | None = None) -> "FacebookSimulator":
    """Make a simulator with a world of its own."""
    return FacebookSimulator(clock)


class FacebookSimulator(PlatformSimulator):
    """The dialog, the Graph API, and the hosts that take videos."""

    platform: ClassVar[str] = "facebook"
    plays: ClassVar[frozenset[str]] = frozenset(
        {"revoked_token", "container_stuck", "container_error", "hide_history"}
    )

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__(clock)
        self.world = World(self.clock)
        self.access = Access(self.world, self.clock, self.faults)
        self._person = Person(self.world, self.access)
        self._posts = Posts(self.world, self.access, self.faults)
        self._videos = Videos(self.world, self.access, self._posts, self.faults)

    def routes(self) -> Sequence[BaseRoute]:
        """The paths as Facebook has them."""
        person, posts, videos = self._person, self._posts, self._videos
        calls: Sequence[tuple[str, str, Handler]] = (
            ("GET", "/{version}/oauth/access_token", self.access.give_token),
            ("GET", "/debug_token", self.access.debug_token),
            ("GET", "/{version}/debug_token", self.access.debug_token),
            ("GET", "/{version}/me/permissions", person.permissions),
            ("DELETE", "/{version}/me/permissions", self.access.revoke),
            ("DELETE", "/{version}/{user}/permissions", self.access.revoke),
            ("GET", "/{version}/me/accounts", person.accounts),
            ("GET", "/{version}/me/businesses", person.businesses),
            ("GET", "/{version}/{business}/owned_pages", person.owned_pages),
            ("GET", "/{version}/{business}/client_pages", person.client_pages),
            ("GET", "/{version}/me", person.me),
            ("POST", "/video-upload/{version}/{id}", videos.take_bytes),
            ("POST", "/{version}/{page}/feed", posts.feed),
            ("POST", "/{version}/{page}/photos", posts.photos),
            ("POST", "/{version}/{page}/photo_stories", posts.photo_story),
            ("GET", "/{version}/{page}/published_posts", posts.published),
            ("POST", "/{version}/{id}/comments", posts.comment),
            ("GET", "/{version}/{id}/comments", posts.comments),
            ("POST", "/{version}/{page}/{edge}", self._video_edge),
            ("GET", "/{version}/{id}", self._read),
            ("DELETE", "/{version}/{id}", posts.delete),
        )
        return [
            Route("/{version}/dialog/oauth", self.access.desk.handle, methods=["GET", "POST"]),
            *(
                Route(path, self._as_facebook(handler), methods=[method])
                for method, path, handler in calls
            ),
            Route("/{path:path}", answering(not_served), methods=["GET", "POST", "DELETE"]),
        ]

    def _as_facebook(self, handler: Handler) -> Handler:
        """With the headers of every answer: the version that answered, and the usage."""
        answer = answering(handler)

        async def answered(request: Request) -> Response:
            response = await answer(request)
            if version := request.path_params.get("version"):
                response.headers["facebook-api-version"] = version
            if self.world.usage_percent:
                usage = business_usage("1", "pages", self.world.usage_percent)
                response.headers.update(usage)
            return response

        return answered

    def error(self, status: int) -> Response:
        """The API's envelope of a status."""
        return error_response(status)

    def reset(self) -> None:
        """Go back to Jane's bakery alone, whose Page has no post."""
        self.world.begin()
        self.access.clear()

    def extend_world(self, body: Mapping[str, object]) -> Mapping[str, object]:
        """Add Pages, and say which are ticked, how long videos take, and how much is left.

        `pages` is a list of names, or of `{name, tasks, business}`. `tickedPages` are the ids of
        the Pages that the person lets the app see, null for all. `readsUntilReady` is how many
        looks at a video still say that it is not ready, `chunkBytes` how much of one is taken at
        once, `usagePercent` what the headers tell.
        """
        check_fields(body, _WORLD_FIELDS)
        pages = body.get("pages", [])
        if not isinstance(pages, list):
            raise InvalidInstructionError("pages must be a list.")
        world = self.world
        world.reads_until_ready = whole_number(body, "readsUntilReady", world.reads_until_ready)
        world.chunk_bytes = whole_number(body, "chunkBytes", world.chunk_bytes)
        world.usage_percent = whole_number(body, "usagePercent", world.usage_percent)
        if "tickedPages" in body:
            ticked = body["tickedPages"]
            if ticked is not None and not isinstance(ticked, list):
                raise InvalidInstructionError("tickedPages must be a list of ids, or null.")
            world.ticked = None if ticked is None else frozenset(map(str, ticked))
        return {"pages": [self._add(each) for each in pages]}

    def _add(self, wanted: object) -> Mapping[str, object]:
        given = {"name": wanted} if isinstance(wanted, str) else wanted
        if not isinstance(given, dict) or not isinstance(given.get("name"), str):
            raise InvalidInstructionError("A page is a name, or an object with a name.")
        page = Page(self.world.new_id(), given["name"], business=given.get("business"))
        if isinstance(given.get("tasks"), list):
            page.tasks = tuple(map(str, given["tasks"]))
        self.world.pages[page.id] = page
        return {"id": page.id, "name": page.name}

    def timeline(self) -> Iterator[TimelineEntry]:
        """Every post, video, reel and story, and the comments on them."""
        for post in self.world.posts.values():
            at = post.created_at.strftime("%Y-%m-%dT%H:%M:%SZ")
            yield TimelineEntry(
                platform=self.platform,
                account=post.page.name,
                id=post.own_id,
                text=post.message,
                created_at=at,
                media=list(_files(post)),
            )
            for comment in post.comments:
                yield TimelineEntry(
                    platform=self.platform,
                    account=post.page.name,
                    id=comment.id,
                    text=comment.message,
                    created_at=at,
                    media=[],
                )

    def settings(self, url: str) -> Mapping[str, str]:
        """Every host, all of them here, and the app that the dialog knows."""
        hosts = ("API_URL", "AUTH_URL", "VIDEO_URL", "UPLOAD_URL")
        return {f"LETMEPOST_FACEBOOK_{host}": url for host in hosts} | {
            "LETMEPOST_FACEBOOK_CLIENT_ID": CLIENT_ID,
            "LETMEPOST_FACEBOOK_CLIENT_SECRET": CLIENT_SECRET,
        }

    def account(self, url: str) -> Mapping[str, object]:  # noqa: ARG002 -- the same form everywhere
        """Jane's consent."""
        return APPROVES

    async def _video_edge(self, request: Request) -> Response:
        if request.path_params["edge"] not in KINDS:
            return await not_served(request)
        return await self._videos.edge(request)

    async def _read(self, request: Request) -> Response:
        asked = request.path_params["id"]
        if (page := self.world.pages.get(asked)) is not None:
            self.access.page(request, await read_fields(request))
            return JSONResponse({"id": page.id, "name": page.name})
        if (video := self.world.videos.get(asked)) is not None:
            return await self._videos.status(request, video)
        if (post := self.world.posts.get(asked)) is not None:
            return await self._posts.read(request, post)
        raise unsupported("get", asked)


def _files(post: Post) -> Iterator[TimelineMedia]:
    for photo in post.photos:
        yield TimelineMedia(photo.content_type, photo.size_bytes, photo.alt_text)
    if post.video is not None:
        yield TimelineMedia("video/mp4", len(post.video.content), "")
