"""What a test tells a simulator in JSON: read field by field, and refused with a sentence.

This is how people speak with simulators, the same everywhere. What a simulated platform makes of
the calls of its API is each one's own.
"""

from collections.abc import Collection, Mapping
from typing import Any


class InvalidInstructionError(ValueError):
    """What a test asks of a simulator is wrong; the message is a sentence for the caller."""


def check_fields(
    given: Mapping[str, object], fields: Collection[str], what: str = "A world"
) -> None:
    """Raise `InvalidInstructionError` where there are others than these."""
    if unknown := set(given) - set(fields):
        listed = ", ".join(fields)
        raise InvalidInstructionError(f"{what} has the fields {listed}, not {sorted(unknown)}.")


def whole_number(
    given: Mapping[str, object],
    name: str,
    default: int | None = None,
    *,
    at_least: int = 0,
    at_most: int | None = None,
) -> int:
    """A number of this size; without a default it has to be there."""
    value = given.get(name, default)
    # JSON's true is an int to Python, but it is no count.
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidInstructionError(f"{name} must be a whole number, not {value!r}.")
    if value < at_least or (at_most is not None and value > at_most):
        limit = f"from {at_least} to {at_most}" if at_most is not None else f"{at_least} or more"
        raise InvalidInstructionError(f"{name} must be {limit}, not {value}.")
    return value


def true_or_false(given: Mapping[str, object], name: str, *, default: bool) -> bool:
    """A flag."""
    value = given.get(name, default)
    if not isinstance(value, bool):
        raise InvalidInstructionError(f"{name} must be true or false, not {value!r}.")
    return value


def texts(given: Mapping[str, object], name: str) -> list[str]:
    """A list of strings; empty where it is not there."""
    values = given.get(name, [])
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        raise InvalidInstructionError(f"{name} must be a list of strings.")
    return values


def objects(given: Mapping[str, object], name: str) -> list[dict[str, Any]]:
    """A list of objects; empty where it is not there."""
    values = given.get(name, [])
    if not isinstance(values, list) or not all(isinstance(each, dict) for each in values):
        raise InvalidInstructionError(f"{name} must be a list of objects.")
    return values
