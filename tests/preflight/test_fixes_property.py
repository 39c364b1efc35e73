"""Every fix that is proposed, once applied, makes its violations disappear and keeps the text."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from letmepost.content.draft import Draft
from letmepost.platforms import platforms
from letmepost.preflight import example
from letmepost.preflight.cut import ELLIPSIS
from letmepost.preflight.fix import Fix, fixes
from letmepost.preflight.run import check
from tests.preflight.drafts import RULES

WORDS = st.sampled_from(
    [
        *("harbour", "ship.", "Sailor!", "a", "no", "https://example.com/a/b?c=d#e", "x.com/(y)"),
        *("\u6f22\u5b57\u6f22\u5b57", "\u3053\u3093\u306b\u3061\u306f\u3002", "\u05e9\u05dc\u05d5"),
        *("\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f1e9\U0001f1ea", "e\u0301te\u0301"),
        *("@ada.bsky.social", "#harbour", "$SHIP", "W" * 90, "\u6f22" * 90, "1\ufe0f\u20e3"),
    ]
)
SPACES = st.sampled_from([" ", " ", " ", "\n", "\n\n", "  ", "\u3000"])


@st.composite
def long_texts(draw: st.DrawFn) -> str:
    """A few different words again and again, so that a long text is soon drawn."""
    pieces = draw(st.lists(st.tuples(WORDS, SPACES), min_size=1, max_size=12))
    unit = "".join(word + space for word, space in pieces)
    length = draw(st.sampled_from([250, 310, 600, 1100, 2500, 4200]))
    return (unit * (length // len(unit) + 1))[:length]


def _text_fixes(name: str, draft: Draft) -> Iterator[Fix]:
    violations = check(RULES[name], draft).violations
    for fix in fixes(RULES[name], draft, violations, platforms()[name].threads_field):
        if fix.kind != "refit_image":
            assert set(fix.rules) <= {each.rule.id for each in violations}
            yield fix


def _broken(name: str, draft: Draft, at: str) -> set[str]:
    found = check(RULES[name], draft).violations
    return {each.rule.id for each in found if each.at == at}


def _is_a_start_of(short: str, text: str) -> bool:
    return text.startswith((short, short.removesuffix(ELLIPSIS)))


def _with_comment(draft: Draft, text: str) -> Draft:
    return replace(draft, first_comment=text)


def _with_alt_text(draft: Draft, text: str) -> Draft:
    return replace(draft, media=(replace(draft.media[0], alt_text=text), *draft.media[1:]))


def _with_text(draft: Draft, text: str) -> Draft:
    return replace(draft, text=text)


PUT = {
    "text": _with_text,
    "firstComment.text": _with_comment,
    "media[0].altText": _with_alt_text,
}
quickly = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("name", RULES)
@quickly
@given(text=long_texts(), comment=long_texts(), alt_text=long_texts())
def test_a_shortened_text_passes_and_is_a_start_of_it(
    name: str, text: str, comment: str, alt_text: str
) -> None:
    picture = replace(example.image(width_px=1000, height_px=1000), alt_text=alt_text)
    draft = Draft(text=text, media=(picture,), first_comment=comment)
    whole = {"text": text, "firstComment.text": comment, "media[0].altText": alt_text}
    for fix in _text_fixes(name, draft):
        if fix.kind in ("shorten_text", "cut_alt_text"):
            assert fix.value.strip(f" {ELLIPSIS}")
            assert not _broken(name, PUT[fix.field](draft, fix.value), fix.field)
            assert _is_a_start_of(fix.value, whole[fix.field])


@pytest.mark.parametrize("name", [each for each in RULES if platforms()[each].threads_field])
@quickly
@given(text=long_texts())
def test_a_thread_holds_every_word_and_each_part_passes(name: str, text: str) -> None:
    field = str(platforms()[name].threads_field)
    for fix in _text_fixes(name, Draft(text=text)):
        if fix.kind != "split_thread":
            continue
        assert list(fix.value) == ["text", field]
        parts = [fix.value["text"], *(each["text"] for each in fix.value[field])]
        assert len(parts) > 1
        for part in parts:
            assert part.strip()
            assert not _broken(name, Draft(text=part), "text")
        assert re.sub(r"\s", "", "".join(parts)) == re.sub(r"\s", "", text)


@pytest.mark.parametrize("name", RULES)
def test_a_long_plain_text_is_offered_a_fix_wherever_a_limit_refuses_it(name: str) -> None:
    draft = Draft(text="A sentence of some words. " * 4000)
    found = check(RULES[name], draft).violations
    at_text = [each for each in found if each.at == "text"]
    kinds = {fix.kind for fix in _text_fixes(name, draft)}
    assert ("shorten_text" in kinds) == bool(at_text)


def test_a_text_without_a_boundary_is_cut_where_a_reader_sees_a_character() -> None:
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    (fix, *_) = _text_fixes("bluesky", Draft(text=family * 301))
    assert fix.value == family * ((len(fix.value) - 1) // len(family)) + ELLIPSIS


def test_there_are_platforms_with_threads() -> None:
    assert [each for each in RULES if platforms()[each].threads_field]
