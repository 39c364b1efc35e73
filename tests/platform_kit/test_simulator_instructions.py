"""What a test tells a simulator is read, or refused with a sentence that says what is meant."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from letmepost.platform_kit.simulator_instructions import (
    InvalidInstructionError,
    check_fields,
    objects,
    texts,
    true_or_false,
    whole_number,
)
from letmepost.platforms import simulators


@pytest.mark.parametrize("simulator", simulators(), ids=lambda each: each.platform)
def test_every_simulator_names_the_fields_of_its_world(simulator: Any) -> None:
    with pytest.raises(InvalidInstructionError, match=r"^A world has the fields .*\['moon'\]"):
        simulator.extend_world({"moon": "full"})


@pytest.mark.parametrize(
    ("read", "given", "words"),
    [
        (lambda given: check_fields(given, ("a", "b"), "A board"), {"c": 1}, "A board has the"),
        (lambda given: whole_number(given, "n", 1), {"n": True}, "n must be a whole number"),
        (lambda given: whole_number(given, "n", 1), {"n": "1"}, "n must be a whole number"),
        (lambda given: whole_number(given, "n", 1), {"n": -1}, "n must be 0 or more, not -1"),
        (lambda given: whole_number(given, "n"), {}, "n must be a whole number, not None"),
        (lambda given: true_or_false(given, "f", default=True), {"f": 1}, "f must be true or"),
        (lambda given: texts(given, "t"), {"t": "x"}, "t must be a list of strings"),
        (lambda given: texts(given, "t"), {"t": [1]}, "t must be a list of strings"),
        (lambda given: objects(given, "o"), {"o": {}}, "o must be a list of objects"),
        (lambda given: objects(given, "o"), {"o": [1]}, "o must be a list of objects"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    read: Callable[[Mapping[str, object]], object], given: Mapping[str, object], words: str
) -> None:
    with pytest.raises(InvalidInstructionError, match=words):
        read(given)


def test_what_is_left_out_is_as_it_was() -> None:
    assert whole_number({}, "n", 7) == 7
    assert true_or_false({}, "f", default=True)
    assert (texts({}, "t"), objects({}, "o")) == ([], [])
    assert whole_number({"n": 0}, "n", 7) == 0
