"""Simulated comments under posts.

Source: https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/comments-api.
"""

from collections.abc import Callable
from typing import Any, Final

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from letmepost.kit.clock import Clock
from letmepost.platforms.linkedin.simulator_rest import (
    Call,
    Gate,
    author_refused,
    bad_input,
    coded,
    missing_field,
    not_permitted,
    only_fields,
    wrong_value,
)
from letmepost.platforms.linkedin.simulator_world import Comment, World

COMMENT_MAX_CHARACTERS: Final = 1250

_PERMISSION: Final = "socialActions/comments.CREATE"
_FIELDS: Final = frozenset({"actor", "object", "message", "parentComment", "content"})


class CommentDesk:
    """The endpoint of comments."""

    def __init__(self, world: Callable[[], World], clock: Clock, gate: Gate) -> None:
        self._world = world
        self._clock = clock
        self._gate = gate

    def routes(self) -> list[Route]:
        """Create a comment."""
        path = "/rest/socialActions/{urn}/comments"
        return [Route(path, self._gate.rest(self._create), methods=["POST"])]

    async def _create(self, call: Call) -> Response:
        world = self._world()
        post = world.posts.get(call.urn())
        body = await call.body()
        only_fields(body, _FIELDS)
        for name in ("actor", "object", "message"):
            if name not in body:
                raise missing_field(name)
        person = str(body["actor"]).startswith("urn:li:person:")
        call.needs(_PERMISSION, "w_member_social" if person else "w_organization_social")
        if world.comments_refused:
            raise not_permitted(_PERMISSION, call.version)
        if post is None or post.deleted:
            raise coded(404, "NOT_FOUND", f"Could not find entity {call.urn()}")
        if body["object"] != post.urn:
            raise bad_input("INVALID_URN_ID", "object is not the entity of the path", "object")
        if not world.may_post_as(call.token.member, str(body["actor"])):
            raise author_refused("actor")
        comment = self._keep(body, post.urn)
        at = int(comment.created_at.timestamp() * 1000)
        answer: dict[str, Any] = {
            "commentUrn": comment.urn,
            "id": comment.urn.rstrip(")").rpartition(",")[2],
            "actor": comment.actor,
            "object": post.urn,
            "message": {"attributes": [], "text": comment.text},
            "created": {"actor": comment.actor, "time": at},
        }
        return JSONResponse(answer, status_code=201, headers={"x-restli-id": answer["id"]})

    def _keep(self, body: dict[str, Any], post_urn: str) -> Comment:
        message = body["message"]
        if not isinstance(message, dict):
            raise wrong_value("message", message)
        only_fields(message, frozenset({"text", "attributes"}), "/message")
        text = message.get("text")
        if not isinstance(text, str) or not text:
            raise missing_field("message/text")
        if len(text) > COMMENT_MAX_CHARACTERS:
            raise bad_input("FIELD_LENGTH_TOO_LONG", "The comment is too long", "message/text")
        world = self._world()
        urn = f"urn:li:comment:({post_urn},{world.new_number()})"
        comment = Comment(urn, body["actor"], post_urn, text, self._clock.now())
        world.comments[urn] = comment
        return comment
