"""Every example in the OpenAPI document is one that its own schema accepts, and says something."""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from letmepost.api.app import OPERATIONS
from letmepost.api.error_answers import ERROR_ANSWERS
from letmepost.api.errors import status_of
from letmepost.api.example_values import PUBLIC_URL
from letmepost.api.field_words import FIELDS
from letmepost.api.openapi import describe

# Nobody who reads it learns from it.
_SAYS_NOTHING = re.compile(r"\b(string|foo|bar|lorem)\b")


@pytest.fixture(scope="module")
def document() -> Any:
    return describe(OPERATIONS, PUBLIC_URL)


def _examples(document: Any, value: Any, place: str) -> Iterator[tuple[str, Any, Any]]:
    """Each example with the place it stands at, and with its schema."""
    if isinstance(value, list):
        for number, each in enumerate(value):
            yield from _examples(document, each, f"{place}/{number}")
    if not isinstance(value, dict):
        return
    if isinstance(value.get("examples"), list):
        yield from ((place, each, value) for each in value["examples"])
    if isinstance(value.get("examples"), dict) and "schema" in value:
        for name, each in value["examples"].items():
            yield f"{place}/{name}", each["value"], value["schema"]
    if "example" in value and "schema" in value:
        yield place, value["example"], value["schema"]
    for name, each in value.items():
        if name not in ("example", "examples", "default"):
            yield from _examples(document, each, f"{place}/{name}")


def _errors(document: Any, schema: Any, example: Any) -> list[str]:
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "components": document["components"],
        **schema,
    }
    validator = jsonschema_rs.validator_for(whole, validate_formats=True)
    return [str(error) for error in validator.iter_errors(example)]


def test_every_example_fits_its_schema(document: Any) -> None:
    found = list(_examples(document, document, ""))
    assert len(found) > 300
    wrong = {
        place: errors
        for place, example, schema in found
        if (errors := _errors(document, schema, example))
    }
    assert wrong == {}


def test_an_example_that_does_not_fit_is_found(document: Any) -> None:
    envelope = {"$ref": "#/components/schemas/ErrorEnvelope"}
    assert _errors(document, envelope, {"error": {"code": "unheard_of"}})
    assert _errors(document, {"type": "string", "format": "date-time"}, "tomorrow")


def test_every_body_in_json_is_shown_by_an_example(document: Any) -> None:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
            for body in bodies:
                content = body.get("content", {}).get("application/json")
                if content is not None:
                    assert content.get("example") or content.get("examples"), (method, path)


def test_no_example_is_filled_with_nothing(document: Any) -> None:
    for place, example, schema in _examples(document, document, ""):
        if schema.get("type") != "object":
            assert _SAYS_NOTHING.search(str(example)) is None, place


def test_the_example_of_an_error_is_one_with_that_status() -> None:
    for status, answer in ERROR_ANSWERS.items():
        for error in answer.examples.values():
            # The one operation that is read in ranges, and the one that may have been done.
            assert status in (416, 422) or status_of(error) == status, answer.name


def test_every_field_says_what_it_means(document: Any) -> None:
    for name, schema in document["components"]["schemas"].items():
        for field, declared in schema.get("properties", {}).items():
            told = {"description", "$ref", "const"} & set(declared)
            assert told, f"{name}.{field}: give it a description, or words in api/field_words.py"


def test_no_words_are_kept_for_fields_that_are_not_there(document: Any) -> None:
    schemas = document["components"]["schemas"]
    fields = {field for each in schemas.values() for field in each.get("properties", {})}
    for name in FIELDS:
        model, _, field = name.rpartition(".")
        assert field in (schemas[model]["properties"] if model else fields), name
