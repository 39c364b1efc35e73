"""The schemas of the OpenAPI document: one for each model, with words for each of its fields."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from letmepost.api.field_words import FIELDS, Words
from letmepost.platforms import platforms

SCHEMA: Final = "#/components/schemas/{model}"
_PLATFORM_NAME: Final = {
    "type": "string",
    "description": "A platform that this server knows.",
    "enum": [*platforms()],
}


class _Schemas(GenerateJsonSchema):
    """Schemas without the titles that only spell a field's name again."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ANN401 - pydantic's own
        """Never."""
        del schema
        return False


def schemas_of(
    bodies: Iterable[type[BaseModel]], answers: Iterable[type[BaseModel]]
) -> dict[str, Any]:
    """The schemas of models, and of what is in them, by name."""
    answered = _definitions(answers, "serialization")
    for schema in answered.values():
        # Fields may be added to answers, so a client must not refuse those that it does not know.
        if schema.get("additionalProperties") is False:
            del schema["additionalProperties"]
    # What is in both is sent as it was received.
    found = {"PlatformName": _PLATFORM_NAME, **answered, **_definitions(bodies, "validation")}
    for name, schema in found.items():
        for field, declared in schema.get("properties", {}).items():
            _say(declared, FIELDS.get(f"{name}.{field}") or FIELDS.get(field))
    return {
        name: found[name] if "enum" in found[name] else with_named_enumerations(found[name], found)
        for name in sorted(found)
    }


def _say(declared: dict[str, Any], words: Words | None) -> None:
    """Describe a field that its model leaves to the words that all models have in common."""
    if words is None:
        return
    declared.setdefault("description", words.description)
    if words.examples and "const" not in declared:
        declared.setdefault("examples", list(words.examples))


def _definitions(models: Iterable[type[BaseModel]], mode: JsonSchemaMode) -> dict[str, Any]:
    _, schemas = models_json_schema(
        [(model, mode) for model in dict.fromkeys(models)],
        ref_template=SCHEMA,
        schema_generator=_Schemas,
    )
    found: dict[str, Any] = schemas["$defs"]
    return found


def with_named_enumerations(value: Any, schemas: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """The same, with a reference in place of each enumeration that is among the schemas."""
    names = {tuple(each["enum"]): name for name, each in schemas.items() if "enum" in each}
    return _renamed(value, names)


def _renamed(value: Any, names: Mapping[tuple[str, ...], str]) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, list):
        return [_renamed(each, names) for each in value]
    if not isinstance(value, dict):
        return value
    name = names.get(tuple(value["enum"])) if isinstance(value.get("enum"), list) else None
    if name is not None:
        kept = ("description", "default", "examples")
        rest = {key: each for key, each in value.items() if key in kept}
        return {"$ref": SCHEMA.format(model=name), **rest}
    return {
        key: _renamed(each, names)
        for key, each in value.items()
        # What is left out is as good as null, and says nothing more.
        if (key, each) != ("default", None)
    }
