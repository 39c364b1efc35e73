"""Whole numbers in JSON, which has one kind of number only."""

from typing import Any, Final

from pydantic import BeforeValidator


def _whole(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    """A number without a fraction as a whole one."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


# `3.0` is 3: JSON Schema takes both for an integer, and some languages write the first.
WHOLE: Final = BeforeValidator(_whole)
