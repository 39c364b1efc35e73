"""Simulated posts: the schema of a create, the duplicate filter, reading and deleting.

Source: https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api
and .../post-api-schema; the body of a refused duplicate is one that was seen.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

import regex
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from letmepost.kit.clock import Clock
from letmepost.platform_kit.simulator_faults import Faults
from letmepost.platforms.linkedin.simulator_content import check_content
from letmepost.platforms.linkedin.simulator_little_text import MalformedTextError, as_read, shown
from letmepost.platforms.linkedin.simulator_rest import (
    Call,
    Gate,
    RestliError,
    author_refused,
    bad_input,
    coded,
    missing_field,
    only_fields,
    wrong_value,
)
from letmepost.platforms.linkedin.simulator_world import Post, World

TEXT_MAX_UNITS: Final = 3000
DUPLICATE_WINDOW: Final = timedelta(minutes=10)

_AUTHOR: Final = regex.compile(r"urn:li:(?P<kind>person|organization):[A-Za-z0-9_-]+")
_REQUIRED: Final = ("author", "commentary", "visibility", "distribution", "lifecycleState")
_FIELDS: Final = frozenset({*_REQUIRED, "content", "isReshareDisabledByAuthor"})
_VISIBILITIES: Final = ("PUBLIC", "CONNECTIONS", "LOGGED_IN")
_DISTRIBUTION: Final = frozenset(
    {"feedDistribution", "targetEntities", "thirdPartyDistributionChannels"}
)


class PostDesk:
    """The endpoints of posts."""

    def __init__(
        self, world: Callable[[], World], clock: Clock, gate: Gate, faults: Faults
    ) -> None:
        self._world = world
        self._clock = clock
        self._gate = gate
        self._faults = faults

    def routes(self) -> list[Route]:
        """Create and find, and read and delete by URN."""
        return [
            Route("/rest/posts", self._gate.rest(self._create), methods=["POST"]),
            Route("/rest/posts", self._gate.rest(self._find), methods=["GET"]),
            Route("/rest/posts/{urn}", self._gate.rest(self._read), methods=["GET"]),
            Route("/rest/posts/{urn}", self._gate.rest(self._delete), methods=["DELETE"]),
        ]

    async def _create(self, call: Call) -> Response:
        body = await call.body()
        only_fields(body, _FIELDS)
        for name in _REQUIRED:
            if name not in body:
                raise missing_field(name)
        author = self._author(call, body["author"])
        _check_fields(body)
        text = _shown(body["commentary"])
        if "content" in body:
            check_content(self._world(), author, body["content"])
        fingerprint = _fingerprint(body)
        if original := self._original(fingerprint):
            raise _duplicate(original)
        post = self._keep(author, body, text, fingerprint)
        return Response(status_code=201, headers={"x-restli-id": post.urn})

    def _author(self, call: Call, author: object) -> str:
        if not isinstance(author, str) or not (urn := _AUTHOR.fullmatch(author)):
            raise bad_input("INVALID_URN_TYPE", f"Invalid URN: {author}", "author", author)
        person = urn["kind"] == "person"
        scope = "w_member_social" if person else "w_organization_social"
        call.needs("partnerApiPostsExternal.CREATE", scope)
        if not self._world().may_post_as(call.token.member, author):
            raise author_refused("author")
        return author

    def _original(self, fingerprint: str) -> Post | None:
        since = self._clock.now() - DUPLICATE_WINDOW
        # One that was deleted meanwhile is named all the same.
        for post in self._world().posts.values():
            if post.fingerprint == fingerprint and post.created_at > since:
                return post
        return None

    def _keep(self, author: str, body: Mapping[str, Any], text: str, fingerprint: str) -> Post:
        world = self._world()
        media = str(body.get("content", {}).get("media", {}).get("id", ""))
        kind = "ugcPost" if media.startswith(("urn:li:video:", "urn:li:document:")) else "share"
        urn = f"urn:li:{kind}:{world.new_number()}"
        post = Post(urn, author, body, text, self._clock.now(), fingerprint)
        world.posts[urn] = post
        return post

    async def _find(self, call: Call) -> Response:
        if call.request.headers.get("x-restli-method", "").upper() != "FINDER":
            raise RestliError(400, {"status": 400, "message": "X-RestLi-Method must be FINDER"})
        query = call.request.query_params
        author = query.get("author", "")
        if query.get("q") != "author" or not _AUTHOR.fullmatch(author):
            raise RestliError(400, {"status": 400, "message": "Unknown finder"})
        _needs_reading(call, author, "FINDER-author")
        count = int(query.get("count", "10"))
        found = [each for each in self._world().posts.values() if each.author == author]
        if self._faults.take(call.request.url.path, "hide_history"):
            found = []
        elements = [_described(each) for each in reversed(found) if not each.deleted][:count]
        paging = {"start": 0, "count": count, "links": []}
        return JSONResponse({"paging": paging, "elements": elements})

    async def _read(self, call: Call) -> Response:
        urn = call.urn()
        post = self._world().posts.get(urn)
        _needs_reading(call, post.author if post else "urn:li:person:", "GET")
        hidden = self._faults.take(call.request.url.path, "hide_history")
        if post is None or post.deleted or hidden:
            raise coded(404, "NOT_FOUND", f"Could not find entity {urn}")
        return JSONResponse(_described(post))

    async def _delete(self, call: Call) -> Response:
        if call.request.headers.get("x-restli-method", "").upper() != "DELETE":
            raise RestliError(400, {"status": 400, "message": "X-RestLi-Method must be DELETE"})
        urn = call.urn()
        post = self._world().posts.get(urn)
        if post is None:
            raise coded(404, "NOT_FOUND", f"Could not find entity {urn}")
        person = post.author.startswith("urn:li:person:")
        scope = "w_member_social" if person else "w_organization_social"
        call.needs("partnerApiPostsExternal.DELETE", scope)
        if not self._world().may_post_as(call.token.member, post.author):
            raise author_refused("author")
        post.deleted = True
        return Response(status_code=204)


def _check_fields(body: Mapping[str, Any]) -> None:
    if body["visibility"] not in _VISIBILITIES:
        raise wrong_value("visibility", body["visibility"])
    # What is created is published at once: there are no drafts and no times.
    if body["lifecycleState"] != "PUBLISHED":
        raise wrong_value("lifecycleState", body["lifecycleState"])
    if not isinstance(body.get("isReshareDisabledByAuthor", False), bool):
        raise wrong_value("isReshareDisabledByAuthor", body["isReshareDisabledByAuthor"])
    distribution = body["distribution"]
    if not isinstance(distribution, dict):
        raise wrong_value("distribution", distribution)
    only_fields(distribution, _DISTRIBUTION, "/distribution")
    if distribution.get("feedDistribution") not in ("MAIN_FEED", "NONE"):
        raise wrong_value("distribution/feedDistribution", distribution.get("feedDistribution"))
    for name in ("targetEntities", "thirdPartyDistributionChannels"):
        if not isinstance(distribution.get(name, []), list):
            raise wrong_value(f"distribution/{name}", distribution[name])


def _shown(commentary: object) -> str:
    if not isinstance(commentary, str):
        raise wrong_value("commentary", commentary)
    length = len(commentary.encode("utf-16-le")) // 2
    if length > TEXT_MAX_UNITS:
        raise bad_input(
            "FIELD_ARRAY_SIZE_TOO_HIGH",
            f"ShareCommentary text length ({length} characters) exceeded the maximum allowed "
            f"({TEXT_MAX_UNITS} characters)",
            "commentary",
        )
    try:
        return shown(commentary)
    except MalformedTextError as error:
        raise bad_input("INVALID_VALUE_FOR_FIELD", str(error), "commentary") from None


def _fingerprint(body: Mapping[str, Any]) -> str:
    same = {name: body.get(name) for name in ("author", "commentary", "content")}
    return hashlib.sha256(json.dumps(same, sort_keys=True).encode()).hexdigest()


def _duplicate(original: Post) -> RestliError:
    return bad_input(
        "DUPLICATE_POST", f"Content is a duplicate of {original.urn}", "", original.urn, 422
    )


def _needs_reading(call: Call, author: str, method: str) -> None:
    person = author.startswith("urn:li:person:")
    scope = "r_member_social" if person else "r_organization_social"
    call.needs(f"partnerApiPostsExternal.{method}", scope)


def _described(post: Post) -> dict[str, Any]:
    at = int(post.created_at.timestamp() * 1000)
    return {
        **post.body,
        "commentary": as_read(post.body["commentary"]),
        "id": post.urn,
        "createdAt": at,
        "publishedAt": at,
        "lastModifiedAt": at,
        "lifecycleStateInfo": {"isEditedByAuthor": False},
    }
