"""The simulated posts of Instagram: published from containers, listed, commented on, deleted."""

import secrets
from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from letmepost.platform_kit.graph.simulated import (
    GraphFault,
    invalid,
    read_fields,
    unsupported,
)
from letmepost.platform_kit.simulator_faults import Faults
from letmepost.platforms.instagram.simulator_access import COMMENT, PUBLISH, Access
from letmepost.platforms.instagram.simulator_containers import (
    Containers,
    missing,
    not_ready,
    refuse_another,
)
from letmepost.platforms.instagram.simulator_world import DAY, Account, Comment, Media, World

PAGE_SIZE: Final = 25


class Posts:
    """Everything that can be seen, and what makes and unmakes it."""

    def __init__(
        self, world: World, access: Access, containers: Containers, faults: Faults
    ) -> None:
        self._world = world
        self._access = access
        self._containers = containers
        self._faults = faults

    async def publish(self, request: Request) -> Response:
        """`POST /{ig}/media_publish`: make a container public; it has another id then."""
        fields = await read_fields(request)
        owner = self._access.authenticated(request, fields, PUBLISH)
        refuse_another(request, owner)
        container = self._world.containers.get(fields.get("creation_id", ""))
        if container is None or container.owner is not owner:
            raise GraphFault(24, "Media builder not found", 2207008)
        if not self._containers.ready(container):
            raise not_ready()
        if self._world.used_of_day(owner) >= self._world.posts_per_day:
            raise GraphFault(
                9,
                "Application request limit reached",
                2207042,
                title="Limit reached",
                words="You reached maximum number of posts that is allowed to be published.",
            )
        media = Media(
            id=self._world.new_id(),
            owner=owner,
            shortcode=secrets.token_urlsafe(8),
            fields=container.fields,
            published_at=self._world.now(),
            files=container.files,
        )
        self._world.media[media.id] = media
        container.media_id = media.id
        return JSONResponse({"id": media.id})

    async def list_media(self, request: Request) -> Response:
        """`GET /{ig}/media`: posts and reels, newest first; stories are not among them."""
        return await self._listed(request, stories=False)

    async def list_stories(self, request: Request) -> Response:
        """`GET /{ig}/stories`: the stories of a day."""
        return await self._listed(request, stories=True)

    async def _listed(self, request: Request, *, stories: bool) -> Response:
        fields = await read_fields(request)
        owner = self._access.authenticated(request, fields)
        refuse_another(request, owner)
        address = f"{request.url.path}?{request.url.query}"
        hidden = self._faults.take(address, "hide_history") is not None
        found = [
            each
            for each in self._world.all_media()
            if each.owner is owner and (each.product_type == "STORY") is stories and not hidden
        ]
        if stories:
            found = [each for each in found if each.published_at > self._world.now() - DAY]
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

    async def read(self, request: Request, media: Media) -> Response:
        """`GET /{media}`: one post."""
        fields = await read_fields(request)
        self._access.authenticated(request, fields)
        return JSONResponse(_shown(media, fields))

    async def delete(self, request: Request) -> Response:
        """`DELETE /{media}` or `/{comment}`: only over the login of a Page."""
        fields = await read_fields(request)
        owner = self._access.authenticated(request, fields)
        object_id = request.path_params["id"]
        for media in self._world.media.values():
            for comment in media.comments:
                if comment.id == object_id and owner in (comment.author, media.owner):
                    self._access.authenticated(request, fields, COMMENT)
                    media.comments.remove(comment)
                    return JSONResponse({"success": True})
        found = self._world.media.get(object_id)
        if found is None or found.owner is not owner:
            raise unsupported("delete", object_id)
        if not self._access.is_by_page(request, fields):
            raise unsupported("delete", object_id)
        self._access.authenticated(
            request, fields, ("instagram_business_manage_contents", "instagram_manage_contents")
        )
        del self._world.media[object_id]
        return JSONResponse({"success": True})

    async def comment(self, request: Request) -> Response:
        """`POST /{media}/comments`: say something about a post."""
        fields = await read_fields(request)
        author = self._access.authenticated(request, fields, COMMENT)
        media = self._media_of(request)
        if not fields.get("message"):
            raise invalid("The parameter message is required")
        comment = Comment(self._world.new_id(), fields["message"], author)
        media.comments.append(comment)
        return JSONResponse({"id": comment.id})

    async def list_comments(self, request: Request) -> Response:
        """`GET /{media}/comments`: what was said."""
        fields = await read_fields(request)
        self._access.authenticated(request, fields, COMMENT)
        media = self._media_of(request)
        return JSONResponse(
            {"data": [{"id": each.id, "text": each.text} for each in media.comments]}
        )

    def _media_of(self, request: Request) -> Media:
        media = self._world.media.get(request.path_params["id"])
        if media is None:
            raise missing(request.path_params["id"])
        return media

    async def quota(self, request: Request) -> Response:
        """`GET /{ig}/content_publishing_limit`: what of the day's number is used."""
        fields = await read_fields(request)
        owner = self._access.authenticated(request, fields, PUBLISH)
        refuse_another(request, owner)
        config = {
            "quota_total": self._world.posts_per_day,
            "quota_duration": int(DAY.total_seconds()),
        }
        every: Mapping[str, object] = {
            "quota_usage": self._world.used_of_day(owner),
            "config": config,
        }
        asked = fields.get("fields", "quota_usage").split(",")
        return JSONResponse({"data": [{name: every[name] for name in asked if name in every}]})

    async def me(self, request: Request, owner: Account | None = None) -> Response:
        """`GET /me` or `/{ig}`: the account."""
        fields = await read_fields(request)
        account = owner or self._access.authenticated(request, fields)
        every = {
            "id": f"2{account.id}" if owner is None else account.id,
            "user_id": account.id,
            "username": account.username,
            "name": account.name,
            "account_type": account.account_type,
            "profile_picture_url": "https://scontent.cdninstagram.com/profile.jpg",
        }
        asked = fields.get("fields", "id").split(",")
        return JSONResponse(
            {"id": every["id"], **{each: every[each] for each in asked if each in every}}
        )


def _shown(media: Media, fields: Mapping[str, str]) -> dict[str, object]:
    kind = media.fields.get("media_type", "")
    every: Mapping[str, object] = {
        "id": media.id,
        "caption": media.fields.get("caption"),
        "media_type": {"CAROUSEL": "CAROUSEL_ALBUM", "REELS": "VIDEO"}.get(kind, "IMAGE"),
        "media_product_type": media.product_type,
        "permalink": media.permalink,
        "shortcode": media.shortcode,
        "timestamp": media.published_at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
    }
    asked = fields.get("fields", "id").split(",")
    # A post without a caption has no such field.
    shown = {name: every[name] for name in asked if every.get(name) is not None}
    return {"id": media.id, **shown}
