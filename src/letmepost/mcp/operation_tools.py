"""A tool for each operation of the API, from the OpenAPI document alone."""

import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.kit.ids import new_id
from letmepost.mcp.schema import Components, Schema, follow
from letmepost.mcp.tool import Arguments, Tool
from letmepost.tenancy.rest import JSON_TYPE, Rest, RestAnswer, RestRequest

IDEMPOTENCY_KEY: Final = "idempotencyKey"
_IDEMPOTENCY_SCHEMA: Final = {
    "type": "string",
    "minLength": 1,
    "maxLength": 255,
    "description": "Give the same key when you repeat this very call because its answer was lost: "
    "then nothing is done twice. Without one, each call is a new one.",
}
_METHODS: Final = ("get", "post", "put", "patch", "delete")
# What these are about is on this server alone.
_LOCAL_TAGS: Final = frozenset(
    {"API keys", "Audit log", "Profiles", "Rules", "Events", "Platform versions"}
)


def operation_tools(document: Mapping[str, Any]) -> Iterator[Tool]:
    """The tools of a document's operations. What takes or gives bytes has none."""
    components = Components(document["components"]["schemas"])
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method not in _METHODS:
                continue
            body = follow(document, operation.get("requestBody", {}))
            given = [
                follow(document, answer).get("content", {})
                for status, answer in operation["responses"].items()
                if status.startswith("2")
            ]
            takes_json = not body or JSON_TYPE in body["content"]
            if takes_json and all(JSON_TYPE in each for each in given):
                declared = [follow(document, each) for each in operation.get("parameters", ())]
                answers = [each[JSON_TYPE]["schema"] for each in given]
                call = _Call(
                    method.upper(),
                    path,
                    tuple(each["name"] for each in declared if each["in"] == "path"),
                    tuple(each["name"] for each in declared if each["in"] == "query"),
                    bool(body.get("required")) if body else None,
                )
                arguments = _arguments(call, declared, body, components)
                yield _tool(call, operation, arguments, components.answer(*answers))


def tool_name(method: str, path: str) -> str:
    """`get_v1_posts_by_id` for GET /v1/posts/{id}."""
    words = re.sub(r"{(\w+)}", r"by_\1", path.strip("/"))
    return f"{method.lower()}_{words}".replace("/", "_").replace("-", "_")


@dataclass(frozen=True)
class _Call:
    """How the arguments of a tool become a request."""

    method: str
    path: str
    path_names: tuple[str, ...]
    query_names: tuple[str, ...]
    # None: the operation takes no body.
    body_required: bool | None

    async def run(self, rest: Rest, arguments: Arguments) -> RestAnswer:
        """Make the request."""
        rest_of = dict(arguments)
        key = rest_of.pop(IDEMPOTENCY_KEY, None) if self.method != "GET" else None
        places = {name: _needed(rest_of, name) for name in self.path_names}
        query = [
            (name, _plain(each))
            for name in self.query_names
            for each in _listed(rest_of.pop(name, None))
        ]
        if rest_of and self.body_required is None:
            raise _refused(f"{next(iter(rest_of))} is no argument of this tool.")
        body = rest_of if rest_of or self.body_required else None
        if self.method != "GET":
            key = _plain(key) if key is not None else new_id("mcp")
        return await rest(
            RestRequest(
                method=self.method,
                path=self.path.format(**places),
                query=query,
                body=body,
                idempotency_key=key,
            )
        )


def _refused(message: str) -> LetmepostError:
    return LetmepostError(
        code=ErrorCode.VALIDATION_FAILED,
        message=message,
        remediation="Read the input schema of the tool again.",
    )


def _needed(arguments: dict[str, Any], name: str) -> str:
    value = arguments.pop(name, None)
    # The names of folders would lead to another address on their way.
    if not isinstance(value, str) or value in ("", ".", ".."):
        raise _refused(f"{name} is required, as a text.")
    return quote(value, safe="")


def _listed(value: Any) -> list[Any]:  # noqa: ANN401 - whatever an agent gives
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _plain(value: Any) -> str:  # noqa: ANN401 - whatever an agent gives
    return str(value).lower() if isinstance(value, bool) else str(value)


def _arguments(
    call: _Call,
    declared: Sequence[Mapping[str, Any]],
    body: Mapping[str, Any],
    components: Components,
) -> Schema:
    """The fields of path, query and body, side by side."""
    placed = [each for each in declared if each["in"] in ("path", "query")]
    properties = {
        each["name"]: {
            "description": each.get("description", "Its id, or its name."),
            **each["schema"],
        }
        for each in placed
    }
    required = [each["name"] for each in placed if each.get("required")]
    open_ended = False
    if body:
        # Of a body with several shapes, an argument is needed that each of them needs.
        shapes = components.alternatives(body["content"][JSON_TYPE]["schema"])
        fields = {name: each for shape in shapes for name, each in shape["properties"].items()}
        if both := properties.keys() & fields.keys():
            raise ValueError(f"{call.method} {call.path}: {both} stands in address and body")
        properties |= fields
        needed = [set(each.get("required", ())) for each in shapes]
        required += sorted(set.intersection(*needed))
        open_ended = any(each.get("additionalProperties") is True for each in shapes)
    if call.method != "GET":
        properties[IDEMPOTENCY_KEY] = _IDEMPOTENCY_SCHEMA
    return components.alone(
        {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": open_ended,
        }
    )


def _tool(call: _Call, operation: Mapping[str, Any], arguments: Schema, answer: Schema) -> Tool:
    scopes = [
        scope
        for security in operation.get("security", ())
        for scheme in security.values()
        for scope in scheme
    ]
    read_only = call.method == "GET" or any(each.endswith(":read") for each in scopes)
    replaces = call.method in ("DELETE", "PATCH", "PUT")
    summary, description = operation["summary"], operation.get("description", "")
    return Tool(
        name=tool_name(call.method, call.path),
        title=summary,
        description=_described(summary, description, f"{call.method} {call.path}"),
        input_schema=arguments,
        output_schema=answer,
        read_only=read_only,
        destructive=replaces,
        idempotent=read_only or replaces,
        open_world=operation["tags"][0] not in _LOCAL_TAGS,
        run=call.run,
    )


def _described(summary: str, description: str, operation: str) -> str:
    more = [] if description == summary else [inspect.cleandoc(description)]
    return "\n\n".join((f"{summary}.", *more, f"The operation {operation}."))
