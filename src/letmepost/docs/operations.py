"""The operations of the API, read from its OpenAPI document."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

JSON_TYPE = "application/json"
MULTIPART_TYPE = "multipart/form-data"
# A path may hold things beside its methods.
_METHODS = frozenset({"get", "post", "put", "patch", "delete"})
_CAPITAL = re.compile(r"(?=[A-Z])")
# The document says it in prose for readers of other tools; here the scope has a place of its own.
_SCOPE_SENTENCE = re.compile(r"\n*Needs the scope `[^`]+`\.")

# Where an operation could be read before it had a name; links to these addresses stay good.
_FORMER_SLUGS = {
    "completeConnect": "complete-a-connect-flow",
    "createPost": "publish-or-schedule-a-post",
    "createProfile": "create-a-profile",
    "createWebhookEndpoint": "register-a-webhook-url",
    "deleteWebhookEndpoint": "delete-a-webhook-endpoint",
    "disconnectAccount": "disconnect",
    "getAccount": "fetch-a-connected-account",
    "getPost": "fetch-a-single-post-with-attempts",
    "listAccounts": "list-connected-accounts",
    "listKeys": "list-api-keys",
    "listMedia": "list-media-uploads",
    "listPlatformVersions": "public-version-tracker",
    "mintKey": "mint-an-api-key",
    "revokeKey": "revoke-an-api-key",
    "startConnect": "start-a-connect-flow",
    "uploadMedia": "upload-media-multipart",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One value of the path, the query or the headers; `place` is `path`, `query` or `header`."""

    name: str
    place: str
    required: bool
    description: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A body: its media type, its schema, and examples by name where it is JSON."""

    type: str
    schema: Mapping[str, Any]
    examples: Mapping[str, Any]

    @property
    def example(self) -> Any:  # noqa: ANN401 - whatever JSON holds
        """The first example; None for a body that is a file."""
        return next(iter(self.examples.values()), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What comes with one status. `headers` are descriptions by name."""

    status: str
    description: str
    headers: Mapping[str, str]
    content: Content | None

    @property
    def good(self) -> bool:
        """Whether the request did what it asked for."""
        return self.status < "400"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path. `scope` is None where no key is needed or any key will do."""

    name: str
    method: str
    path: str
    tag: str
    summary: str
    description: str
    scope: str | None
    public: bool
    parameters: tuple[Parameter, ...]
    body: Content | None
    body_required: bool
    answers: tuple[Answer, ...]

    @property
    def page(self) -> str:
        """Where its page is below `/docs/`."""
        return f"{tag_folder(self.tag)}/{_CAPITAL.sub('-', self.name).lower()}"

    @property
    def former_pages(self) -> tuple[str, ...]:
        """Other addresses of the same page."""
        slug = _FORMER_SLUGS.get(self.name)
        return () if slug is None else (f"{tag_folder(self.tag)}/{slug}",)

    @property
    def answered(self) -> Answer:
        """The answer to a request that does what it should."""
        return self.answers[0]


def tag_folder(tag: str) -> str:
    """The folder of the pages of one tag, below `/docs/`."""
    return f"api-reference/{tag.lower().replace(' ', '-')}"


def operations(document: Mapping[str, Any]) -> tuple[Operation, ...]:
    """Every operation of a document, in its order."""
    return tuple(_operations(document))


def tags(document: Mapping[str, Any]) -> dict[str, str]:
    """The description of each tag by name."""
    return {each["name"]: each["description"] for each in document.get("tags", ())}


def _operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    for path, methods in document.get("paths", {}).items():
        for method, declared in methods.items():
            if method in _METHODS:
                yield _operation(document, path, method, declared)


def _operation(
    document: Mapping[str, Any], path: str, method: str, declared: Mapping[str, Any]
) -> Operation:
    security = declared.get("security", document.get("security", ()))
    scopes = [scope for each in security for granted in each.values() for scope in granted]
    body = declared.get("requestBody")
    return Operation(
        name=declared["operationId"],
        method=method.upper(),
        path=path,
        tag=declared["tags"][0],
        summary=declared["summary"],
        description=_SCOPE_SENTENCE.sub("", declared["description"]).strip(),
        scope=scopes[0] if scopes else None,
        public=not any(security),
        parameters=tuple(
            _parameter(_resolved(document, each)) for each in declared.get("parameters", ())
        ),
        body=None if body is None else _content(body["content"]),
        body_required=body is not None and bool(body.get("required")),
        answers=tuple(
            _answer(document, status, _resolved(document, each))
            for status, each in declared["responses"].items()
        ),
    )


def _parameter(declared: Mapping[str, Any]) -> Parameter:
    return Parameter(
        name=declared["name"],
        place=declared["in"],
        required=bool(declared.get("required")),
        description=declared.get("description", ""),
        schema=declared["schema"],
    )


def _answer(document: Mapping[str, Any], status: str, declared: Mapping[str, Any]) -> Answer:
    return Answer(
        status=status,
        description=declared["description"],
        headers={
            name: _resolved(document, each)["description"]
            for name, each in declared.get("headers", {}).items()
        },
        content=_content(declared.get("content", {})),
    )


def _content(declared: Mapping[str, Any]) -> Content | None:
    if not declared:
        return None
    media_type, content = next(iter(declared.items()))
    shown = {name: each["value"] for name, each in content.get("examples", {}).items()}
    if "example" in content:
        shown["example"] = content["example"]
    return Content(type=media_type, schema=content["schema"], examples=shown)


def _resolved(document: Mapping[str, Any], declared: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in declared:
        return declared
    found: Any = document
    for step in declared["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    resolved: Mapping[str, Any] = found
    return resolved
