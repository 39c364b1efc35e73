"""Which Go type each schema of the document becomes."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sdks.declarations import schemas

Schema = Mapping[str, Any]
_INITIALISMS = {"Id": "ID", "Url": "URL", "Uri": "URI", "Cid": "CID", "Api": "API", "Urn": "URN"}
_SCALARS = {"string": "string", "integer": "int64", "number": "float64", "boolean": "bool"}
_ZERO = ("", 0, False, None)
_NULL = {"type": "null"}
# The type, written by hand, of a time in whose place a word may stand.
_TIME_OR_WORD = "When"


def exported(name: str) -> str:
    """The name that a field or constant of the API has in Go: `accountId` is `AccountID`."""
    words = re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)
    return "".join(map(_spelled, words))


def _spelled(word: str) -> str:
    """One word in a name of Go: `url` is `URL`, and `ids` is `IDs`."""
    titled = word.title()
    if titled in _INITIALISMS:
        return _INITIALISMS[titled]
    if titled[:-1] in _INITIALISMS and titled.endswith("s"):
        return f"{_INITIALISMS[titled[:-1]]}s"
    return titled


@dataclass(frozen=True)
class Field:
    """One field of a struct."""

    name: str
    type: str
    tag: str
    description: str | None


@dataclass(frozen=True)
class Fields:
    """The fields of a struct, and what a request holds that can have one value only."""

    written: list[Field]
    constants: Mapping[str, str]


@dataclass(frozen=True)
class Union:
    """A type that is one of several: `members` gives the type for each value of the tag."""

    tag: str
    members: Mapping[str, str]


@dataclass
class Types:
    """The types of one document. What has no name there is collected as it is met."""

    described: Mapping[str, Any]
    enums: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unions: dict[str, Union] = field(default_factory=dict)
    merged: dict[str, Schema] = field(default_factory=dict)
    # Answers that are one of several documents, each as one struct with one field of a union.
    joined: dict[str, Schema] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Find out what is sent, what changes something, and what kind of type each name is."""
        self.sent = set(self._reached(self._bodies("post", "patch", "put")))
        self._changing = set(self._bodies("patch"))
        self._enum_names = self._named_enums()
        for name, schema in schemas(self.described).items():
            if "enum" in schema:
                self.enums[name] = tuple(schema["enum"])
            elif "oneOf" in schema and name in self.sent:
                self.unions[name] = _union(schema)
            elif "oneOf" in schema:
                self.joined[name] = self._joined(name, schema)
        self.absorbed = {each for name in self.joined for each in self._members(name)}

    def query_type(self, schema: Schema) -> str:
        """The type of a parameter of a query, whose zero is not asked for."""
        if schema.get("type") == "array":
            return f"[]{self.query_type(schema['items'])}"
        if "$ref" in schema:
            return _target(schema)
        return {"integer": "int"}.get(schema["type"], _scalar(schema))

    def fields(self, name: str, schema: Schema) -> Fields:
        """The fields of a schema."""
        written, constants = [], {}
        required = set(schema.get("required", ()))
        for key, each in schema.get("properties", {}).items():
            if name in self.sent and "const" in each:
                constants[key] = each["const"]
                continue
            kind, omitted = self._field_type(name, key, each, required=key in required)
            tag = f"{key},omitempty" if omitted else key
            written.append(Field(exported(key), kind, tag, each.get("description")))
        return Fields(written, constants)

    def _field_type(
        self, name: str, key: str, schema: Schema, *, required: bool
    ) -> tuple[str, bool]:
        """The type, and whether a zero value is left out."""
        plain, nullable = _without_null(schema)
        kind = self._type(name, key, plain)
        if name in self._changing and not required:
            # Left out, null and a value are three things here: zero and no entry are values too.
            return f"Optional[{kind}]", True
        itself = kind.startswith(("[]", "map[")) or kind == "any" or kind in self.unions
        if name not in self.sent:
            # An answer is read: what may be absent or null is a pointer.
            return (kind if itself or (required and not nullable) else f"*{kind}"), False
        if required and not nullable:
            return kind, False
        absent = kind == _TIME_OR_WORD or (not nullable and schema.get("default") in _ZERO)
        return (kind if itself or absent or kind in self.enums else f"*{kind}"), True

    def _type(self, name: str, key: str, schema: Schema) -> str:
        if "$ref" in schema:
            return _target(schema)
        if schema.get("type") == "array":
            return f"[]{self._type(name, key, schema['items'])}"
        if schema.get("type") == "object":
            values = schema.get("additionalProperties")
            inner = self._type(name, key, values) if isinstance(values, dict) else "any"
            return f"map[string]{inner}"
        return self._unnamed(name, key, schema) or _scalar(schema)

    def _unnamed(self, name: str, key: str, schema: Schema) -> str | None:
        """The type of what has no name in the document, and gets one here."""
        if "enum" in schema:
            enum = self._enum_names[key, tuple(schema["enum"])]
            self.enums[enum] = tuple(schema["enum"])
            return enum
        members = schema.get("anyOf") or schema.get("oneOf")
        if members and any(each.get("format") == "date-time" for each in members):
            return _TIME_OR_WORD
        return self._merged(name, key, members) if members else None

    def _joined(self, name: str, schema: Schema) -> Schema:
        """An answer whose documents share all fields but two: the tag, and what the tag names."""
        union = _union(schema)
        members = {value: self._schema(each) for value, each in union.members.items()}
        first, *others = (each["properties"] for each in members.values())
        (named,) = (
            key
            for key in first
            if key != union.tag and any(each[key] != first[key] for each in others)
        )
        union_name = f"{name}{exported(named)}"
        types = {value: _target(each["properties"][named]) for value, each in members.items()}
        self.unions[union_name] = Union(union.tag, types)
        meaning = {"description": f"What `{union.tag}` says that it is."}
        properties = {
            **first,
            union.tag: self._tag_type(set(members)),
            named: {**_reference(union_name), **meaning},
        }
        return {**schema, "properties": properties, "required": list(properties)}

    def _tag_type(self, values: set[str]) -> Schema:
        """The enumeration that has these values, where the document has one."""
        for name, schema in schemas(self.described).items():
            if set(schema.get("enum", ())) == values:
                return _reference(name)
        return {"type": "string"}

    def _members(self, name: str) -> list[str]:
        return [_target(each) for each in self._schema(name)["oneOf"]]

    def _schema(self, name: str) -> Schema:
        found: Schema = schemas(self.described)[name]
        return found

    def _merged(self, name: str, key: str, members: list[Schema]) -> str:
        """An answer that is one of several documents: a struct with the fields of all of them."""
        found = [self._schema(_target(each)) for each in members]
        merged = f"{name}{exported(key)}"
        self.merged[merged] = {
            "description": f"One of: {', '.join(_target(each) for each in members)}.",
            "properties": {k: v for each in found for k, v in each["properties"].items()},
            "required": [k for k in found[0]["required"] if all(k in f["required"] for f in found)],
        }
        return merged

    def _bodies(self, *methods: str) -> Iterator[str]:
        """The schemas that are sent as the whole body of a request."""
        for operations in self.described["paths"].values():
            for method, operation in operations.items():
                content = operation.get("requestBody", {}).get("content", {})
                schema = content.get("application/json", {}).get("schema")
                if method in methods and schema is not None:
                    yield from (_target(each) for each in schema.get("oneOf", [schema]))

    def _reached(self, names: Iterator[str]) -> Iterator[str]:
        """These schemas, and those inside them."""
        for name in names:
            yield name
            inside = [self._schema(name), *self._schema(name).get("properties", {}).values()]
            yield from self._reached(
                _target(each) for schema in inside for each in _parts(schema) if "$ref" in each
            )

    def _named_enums(self) -> dict[tuple[str, tuple[str, ...]], str]:
        """One name for each enumeration: that of its field, after the shortest of its owners."""
        owners: dict[tuple[str, tuple[str, ...]], list[str]] = {}
        for name, schema in schemas(self.described).items():
            for key, each in schema.get("properties", {}).items():
                for part in _parts(each):
                    if "enum" in part:
                        owners.setdefault((key, tuple(part["enum"])), []).append(name)
        return {
            (key, values): min(names, key=lambda name: (len(name), name)) + exported(key)
            for (key, values), names in owners.items()
        }


def _scalar(schema: Schema) -> str:
    if schema.get("format") == "date-time":
        return "time.Time"
    return _SCALARS.get(str(schema.get("type")), "any")


def _target(schema: Schema) -> str:
    """The name of the schema that a reference leads to."""
    return str(schema["$ref"]).rpartition("/")[2]


def _reference(name: str) -> Schema:
    """What leads to a schema of this name."""
    return {"$ref": f"#/components/schemas/{name}"}


def _union(schema: Schema) -> Union:
    """The union of a schema whose discriminator says what each value stands for."""
    discriminator = schema["discriminator"]
    members = {value: _target({"$ref": to}) for value, to in discriminator["mapping"].items()}
    return Union(discriminator["propertyName"], members)


def _parts(schema: Schema) -> Iterator[Schema]:
    """A schema and what it is made of, references not followed."""
    yield schema
    for each in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _parts(each)
    if isinstance(schema.get("items"), dict):
        yield from _parts(schema["items"])


def _without_null(schema: Schema) -> tuple[Schema, bool]:
    """A schema without null among its alternatives, and whether it was there."""
    members = [each for each in schema.get("anyOf", ()) if each != _NULL]
    if len(members) == len(schema.get("anyOf", ())):
        return schema, False
    return (members[0] if len(members) == 1 else {**schema, "anyOf": members}), True
