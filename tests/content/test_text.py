"""Texts are counted as Unicode says, whatever they hold, and fast paths count the same."""

# ruff: noqa: RUF001 - the multiplication sign is a mark of the table

import re
from itertools import pairwise
from pathlib import Path

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from letmepost.content.text import (
    first_graphemes,
    grapheme_ends,
    graphemes,
    has_lone_surrogate_or_nul,
    is_blank,
    normalize_newlines,
    utf8_bytes,
    utf16_units,
)

CASES = (Path(__file__).parent / "grapheme_break_test_17.txt").read_text("utf-8").splitlines()
# `regex` joins these: since Unicode 15.1 a virama binds the next consonant only behind another
# consonant of its script, and `regex` takes whatever stands before it, or nothing.
KNOWN_FAILURES = {
    "÷094D÷0915÷": "virama at the start, then ka",
    "÷094D×0308÷0915÷": "virama at the start, diaeresis, then ka",
    "÷0061×094D÷0924÷": "Latin a, virama, then ta",
    "÷003F×094D÷0924÷": "question mark, virama, then ta",
}

ANY_TEXT = st.text()
# Characters that join, break and hide, far more often than chance would bring them together.
TRICKY_TEXT = st.text(
    st.sampled_from(
        "a \r\n\t\u0301\u200d\u200b\ufe0f\U0001f1e6\U0001f1e7\U0001f468\U0001f3fd\u1100\u1161\u11a8"
        "\u0915\u094d\u0937\u00ad\u2060\u3164#\uff03"
    )
)
TEXTS = ANY_TEXT | TRICKY_TEXT


def clusters_of(case: str) -> list[str]:
    """The clusters that a case of the table names."""
    return [
        "".join(chr(int(point, 16)) for point in cluster.split("×"))
        for cluster in case.strip("÷").split("÷")
    ]


def slow_graphemes(text: str) -> list[str]:
    return regex.findall(r"\X", text)


@pytest.mark.parametrize("case", CASES)
def test_clusters_are_those_of_unicode_17(case: str) -> None:
    clusters = clusters_of(case)
    text = "".join(clusters)
    if case in KNOWN_FAILURES:
        assert graphemes(text) != len(clusters), f"{case} is mended: take it off the list"
        return
    assert graphemes(text) == len(clusters)
    for count in range(len(clusters) + 1):
        assert first_graphemes(text, count) == "".join(clusters[:count])


def test_table_is_whole_and_few_of_it_are_known_to_fail() -> None:
    assert len(CASES) == 766
    assert len(KNOWN_FAILURES) <= 4
    assert set(KNOWN_FAILURES) <= set(CASES)


@given(TEXTS)
def test_no_unit_is_smaller_than_a_larger_one(text: str) -> None:
    assert graphemes(text) <= len(text) <= utf16_units(text) <= utf8_bytes(text)


@given(TEXTS | st.text(st.characters(max_codepoint=127)))
def test_fast_path_of_ascii_counts_as_the_slow_one(text: str) -> None:
    clusters = slow_graphemes(text)
    assert graphemes(text) == len(clusters)
    assert utf8_bytes(text) == len(text.encode())
    assert utf16_units(text) == len(text.encode("utf-16-le")) // 2
    assert is_blank(text) == all(is_blank(each) for each in text)


@given(st.integers(0, 0x9FFF), st.integers(0, 0x9FFF), st.sampled_from(["", "a", "\u0301", "\r"]))
def test_letters_that_are_said_to_join_nothing_join_nothing(one: int, two: int, more: str) -> None:
    text = f"{chr(one)}{more}{chr(two)}"
    assert graphemes(text) == len(slow_graphemes(text))


@given(TEXTS)
def test_every_cluster_ends_where_the_next_begins(text: str) -> None:
    clusters = [text[start:end] for start, end in pairwise([0, *grapheme_ends(text)])]
    assert clusters == slow_graphemes(text)


@given(TEXTS, st.integers(min_value=0, max_value=20))
def test_first_graphemes_are_the_beginning(text: str, count: int) -> None:
    beginning = first_graphemes(text, count)
    assert beginning == "".join(slow_graphemes(text)[:count])
    assert text.startswith(beginning)


@given(TEXTS)
def test_line_breaks_are_one_character_each(text: str) -> None:
    normal = normalize_newlines(text)
    assert "\r" not in normal
    assert normalize_newlines(normal) == normal
    assert normal.count("\n") == len(re.findall(r"\r\n|\r|\n", text))
    assert re.sub(r"\n", "", normal) == re.sub(r"[\r\n]", "", text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\t\n",
        "\u00a0",
        "\u200b",
        "\u200d",
        "\ufeff",
        "\u00ad",
        "\u2060",
        "\u3164",
        "\u180e",
    ],
)
def test_what_nobody_can_see_is_blank(text: str) -> None:
    assert is_blank(text)
    assert not is_blank(f"{text}.{text}")


@pytest.mark.parametrize("text", [".", "é", "🎉", "\u0301", "\u2800"])
def test_what_leaves_a_mark_is_not_blank(text: str) -> None:
    assert not is_blank(text)


@pytest.mark.parametrize(
    ("text", "found"), [("a", False), ("é", False), ("a\0", True), ("é\0", True), ("\ud800", True)]
)
def test_what_no_database_takes_is_found(text: str, found: bool) -> None:  # noqa: FBT001
    assert has_lone_surrogate_or_nul(text) is found
