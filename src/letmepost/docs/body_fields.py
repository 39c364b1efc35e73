"""Fields of a request body in words, read from the JSON schema of its model."""

from collections.abc import Iterator, Mapping
from typing import Any

from letmepost.docs.site import BodyField

_DEEPEST = 4
_PLURALS = {"object": "objects", "text": "texts", "number": "numbers"}


def body_fields(schema: Mapping[str, Any]) -> dict[str, BodyField]:
    """Every field of a JSON schema by dotted path; lists do not count as a step of the path."""
    return dict(_walk(schema, schema.get("$defs", {}), (), _DEEPEST))


def _walk(
    schema: Mapping[str, Any], definitions: Mapping[str, Any], path: tuple[str, ...], depth: int
) -> Iterator[tuple[str, BodyField]]:
    if depth == 0:
        return
    for shape in alternatives(schema, definitions):
        for name, declared in shape.get("properties", {}).items():
            here = (*path, name)
            shapes = alternatives(declared, definitions)
            words = " or ".join(dict.fromkeys(type_words(each) for each in shapes))
            description = declared.get("description") or next(
                (each["description"] for each in shapes if each.get("description")), ""
            )
            yield ".".join(here), BodyField(words or "any value", " ".join(description.split()))
            yield from _walk(declared, definitions, here, depth - 1)


def alternatives(
    schema: Mapping[str, Any], definitions: Mapping[str, Any]
) -> list[Mapping[str, Any]]:
    """The alternatives of a schema, references followed, null and list wrappers taken off."""
    if "$ref" in schema:
        return alternatives(definitions.get(schema["$ref"].rpartition("/")[2], {}), definitions)
    for union in ("anyOf", "oneOf", "allOf"):
        if union in schema:
            return [shape for each in schema[union] for shape in alternatives(each, definitions)]
    if schema.get("type") == "null":
        return []
    if schema.get("type") == "array" and isinstance(schema.get("items"), Mapping):
        inner = alternatives(schema["items"], definitions)
        return [{**each, "listed": True} for each in inner]
    return [schema]


def type_words(shape: Mapping[str, Any]) -> str:
    """The type of a value in words, of one alternative."""
    if "const" in shape:
        words = f"`{shape['const']}`"
    elif "enum" in shape:
        words = "one of " + ", ".join(f"`{each}`" for each in shape["enum"])
    else:
        kind = str(shape.get("type", "any value"))
        words = {"string": "text", "integer": "whole number", "boolean": "true or false"}.get(
            kind, kind
        )
        if shape.get("format") == "date-time":
            words = "time with a zone (ISO 8601)"
        elif shape.get("format") == "binary":
            words = "bytes of a file"
    return f"list of {_PLURALS.get(words, words)}" if shape.get("listed") else words
