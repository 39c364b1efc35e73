"""X's counter: the conformance cases whole, the cases that surprise, and linear time."""

import json
import time
import unicodedata
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letmepost.content.text import utf16_units
from letmepost.platforms.twitter.weighted_text import WeighedText, weigh

CASES = [
    json.loads(line)
    for line in (Path(__file__).parent / "weighted_text_cases.jsonl").read_text().splitlines()
]
LIMIT = 280
FAMILY = "👨‍👩‍👧‍👦"


def _last_valid_unit(original: str, weighed: WeighedText) -> int:
    grown = utf16_units(original) - utf16_units(weighed.text)
    return max(utf16_units(weighed.fitting(LIMIT)) - 1, 0) + grown


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["description"])
def test_agrees_with_the_conformance_cases(case: dict[str, Any]) -> None:
    weighed = weigh(case["text"])
    assert weighed.weight == case["weightedLength"]
    assert (weighed.invalid_at is None and 0 < weighed.weight <= LIMIT) is case["valid"]
    assert weighed.weight * 1000 // LIMIT == case["permillage"]
    assert _last_valid_unit(case["text"], weighed) == case["validRangeEnd"]
    assert utf16_units(case["text"]) - 1 == case["displayRangeEnd"]


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("", 0),
        ("a", 1),
        ("\u00e9", 1),
        ("e\u0301", 1),
        ("故", 2),
        ("😀", 2),
        ("👋🏽", 2),
        (FAMILY, 2),
        ("🇺🇸", 2),
        ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", 2),
        ("1\ufe0f\u20e3", 2),
        ("❤\ufe0f", 2),
        ("\u00a9", 1),
        ("\u00a9\ufe0f", 2),
        ("\r\n", 2),
        ("e" + "\u0301" * 10, 10),
        ("\u0915\u094d\u0937\u093f", 4),
        ("\u1ebf", 2),
        ("e\u0302\u0301", 2),
        ("\u2026", 2),
        ("\u2014\u2019", 2),
        ("\u200e\u200f", 4),
        ("\u2022\u20ac\u2122", 6),
        ("\u200d", 1),
        ("\ufb2c", 3),
        ("example.com", 23),
        ("t.co", 23),
        ("foo.co.jp", 23),
        ("example.com.", 24),
        ("(example.com)", 25),
        ("example.com, and", 28),
        ("example.comです", 27),
        ("みてexample.comです", 31),
        ("https://example.comです", 27),
        ("http://例え.みんな", 23),
        ("例え.みんな", 11),
        ("http://localhost/" + "a" * 20, 37),
        ("ftp://example.com", 17),
        ("me@example.com", 14),
        ("$example.com", 12),
        ("#example.com", 12),
        ("-example.com", 12),
        ("example.notatld", 15),
        ("example.com/a_(b)", 23),
        ("example.com/a_(b", 25),
        ("https://example.com/?q=1&r=(2)!", 25),
        ("example.com?q=1", 27),
        ("https://example.com:8080/a", 23),
        ("https://t.co/abc/def", 27),
        ("https://t.co/" + "a" * 41, 54),
        ("\u2066https://example.com\u2069", 27),
        ("a" * 63 + ".com", 23),
        ("a" * 64 + ".com", 68),
        ("https://example.com/" + "a" * (4096 - 28), 23),
        ("https://example.com/" + "a" * (4096 - 27), 4089),
    ],
)
def test_weighs_what_surprises(text: str, weight: int) -> None:
    assert weigh(text).weight == weight


@pytest.mark.parametrize(
    ("fits", "over"),
    [
        ("a" * 280, "a" * 281),
        ("故" * 140, "故" * 140 + "a"),
        ("a" * 256 + " https://example.com/", "a" * 257 + " https://example.com/"),
        (FAMILY * 140, FAMILY * 141),
    ],
)
def test_the_limit_is_met_exactly(fits: str, over: str) -> None:
    assert weigh(fits).weight == LIMIT
    assert weigh(over).weight > LIMIT
    assert weigh(fits).fitting(LIMIT) == fits


def test_what_fits_is_cut_before_a_link_and_never_inside_it() -> None:
    assert weigh("a" * 270 + " https://example.com").fitting(LIMIT) == "a" * 270 + " "


def test_an_invalid_character_is_found_in_the_composed_text() -> None:
    assert weigh("e\u0301\ufeff").invalid_at == 1
    assert weigh("\ufffe").invalid_at == 0
    assert weigh("a\u2060b").invalid_at is None


FRAGMENTS = st.sampled_from(
    ["a", "é", "e\u0301", "故", "😀", FAMILY, "🇺", "\u200d", "\ufe0f", "1\u20e3", ".", "com", "み",
     "https://", "http://", "/", "(", ")", "?", "=", ":", "8", "@", "-", "_", " ", "\n", "\ufeff",
     "t.co/", "xn--", "みんな", "\u202a", "\U000e0067", "\ud800", "#", "$", "~", "\u0301"]
)  # fmt: skip
TEXTS = st.one_of(st.text(), st.lists(FRAGMENTS, max_size=60).map("".join))


@given(TEXTS)
def test_weighing_never_raises_and_always_says_the_same(text: str) -> None:
    first = weigh(text)
    weigh.cache_clear()
    assert weigh(text) == first
    assert first.text == unicodedata.normalize("NFC", text)
    assert 0 <= first.weight <= 23 * (len(first.text) + 1)


@given(TEXTS)
def test_links_are_in_order_and_apart(text: str) -> None:
    links = weigh(text).links
    assert all(link.start < link.end for link in links)
    assert all(one.end < other.start for one, other in pairwise(links))


@given(TEXTS, st.integers(0, 60))
def test_what_fits_is_a_beginning_that_fits(text: str, limit: int) -> None:
    weighed = weigh(text)
    fitting = weighed.fitting(limit)
    assert weighed.text.startswith(fitting)
    if weighed.invalid_at is None and weighed.weight <= limit:
        assert fitting == weighed.text


@pytest.mark.parametrize(
    "pattern",
    ["a.com ", "a.", "é.", "-a.", "a_.", "a.co/(", "a.co/((((", "((a.co/", "a.co?!", "xn--a.",
     "a.comあ.", "a.a.a.aあ.com", "あa.com", "https://x.みんな", "👨\u200d", "🇺", "1\ufe0f",
     "e\u0301", "\u0301", "a.co/'''''(", "🏴\U000e0067\U000e0062", "á.com "],
)  # fmt: skip
def test_time_grows_with_the_length_and_no_faster(pattern: str) -> None:
    def seconds(length: int) -> float:
        text = (pattern * length)[:length]
        weigh("warm.com")
        best = float("inf")
        for _ in range(3):
            weigh.cache_clear()
            begun = time.process_time()
            weigh(text)
            best = min(best, time.process_time() - begun)
        return best

    # Four times the length costs sixteen times the time where work is done over and over.
    assert seconds(20_000) < 10 * max(seconds(5_000), 0.002)
