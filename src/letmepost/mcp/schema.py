"""Schemas of the OpenAPI document as schemas that stand alone."""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

Schema = Mapping[str, Any]

_COMPONENT: Final = "#/components/schemas/"
# Keywords whose values hold schemas by names that are the author's own.
_NAMED: Final = frozenset({"properties", "$defs", "patternProperties"})
# OpenAPI's own, and titles that only repeat a field's name.
_DROPPED: Final = frozenset({"discriminator", "title"})
# An answer that failed. Said shortly: every tool has it.
_ERROR: Final[Schema] = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string"},
                "rule": {"type": "string"},
                "remediation": {"type": "string"},
            },
        }
    },
}


def follow(document: Mapping[str, Any], value: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a reference of a document leads to; anything else is itself."""
    while "$ref" in value:
        place = value["$ref"].removeprefix("#/").split("/")
        value = functools.reduce(lambda found, part: found[part], place, document)
    return value


@dataclass(frozen=True)
class Components:
    """The schemas that a document names."""

    schemas: Mapping[str, Schema]

    def alone(self, schema: Schema) -> dict[str, Any]:
        """A schema with everything that it refers to in its `$defs`."""
        found: dict[str, Any] = {}
        waiting = list(_references(schema))
        while waiting:
            name = waiting.pop()
            if name not in found:
                found[name] = _rewritten(self.schemas[name])
                waiting += _references(self.schemas[name])
        definitions = {"$defs": {name: found[name] for name in sorted(found)}} if found else {}
        return {**_rewritten(schema), **definitions}

    def alternatives(self, schema: Schema) -> list[Schema]:
        """The object schemas that a schema stands for: itself, or each of its alternatives."""
        if "$ref" in schema:
            return self.alternatives(self.schemas[schema["$ref"].removeprefix(_COMPONENT)])
        if "oneOf" in schema:
            return [found for each in schema["oneOf"] for found in self.alternatives(each)]
        return [schema]

    def answer(self, *schemas: Schema) -> dict[str, Any]:
        """What a tool gives: one of some answers, or an error.

        Clients hold errors against it too, and the root has to say that it is an object.
        """
        alone = self.alone({"anyOf": [*schemas, _ERROR]})
        return {"type": "object", **alone}


def _references(schema: Any) -> Iterator[str]:  # noqa: ANN401 - whatever a schema holds
    if isinstance(schema, Mapping):
        reference = schema.get("$ref")
        if isinstance(reference, str):
            yield reference.removeprefix(_COMPONENT)
        for keyword, each in schema.items():
            if keyword != "discriminator":
                yield from _references(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from _references(each)


def _rewritten(schema: Any) -> Any:  # noqa: ANN401 - whatever a schema holds
    if isinstance(schema, list):
        return [_rewritten(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    written: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword in _NAMED and isinstance(value, Mapping):
            written[keyword] = {name: _rewritten(each) for name, each in value.items()}
        elif keyword == "$ref":
            written[keyword] = value.replace(_COMPONENT, "#/$defs/")
        elif keyword not in _DROPPED:
            written[keyword] = _rewritten(value)
    return written
