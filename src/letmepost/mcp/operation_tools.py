"""A tool for each operation of the API, from the OpenAPI document alone."""

import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.kit.ids import new_id
from letmepost.mcp.schema import Components
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
# What these are about is on this server alone.
_LOCAL_TAGS: Final = frozenset({"API keys", "Profiles", "Rules", "Events", "Platform versions"})


def operation_tools(document: Mapping[str, Any]) -> Iterator[Tool]:
    """The tools of a document's operations. What takes a binary body has none."""
    components = Components(document["components"]["schemas"])
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content")
            if content is None or JSON_TYPE in content:
                yield _tool(method.upper(), path, operation, components)


def tool_name(method: str, path: str) -> str:
    """`patch_v1_accounts_by_id_pinterest_default_board`."""
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
    if not isinstance(value, str) or not value:
        raise _refused(f"{name} is required, as a text.")
    return quote(value, safe="")


def _listed(value: Any) -> list[Any]:  # noqa: ANN401 - whatever an agent gives
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _plain(value: Any) -> str:  # noqa: ANN401 - whatever an agent gives
    return str(value).lower() if isinstance(value, bool) else str(value)


def _tool(method: str, path: str, operation: Mapping[str, Any], components: Components) -> Tool:
    parameters = operation.get("parameters", [])
    placed = {
        place: {each["name"]: each for each in parameters if each["in"] == place}
        for place in ("path", "query")
    }
    properties = {
        name: {"description": each.get("description", "Its id, or its name."), **each["schema"]}
        for found in placed.values()
        for name, each in found.items()
    }
    required = list(placed["path"])
    body = operation.get("requestBody")
    open_ended = False
    if body is not None:
        # Of a body with several shapes, an argument is needed that each of them needs.
        shapes = components.alternatives(body["content"][JSON_TYPE]["schema"])
        fields = {name: each for shape in shapes for name, each in shape["properties"].items()}
        if both := properties.keys() & fields.keys():
            raise ValueError(f"{method} {path}: {both} stands in its address and in its body")
        properties |= fields
        needed = [set(each.get("required", ())) for each in shapes]
        required += sorted(set.intersection(*needed))
        open_ended = any(each.get("additionalProperties") is True for each in shapes)
    if method != "GET":
        properties[IDEMPOTENCY_KEY] = _IDEMPOTENCY_SCHEMA
    scopes = [each for security in operation["security"] for each in security["apiKey"]]
    read_only = method == "GET" or any(each.endswith(":read") for each in scopes)
    summary = operation["summary"]
    return Tool(
        name=tool_name(method, path),
        title=summary,
        description=_described(summary, operation.get("description", ""), f"{method} {path}"),
        input_schema=components.alone(
            {
                "type": "object",
                "properties": properties,
                "required": required,
                "additionalProperties": open_ended,
            }
        ),
        output_schema=components.answer(
            *(
                answer["content"][JSON_TYPE]["schema"]
                for status, answer in operation["responses"].items()
                if status.startswith("2")
            )
        ),
        read_only=read_only,
        destructive=method in ("DELETE", "PATCH", "PUT"),
        idempotent=read_only or method in ("DELETE", "PATCH", "PUT"),
        open_world=operation["tags"][0] not in _LOCAL_TAGS,
        run=_Call(
            method,
            path,
            tuple(placed["path"]),
            tuple(placed["query"]),
            None if body is None else bool(body.get("required")),
        ).run,
    )


def _described(summary: str, description: str, operation: str) -> str:
    more = [] if description == summary else [inspect.cleandoc(description)]
    return "\n\n".join((f"{summary}.", *more, f"The operation {operation}."))
