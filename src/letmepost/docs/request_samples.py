"""One request of an operation in four languages, each with what the language itself brings."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import quote

from letmepost.docs.markdown import fill
from letmepost.docs.operations import JSON_TYPE, MULTIPART_TYPE, Operation, Parameter

IDEMPOTENCY_KEY = "Idempotency-Key"
_LINE_MAX = 72
_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\b(?:true|false|null)\b')
_PYTHON_NAMES = {"true": "True", "false": "False", "null": "None"}
_LANGUAGES = {
    "curl": "bash",
    "python": "python",
    "typescript": "typescript",
    "go": "go",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """A program that sends one request; `language` is that of the code block."""

    language: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request.

    `json` is its body, or `part` names the part of a form that holds a file, or `file` says that
    the body is one.
    """

    method: str
    path: str
    public: bool = False
    idempotency_key: str | None = None
    json: Any = None
    part: str | None = None
    file: bool = False
    binary_answer: bool = False


def samples(operation: Operation, schemas: Mapping[str, Any]) -> list[Sample]:
    """The first example of an operation as programs that run as they are."""
    body = operation.body
    kind = None if body is None else body.type
    answer = operation.answered.content
    named = {each.name for each in operation.parameters}
    request = Request(
        method=operation.method,
        path=example_path(operation, schemas),
        public=operation.public,
        idempotency_key="ferry-2027-05-01" if IDEMPOTENCY_KEY in named else None,
        json=body.example if body and kind == JSON_TYPE else None,
        part=next(iter(body.schema["properties"])) if body and kind == MULTIPART_TYPE else None,
        file=kind not in (None, JSON_TYPE, MULTIPART_TYPE),
        binary_answer=answer is not None and answer.type != JSON_TYPE,
    )
    return programs(request)


def programs(request: Request) -> list[Sample]:
    """A request as a program in each language."""
    key = request.idempotency_key
    context = {
        **{each.name: getattr(request, each.name) for each in fields(request)},
        "headers": {} if key is None else {IDEMPOTENCY_KEY: key},
        "options": request.method != "GET" or not request.public,
        "json_text": _json_text,
        "shell_quoted": lambda text: text.replace("'", "'\\''"),
        "python_literal": _python_literal,
    }
    return [
        Sample(language, fill(f"samples/{name}.txt", **context).strip())
        for name, language in _LANGUAGES.items()
    ]


def example_path(operation: Operation, schemas: Mapping[str, Any]) -> str:
    """The path with an example in the place of each name, and the query that cannot be left out."""
    path, query = operation.path, []
    for each in operation.parameters:
        value = quote(str(parameter_example(each, schemas)), safe="")
        if each.place == "path":
            path = path.replace(f"{{{each.name}}}", value)
        elif each.place == "query" and each.required:
            query.append(f"{each.name}={value}")
    return f"{path}?{'&'.join(query)}" if query else path


def parameter_example(parameter: Parameter, schemas: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """A value that the parameter takes; empty where none is declared."""
    schema = parameter.schema
    while "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    shown = [*schema.get("examples", ()), *schema.get("enum", ())]
    return shown[0] if shown else schema.get("default", "")


def _json_text(value: Any, step: int = 2, depth: int = 0) -> str:  # noqa: ANN401 - any JSON
    """JSON with everything on one line that fits there."""
    line = json.dumps(value, ensure_ascii=False)
    if len(line) + step * depth <= _LINE_MAX or not value or not isinstance(value, dict | list):
        return line
    inside = [_json_text(each, step, depth + 1) for each in _members(value)]
    if isinstance(value, dict):
        names = (json.dumps(name, ensure_ascii=False) for name in value)
        inside = [f"{name}: {each}" for name, each in zip(names, inside, strict=True)]
    first, last = ("{", "}") if isinstance(value, dict) else ("[", "]")
    break_ = "\n" + " " * step * (depth + 1)
    return first + break_ + f",{break_}".join(inside) + "\n" + " " * step * depth + last


def _members(value: dict[str, Any] | list[Any]) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value


def _python_literal(text: str) -> str:
    return _JSON_TOKEN.sub(lambda found: _PYTHON_NAMES.get(found.group(), found.group()), text)
