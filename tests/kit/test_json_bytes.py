"""JSON that is sent and stored: what orjson writes, and what it leaves to pydantic."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letmepost.kit.json_bytes import to_json

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _TEXTS,
    lambda inside: st.lists(inside) | st.dictionaries(_TEXTS, inside),
)


@given(_VALUES)
def test_what_is_written_reads_back_as_it_was(value: object) -> None:
    written = to_json(value)
    read = json.loads(written)
    infinite = b"null" in written
    assert read == value or infinite


def test_a_number_of_more_than_64_bits_stays_exact() -> None:
    assert to_json({"id": 2**70}) == b'{"id":%d}' % 2**70


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_json_has_no_number_for_is_null(value: float) -> None:
    assert to_json([value]) == b"[null]"
    assert to_json([value, 2**70]) == b"[null,%d]" % 2**70


def test_a_time_ends_with_z() -> None:
    assert to_json(datetime(2026, 11, 30, 9, tzinfo=UTC)) == b'"2026-11-30T09:00:00Z"'


def test_text_that_is_not_unicode_is_refused() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        to_json("\ud800")
