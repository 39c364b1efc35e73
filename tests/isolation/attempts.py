"""What a stranger may try: a request for each operation and each place where it takes an id.

The places are read from what each operation declares. Bodies that name something are listed here,
and a test fails for a field that takes an id and stands in none of them.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args
from urllib.parse import quote, urlencode

from pydantic import BaseModel

from letmepost.api.operation import Content, Operation
from letmepost.api.parameters import path_parameters
from letmepost.platforms import platforms

_PLATFORM = "pinterest"
# What a field's name says that it takes an id of.
KINDS = {
    "accountId": "acc",
    "actorId": "key",
    "coverMediaId": "med",
    "eventId": "evt",
    "mediaId": "med",
    "mediaIds": "med",
    "postId": "post",
    "profileId": "prof",
    "targetId": "acc",
    "thumbnailMediaId": "med",
}
# Ids that a platform gives: what they name is the platform's to guard.
OF_PLATFORMS = frozenset({
    "boardId", "boardSectionId", "locationId", "productId", "quoteCid", "quotePostId",
    "quoteTweetId", "replyRootCid", "replyToCid", "replyToId", "replyToTweetId", "taggedUserIds",
})  # fmt: skip
_IMAGE = {"kind": "image", "mediaId": "{med}"}
_CLAIMED_POSTS: list[dict[str, Any]] = [
    {"targets": [{"accountId": "{acc}"}], "text": "Mine"},
    {"account": {"platform": "bluesky", "id": "{acc}"}, "text": "Mine"},
    {"targets": [{"platform": "bluesky"}], "text": "Mine", "profileId": "{prof}"},
    {"targets": [{"platform": "bluesky"}], "text": "Mine", "media": [_IMAGE]},
    {"targets": [{"platform": "bluesky", "media": [_IMAGE]}], "text": "Mine"},
    {"targets": [{"platform": "twitter", "options": {
        "platform": "twitter", "thread": [{"text": "More", "mediaIds": ["{med}"]}]}}],
     "text": "Mine"},
    {"targets": [{"platform": "linkedin", "options": {
        "platform": "linkedin", "article": {
            "url": "https://a.example", "title": "A", "thumbnailMediaId": "{med}"}}}],
     "text": "Mine"},
    {"targets": [{"platform": "pinterest", "options": {
        "platform": "pinterest", "boardId": "1", "coverMediaId": "{med}"}}],
     "text": "Mine", "media": [_IMAGE]},
]  # fmt: skip
# By the name of the operation: bodies that name something of somebody else.
CLAIMS: Mapping[str, list[dict[str, Any]]] = {
    "createPost": _CLAIMED_POSTS,
    "validatePost": _CLAIMED_POSTS,
    "fetchMedia": [{"url": "https://a.example/a.jpg", "profileId": "{prof}"}],
    "beginUpload": [{"sizeBytes": 10, "profileId": "{prof}"}],
    "startConnect": [{"profileId": "{prof}"}],
    "completeConnect": [{"code": "x", "state": "{state}"}],
    "makeConnectLink": [{"profileId": "{prof}"}],
    "mintKey": [{"name": "Mine", "profileId": "{prof}"}],
    "createWebhookEndpoint": [{"url": "https://a.example", "profileId": "{prof}"}],
}
# By the name of the operation: a good body, for those whose address names something.
BODIES: Mapping[str, dict[str, Any]] = {
    "editPost": {"text": "Mine"},
    "retryPost": {},
    "createPinterestBoard": {"name": "Mine"},
    "choosePinterestDefaultBoard": {"boardId": "1"},
    "changeProfile": {"name": "Mine"},
    "changeWebhookEndpoint": {"active": False},
    "replayWebhooks": {"after": "2020-01-01T00:00:00Z"},
    "testWebhookEndpoint": {"type": "post.published"},
}
# Whose body is the same model as another's, which makes its claims.
SAME_FIELDS = frozenset({"editPost", "completeConnect", "choosePinterestDefaultBoard"})


@dataclass(frozen=True)
class Attempt:
    """One request that names what is not the caller's."""

    operation: str
    method: str
    place: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    content: bytes | None = None

    @property
    def path(self) -> str:
        """The address with its query."""
        asked = urlencode(self.query, quote_via=quote)
        return f"{self.place}?{asked}" if asked else self.place


def attempts(
    operation: Operation, ids: Mapping[str, str], signed: Mapping[str, str]
) -> Iterator[Attempt]:
    """Every request by which an operation can name things with these ids.

    `signed` is a good signature of the caller's own, for addresses that carry one.
    """
    query = {name.name: signed[name.name] for name in operation.query if name.name in signed}
    path = operation.path.format(**path_ids(operation, ids))
    content = b"x" if _takes_bytes(operation) else None
    if _names_something(operation.path):
        body = BODIES[operation.name] if _takes_json(operation) else None
        yield Attempt(operation.name, operation.method, path, query, body, content)
    for each in operation.query:
        if each.name.endswith("Id"):
            asked = {**query, each.name: ids[KINDS[each.name]]}
            yield Attempt(operation.name, operation.method, path, asked, None, content)
    for claim in CLAIMS.get(operation.name, ()):
        yield Attempt(operation.name, operation.method, path, {}, _filled(claim, ids))


def fields_with_ids(operation: Operation) -> set[str]:
    """The names of the fields of an operation's body that take an id of ours."""
    if operation.body is None or isinstance(operation.body.content, Content):
        return set()
    models = get_args(operation.body.content) or (operation.body.content,)
    return {
        name
        for model in models
        for name in _field_names(model)
        if name.endswith(("Id", "Ids", "Cid", "Cids")) and name not in OF_PLATFORMS
    }


def claimed_fields(operation: Operation) -> set[str]:
    """The names of the fields in which the attempts of an operation name something."""
    return {
        name for claim in CLAIMS.get(operation.name, ()) for name in _names(claim) if name in KINDS
    }


def path_ids(operation: Operation, ids: Mapping[str, str]) -> dict[str, str]:
    """What stands in the places of an operation's address."""
    places = {}
    for each in path_parameters(operation.path):
        # The example of an id tells what it is an id of.
        example = str(each.schema.get("examples", [_PLATFORM])[0])
        kind = example.partition("_")[0]
        if each.name == "platform":
            places[each.name] = _PLATFORM
        elif "_" in example:
            places[each.name] = ids[kind]
        else:
            # A rule: the same for everybody.
            places[each.name] = example
    return places


def _names_something(path: str) -> bool:
    return any(
        "_" in str(each.schema.get("examples", [""])[0]) and each.name != "platform"
        for each in path_parameters(path)
    )


def _takes_json(operation: Operation) -> bool:
    return operation.body is not None and not isinstance(operation.body.content, Content)


def _takes_bytes(operation: Operation) -> bool:
    return operation.body is not None and isinstance(operation.body.content, Content)


def _filled(body: Any, ids: Mapping[str, str]) -> Any:
    filled = json.dumps(body)
    for kind, value in ids.items():
        filled = filled.replace(f"{{{kind}}}", value)
    return json.loads(filled)


def _field_names(model: type[BaseModel]) -> set[str]:
    return set(_names(model.model_json_schema(by_alias=True), inside="properties"))


def _names(value: Any, inside: str | None = None, here: bool = False) -> Iterator[str]:  # noqa: FBT001, FBT002 - a walk
    """The names of a document's fields; with `inside`, of the fields that a schema declares."""
    if isinstance(value, dict):
        for name, each in value.items():
            if inside is None or here:
                yield name
            yield from _names(each, inside, here=name == inside and not here)
    elif isinstance(value, list):
        for each in value:
            yield from _names(each, inside)


def platforms_of_ids() -> set[str]:
    """The ids that options of platforms take and that are listed as the platform's own."""
    return {
        name
        for platform in platforms().values()
        for name in _field_names(platform.options)
        if name in OF_PLATFORMS
    }
