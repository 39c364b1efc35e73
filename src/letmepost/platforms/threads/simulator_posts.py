"""The simulated posts of Threads: published from containers, listed, read, deleted, counted."""

import secrets
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from letmepost.platform_kit.graph.simulated import GraphFault, invalid, read_fields
from letmepost.platform_kit.graph.simulated_tokens import Tokens
from letmepost.platform_kit.simulator_faults import Faults
from letmepost.platforms.threads.simulator_containers import (
    Containers,
    missing,
    refuse_another,
)
from letmepost.platforms.threads.simulator_world import (
    DAY,
    DELETES_PER_DAY,
    POSTS_PER_DAY,
    REPLIES_PER_DAY,
    Container,
    Post,
    Profile,
    World,
)

PAGE_SIZE: Final = 25
_CAROUSEL: Final = "CAROUSEL"
_READ_TYPES: Final = {"TEXT": "TEXT_POST", _CAROUSEL: "CAROUSEL_ALBUM"}


class Posts:
    """Everything that can be read, and what makes and unmakes it."""

    def __init__(
        self, world: World, tokens: Tokens[Profile], containers: Containers, faults: Faults
    ) -> None:
        self._world = world
        self._tokens = tokens
        self._containers = containers
        self._faults = faults

    async def publish(self, request: Request) -> Response:
        """`POST /{user}/threads_publish`: make a container public; it has another id then."""
        fields = await read_fields(request)
        owner = self._tokens.authenticated(
            request, fields, "threads_basic", "threads_content_publish"
        )
        refuse_another(request, owner)
        if "creation_id" not in fields:
            raise invalid("Param creation_id is required.")
        container = self._world.containers.get(fields["creation_id"])
        seen_after = timedelta(seconds=self._world.invisible_seconds)
        if (
            container is None
            or container.owner is not owner
            or self._world.now() - container.made_at < seen_after
            or not self._containers.ready(container)
        ):
            raise missing(fields["creation_id"])
        self._refuse_over_quota(owner, container)
        return JSONResponse({"id": self._publish(owner, container).id})

    def _refuse_over_quota(self, owner: Profile, container: Container) -> None:
        is_reply = "reply_to_id" in container.fields
        most = REPLIES_PER_DAY if is_reply else POSTS_PER_DAY
        if self._world.of_last_day(owner, replies=is_reply) >= most:
            raise GraphFault(
                9,
                "The user has reached the maximum number of posts within 24 hours",
                2207042,
                title="Limit reached",
                words="You reached maximum number of posts that is allowed to be published.",
            )

    def _publish(self, owner: Profile, container: Container) -> Post:
        post = Post(
            id=self._world.new_id(),
            owner=owner,
            shortcode=secrets.token_urlsafe(8),
            fields=container.fields,
            published_at=self._world.now(),
            files=container.files,
            reply_to=container.fields.get("reply_to_id"),
        )
        self._world.posts[post.id] = post
        container.post_id = post.id
        return post

    async def list_posts(self, request: Request) -> Response:
        """`GET /{user}/threads`: the profile's posts, newest first."""
        return await self._listed(request, replies=False)

    async def list_replies(self, request: Request) -> Response:
        """`GET /{user}/replies`: what it answered others, newest first."""
        return await self._listed(request, replies=True)

    async def _listed(self, request: Request, *, replies: bool) -> Response:
        fields = await read_fields(request)
        owner = self._tokens.authenticated(request, fields, "threads_basic")
        refuse_another(request, owner)
        address = f"{request.url.path}?{request.url.query}"
        hidden = self._faults.take(address, "hide_history") is not None
        found = [] if hidden else list(self._world.posts_of(owner, replies=replies))
        if since := fields.get("since"):
            found = [each for each in found if each.published_at.timestamp() >= float(since)]
        begin = int(fields.get("after", "0"))
        size = int(fields.get("limit", str(PAGE_SIZE)))
        page: dict[str, object] = {
            "data": [_shown(each, fields) for each in found[begin : begin + size]]
        }
        if begin + size < len(found):
            page["paging"] = {"cursors": {"before": str(begin), "after": str(begin + size)}}
        return JSONResponse(page)

    async def read(self, request: Request, post: Post) -> Response:
        """`GET /{media}`: one post; it has no status any more."""
        fields = await read_fields(request)
        self._tokens.authenticated(request, fields, "threads_basic")
        if "status" in fields.get("fields", "").split(","):
            raise GraphFault(
                100, "Tried accessing nonexisting field (status)", kind="THApiException"
            )
        return JSONResponse(_shown(post, fields))

    async def delete(self, request: Request, post: Post) -> Response:
        """`DELETE /{media}`: take a post of one's own back."""
        fields = await read_fields(request)
        owner = self._tokens.authenticated(request, fields, "threads_basic", "threads_delete")
        if post.owner is not owner:
            raise missing(post.id)
        since = self._world.now() - DAY
        owner.deletes = [each for each in owner.deletes if each > since]
        if len(owner.deletes) >= DELETES_PER_DAY:
            raise GraphFault(9, "The user has reached the maximum number of deletes", 2207042)
        owner.deletes.append(self._world.now())
        del self._world.posts[post.id]
        return JSONResponse({"success": True, "deleted_id": post.id})

    async def quota(self, request: Request) -> Response:
        """`GET /{user}/threads_publishing_limit`: what of each day's number is used."""
        fields = await read_fields(request)
        owner = self._tokens.authenticated(
            request, fields, "threads_basic", "threads_content_publish"
        )
        refuse_another(request, owner)
        seconds = int(DAY.total_seconds())
        every: Mapping[str, object] = {
            "quota_usage": self._world.of_last_day(owner, replies=False),
            "config": {"quota_total": POSTS_PER_DAY, "quota_duration": seconds},
            "reply_quota_usage": self._world.of_last_day(owner, replies=True),
            "reply_config": {"quota_total": REPLIES_PER_DAY, "quota_duration": seconds},
            "delete_quota_usage": len(owner.deletes),
            "delete_config": {"quota_total": DELETES_PER_DAY, "quota_duration": seconds},
        }
        return JSONResponse({"data": [_chosen(every, fields.get("fields", "quota_usage"))]})


def _shown(post: Post, fields: Mapping[str, str]) -> dict[str, object]:
    kind = post.fields["media_type"]
    every: Mapping[str, object] = {
        "id": post.id,
        "media_product_type": "THREADS",
        "media_type": _READ_TYPES.get(kind, kind),
        "permalink": post.permalink,
        "shortcode": post.shortcode,
        "text": post.fields.get("text", ""),
        "timestamp": post.published_at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
        "username": post.owner.username,
    }
    return {"id": post.id, **_chosen(every, fields.get("fields", "id"))}


def _chosen(every: Mapping[str, object], asked: str) -> dict[str, object]:
    names: Iterable[str] = asked.split(",")
    return {name: every[name] for name in names if name in every}
