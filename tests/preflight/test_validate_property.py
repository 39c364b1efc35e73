"""Whatever a draft holds, the engine answers, says the same again, and takes linear time."""

import json
import time
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from letmepost.content.draft import Draft
from letmepost.platforms import platforms
from letmepost.posts.offline import BodyError
from letmepost.preflight import validate
from letmepost.preflight.applied import applied, lengths
from letmepost.preflight.fix import fixes
from letmepost.preflight.run import PARTS, broken, check
from tests.preflight.drafts import DRAFTS, RULES, TEXTS

# A generous bound: texts of this length take a few milliseconds.
CHARACTERS = 10_000
MOST_SECONDS = 0.05
MOST_GROWTH = 3.0
# Below this a clock tells noise.
MEASURABLE_SECONDS = 0.001
UNITS = {
    "letters": "a",
    "words": "word ",
    "lines": "line\n",
    "links": "https://a.com/x ",
    "one long link": "https://a.com/",
    "bare domains": "a.com ",
    "dots": "a.",
    "marks": ".,",
    "open brackets": "x.com/a(",
    "markup": "[x](y)*_",
    "names": "@ada.bsky.social ",
    "at signs": "@",
    "tags": "#a",
    "cashtags": "$A ",
    "emoji": "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "joiners": "\U0001f468\u200d",
    "flags": "\U0001f1e6",
    "keycaps": "1\ufe0f\u20e3",
    "marks on a letter": "e\u0301",
    "marks alone": "\u0301",
    "a mark that NFC takes apart": "\u0344",
    "jamo": "\u1100",
    "conjuncts": "\u0915\u094d",
    "CJK": "\u6f22",
    "right to left": "\u202e\u05e9",
    "invisible": "\u200b",
    "half pairs": "\ud800",
    "NUL": "\0",
    "spaces": " ",
}


def told(name: str, draft: Draft) -> dict[str, Any]:
    """Everything that validating says of a draft, as JSON would carry it."""
    rules, platform = RULES[name], platforms()[name]
    report = check(rules, draft)
    found = [*report.violations, *report.warnings]
    return {
        "findings": [each.to_json("") for each in found],
        "rules": applied(rules, draft, found, has_account=False),
        "lengths": lengths(rules, draft, platform.counters),
        "fixes": [
            each.to_json(0)
            for each in fixes(rules, draft, report.violations, platform.threads_field)
        ],
    }


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(draft=DRAFTS)
def test_every_platform_answers_and_says_the_same_again(draft: Draft) -> None:
    for name in RULES:
        first = told(name, draft)
        assert told(name, replace(draft)) == first
        # Half pairs must survive the way to the caller too.
        json.dumps(first)
        if first["findings"]:
            failed = {each["rule"] for each in first["rules"] if each["result"] == "fail"}
            assert failed == {each["rule"] for each in first["findings"]}


NOTHING: list[tuple[str, Any]] = [
    *((part, () if part == "media" else None) for part in PARTS),
    ("first_comment", ""),
]


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(draft=DRAFTS)
def test_a_rule_that_is_not_asked_would_have_found_nothing(draft: Draft) -> None:
    for part, nothing in NOTHING:
        bare = replace(draft, **{part: nothing})
        for rules in RULES.values():
            unasked = [replace(each, only_with=None) for each in rules if each.only_with == part]
            assert list(broken(unasked, bare)) == []


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=TEXTS, comment=TEXTS)
def test_offline_validation_answers_or_says_what_is_wrong_with_the_body(
    text: str, comment: str
) -> None:
    body = {
        "targets": [{"platform": name} for name in RULES],
        "text": text,
        "firstComment": {"text": comment},
    }
    with suppress(BodyError):
        answer = validate(json.loads(json.dumps(body)))
        assert [each["platform"] for each in answer["targets"]] == list(RULES)
        assert answer["valid"] == all(not each["violations"] for each in answer["targets"])


def seconds(name: str, text: str) -> float:
    """The best of three, each with a text of its own: counts of earlier texts are remembered.

    Counted in the process's own time, neighbours on the core take nothing from it.
    """
    took = []
    for last in "xyz":
        own = text[:-1] + last
        draft = Draft(text=own, first_comment=own)
        began = time.process_time()
        told(name, draft)
        took.append(time.process_time() - began)
    return min(took)


@pytest.mark.parametrize("unit", UNITS.values(), ids=UNITS)
@pytest.mark.parametrize("name", RULES)
def test_time_grows_with_the_length_of_the_text(name: str, unit: str) -> None:
    for _ in range(3):
        short, long = (
            seconds(name, (unit * (length // len(unit) + 1))[:length])
            for length in (CHARACTERS, 2 * CHARACTERS)
        )
        growth = long / max(short, MEASURABLE_SECONDS)
        # A neighbour may empty the core's caches in one measurement, and not in three.
        if short < MOST_SECONDS and growth < MOST_GROWTH:
            return
    pytest.fail(f"{1000 * short:.1f} ms for {CHARACTERS:,} characters, {growth:.1f} times for two")
