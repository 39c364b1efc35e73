"""What the form of an operation asks for, so that a reader can send a request from its page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from letmepost.docs.examples import json_text
from letmepost.docs.operations import JSON_TYPE, MULTIPART_TYPE, Content, Operation
from letmepost.docs.request_samples import parameter_example
from letmepost.docs.site import Site


@dataclass(frozen=True, slots=True)
class TrialField:
    """One input of the form; `choices` are values to choose from, where there are few."""

    name: str
    place: str
    required: bool
    hint: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """The form. `part` names the part of a file that is sent in a form of its own."""

    method: str
    path: str
    needs_key: bool
    fields: tuple[TrialField, ...]
    bodies: Mapping[str, str]
    takes_file: bool
    part: str | None


def trial(operation: Operation, site: Site) -> Trial:
    """The form of an operation."""
    schemas = site.schemas
    body = operation.body
    kind = None if body is None else body.type
    return Trial(
        method=operation.method,
        path=operation.path,
        needs_key=not operation.public,
        fields=tuple(
            TrialField(
                each.name,
                each.place,
                each.required,
                str(parameter_example(each, schemas)),
                _choices(each.schema, schemas),
            )
            for each in operation.parameters
        ),
        bodies=_bodies(body) if body and kind == JSON_TYPE else {},
        takes_file=kind not in (None, JSON_TYPE),
        part=next(iter(body.schema["properties"])) if body and kind == MULTIPART_TYPE else None,
    )


def _bodies(body: Content) -> dict[str, str]:
    return {name.replace("_", " "): json_text(each) for name, each in body.examples.items()}


def _choices(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> tuple[str, ...]:
    """Every value, where there is one to choose; of a list, several may be given, so none."""
    while "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    if schema.get("type") == "boolean":
        return ("true", "false")
    return tuple(schema.get("enum", ()))
