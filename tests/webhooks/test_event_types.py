"""The registry of events: each type is described, and its example is what it declares."""

import pytest
from pydantic_core import to_json

from letmepost.docs.event_examples import EXAMPLES
from letmepost.webhooks.event_types import EVENT_TYPES, EventType

TYPES = pytest.mark.parametrize("type_", EVENT_TYPES.values(), ids=EVENT_TYPES)


@TYPES
def test_an_example_fits_its_model(type_: EventType) -> None:
    type_.data.model_validate_json(to_json(dict(EXAMPLES[type_.name])))


@TYPES
def test_a_type_says_in_one_sentence_when_it_is_written(type_: EventType) -> None:
    assert type_.description.endswith(".")
    assert ". " not in type_.description


@TYPES
def test_a_schema_names_every_field_and_no_other(type_: EventType) -> None:
    assert set(EXAMPLES[type_.name]) <= set(type_.schema["properties"])
    assert set(type_.schema["required"]) <= set(EXAMPLES[type_.name])
    assert type_.schema["additionalProperties"] is False


def test_no_two_types_share_a_page() -> None:
    assert len({each.page for each in EVENT_TYPES.values()}) == len(EVENT_TYPES)
