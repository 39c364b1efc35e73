"""The fields of a JSON body as tables: one for each shape that the body may have."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from letmepost.docs.body_fields import alternatives, type_words

_DEEPEST = 5
# A list of every event would hide the rest of the page; each event has a page of its own.
_SHAPES_MAX = 10


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field by its dotted path, in words."""

    path: str
    type: str
    required: bool
    description: str


@dataclass(frozen=True, slots=True)
class FieldTable:
    """The fields of one shape; `at` is the path of the field that has it, empty for the body.

    A `closed` shape has no other fields than these.
    """

    title: str
    at: str
    description: str
    closed: bool
    rows: tuple[FieldRow, ...]


def field_tables(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> list[FieldTable]:
    """The tables of a body: its own fields, and after them those of shapes to choose from.

    The fields of an object that several fields have are shown with the first of them. A body of
    very many shapes has no table.
    """
    walk = _Walk(schemas)
    shapes = walk.objects(schema)
    if len(shapes) <= _SHAPES_MAX:
        walk.waiting += [("", shape) for shape in shapes]
    return list(walk.tables())


class _Walk:
    def __init__(self, schemas: Mapping[str, Any]) -> None:
        self.schemas = schemas
        self.waiting: list[tuple[str, Mapping[str, Any]]] = []
        # By the identity of their fields, since a shape is copied where it is an entry of a list.
        self._names = {
            id(each["properties"]): name for name, each in schemas.items() if "properties" in each
        }
        self._shown_at: dict[str, str] = {}

    def tables(self) -> Iterator[FieldTable]:
        """Every table, each shape once."""
        begun: set[str] = set()
        while self.waiting:
            at, shape = self.waiting.pop(0)
            name = self._name(shape)
            if name not in begun:
                begun.add(name)
                yield FieldTable(
                    name,
                    at,
                    " ".join(shape.get("description", "").split()),
                    shape.get("additionalProperties") is False,
                    tuple(self._rows(shape, ())),
                )

    def objects(self, schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """The alternatives of a schema that have fields."""
        return [each for each in alternatives(schema, self.schemas) if each.get("properties")]

    def _rows(self, shape: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[FieldRow]:
        for name, declared in shape.get("properties", {}).items():
            here = ".".join((*path, name))
            shapes, objects = alternatives(declared, self.schemas), self.objects(declared)
            kind = " or ".join(dict.fromkeys(type_words(each) for each in shapes)) or "any value"
            entered = len(objects) == 1 and len(path) < _DEEPEST
            if entered and (shown := self._shown_at.get(self._name(objects[0]))):
                kind += ", as above" if shown == here else f", with the fields of `{shown}`"
                entered = False
            yield FieldRow(
                here, kind, name in shape.get("required", ()), _meaning(declared, shapes)
            )
            if entered:
                self._shown_at[self._name(objects[0])] = here
                yield from self._rows(objects[0], (*path, name))
            elif 1 < len(objects) <= _SHAPES_MAX:
                self.waiting += [(here, each) for each in objects]

    def _name(self, shape: Mapping[str, Any]) -> str:
        return self._names.get(id(shape["properties"]), "")


def _meaning(declared: Mapping[str, Any], shapes: list[Mapping[str, Any]]) -> str:
    described = declared.get("description") or next(
        (each["description"] for each in shapes if each.get("description")), ""
    )
    bounded = [declared, *declared.get("anyOf", ())]
    bounds = dict.fromkeys(words for each in bounded for words in bound_words(each))
    return " ".join([" ".join(described.split()), *bounds]).strip()


def bound_words(schema: Mapping[str, Any]) -> Iterator[str]:
    """The limits of a value in words, and what it is where it is left out."""
    for least, most, unit in (
        ("minLength", "maxLength", " characters"),
        ("minItems", "maxItems", " entries"),
        ("minimum", "maximum", ""),
    ):
        low, high = schema.get(least), schema.get(most)
        if low is not None and high is not None:
            yield f"{low:,} to {high:,}{unit}."
        elif high is not None:
            yield f"At most {high:,}{unit}."
        elif low:
            yield f"At least {low:,}{unit}."
    if schema.get("default") not in (None, "", [], {}):
        yield f"`{str(schema['default']).lower()}` unless it is given."
