"""JSON as it is sent and stored."""

from typing import Any

import orjson
import pydantic_core

# Their format would be orjson's own: what is not plain JSON is pydantic's to write.
_PLAIN_ONLY = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS


def to_json(value: Any) -> bytes:  # noqa: ANN401 - whatever JSON can say
    """The value as UTF-8 JSON without spaces; not-a-number is null, which JSON lacks.

    Raises `ValueError` for text that is not Unicode.
    """
    try:
        return orjson.dumps(value, option=_PLAIN_ONLY)
    except TypeError:
        # A whole number of more than 64 bits, a set, a model: seldom, and then worth the time.
        return pydantic_core.to_json(value, inf_nan_mode="null")


def to_json_text(value: Any) -> str:  # noqa: ANN401 - as above
    """The same as text, which is what databases take."""
    return to_json(value).decode()
