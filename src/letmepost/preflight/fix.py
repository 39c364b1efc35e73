"""Fixes that a program can apply: texts shortened or split, images made to fit.

A fix is tried against the rules themselves, so whatever unit a platform counts in, the fixed
draft passes every rule that the fix is offered for.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import regex

from letmepost.content.draft import Draft
from letmepost.content.text import first_graphemes, graphemes
from letmepost.preflight.image_fit import fitting
from letmepost.preflight.rule import Rule
from letmepost.preflight.run import Finding, check

ELLIPSIS = "…"
_ALT_TEXT = regex.compile(r"media\[(\d+)\]\.altText")
_SENTENCE_END = regex.compile(r"[.!?\u3002\uff01\uff1f](?=\s|$)")
_INDEX = regex.compile(r"\[\d+\]")
_WORD_END = regex.compile(r"\s+")
# A cut further back than this would take too much away to be called the same text.
KEPT_SHARE = 0.6
MOST_PARTS = 25


@dataclass(frozen=True, slots=True)
class Fix:
    """One way to mend violations. `value` goes to `field` of the target."""

    kind: str
    rules: tuple[str, ...]
    field: str
    value: Any
    description: str

    def to_json(self, target: int) -> dict[str, Any]:
        """As the API shows it."""
        return {
            "kind": self.kind,
            "rules": list(self.rules),
            "target": target,
            "field": self.field,
            "value": self.value,
            "description": self.description,
        }


def _with_text(draft: Draft, at: str, text: str) -> Draft:
    if at == "text":
        return replace(draft, text=text)
    if at == "firstComment.text":
        return replace(draft, first_comment=text)
    match = _ALT_TEXT.fullmatch(at)
    if match is None:
        raise ValueError(at)
    number = int(match[1])
    media = list(draft.media)
    media[number] = replace(media[number], alt_text=text)
    return replace(draft, media=tuple(media))


def _text_at(draft: Draft, at: str) -> str | None:
    if at == "text":
        return draft.text
    if at == "firstComment.text":
        return draft.first_comment
    match = _ALT_TEXT.fullmatch(at)
    return draft.media[int(match[1])].alt_text if match else None


def _passes(rules: Sequence[Rule], draft: Draft, at: str, text: str) -> bool:
    report = check(rules, _with_text(draft, at, text))
    return not any(each.at == at for each in report.violations)


def _likely(rules: Sequence[Rule], end: str) -> list[int]:
    """Where a text is likely to be cut: limits are mostly met by a character a unit."""
    limits = [each.limit.value for each in rules if each.limit is not None]
    numbers = [each for each in limits if isinstance(each, int) and each > len(end)]
    return [min(numbers) - len(end), min(numbers) - len(end) + 1] if numbers else []


def _longest(rules: Sequence[Rule], draft: Draft, at: str, text: str, end: str) -> int:
    """How many graphemes of a text may stay, with `end` behind them."""
    low, high = 0, graphemes(text)
    likely = _likely(rules, end)
    while low < high:
        middle = (low + high + 1) // 2
        if likely and low < (guess := likely.pop(0)) <= high:
            middle = guess
        if _passes(rules, draft, at, first_graphemes(text, middle).rstrip() + end):
            low = middle
        else:
            high = middle - 1
    return low


def _at_boundary(cut: str) -> tuple[str, bool]:
    """A cut text up to its last sentence or word, and whether a sentence ends there."""
    least = int(len(cut) * KEPT_SHARE)
    ends = [match.end() for match in _SENTENCE_END.finditer(cut)]
    if ends and ends[-1] >= least:
        return cut[: ends[-1]], True
    ends = [match.start() for match in _WORD_END.finditer(cut)]
    if ends and ends[-1] >= least:
        return cut[: ends[-1]], False
    return cut, False


def _shortened(rules: Sequence[Rule], draft: Draft, at: str, text: str) -> str | None:
    kept = _longest(rules, draft, at, text, ELLIPSIS)
    if kept == 0:
        return None
    short, whole_sentence = _at_boundary(first_graphemes(text, kept).rstrip())
    short = short.rstrip()
    candidate = short if whole_sentence else short + ELLIPSIS
    return candidate if short and _passes(rules, draft, at, candidate) else None


def _parts(rules: Sequence[Rule], draft: Draft, text: str) -> list[str] | None:
    """A text in parts that each pass; None where it cannot be split in a few."""
    rest = text.strip()
    parts: list[str] = []
    while rest:
        if len(parts) == MOST_PARTS:
            return None
        if _passes(rules, draft, "text", rest):
            return [*parts, rest]
        kept = _longest(rules, draft, "text", rest, "")
        if kept == 0:
            return None
        part, _ = _at_boundary(first_graphemes(rest, kept))
        parts.append(part.rstrip())
        rest = rest[len(part) :].strip()
    return parts


def fixes(
    rules: Sequence[Rule],
    draft: Draft,
    violations: Sequence[Finding],
    threads_field: str | None = None,
) -> Iterator[Fix]:
    """Fixes for the violations that have one."""
    by_place: dict[str, list[str]] = {}
    for each in violations:
        limited = each.rule.limit is not None and each.rule.check is not None
        if limited and _text_at(draft, each.at):
            by_place.setdefault(each.at, []).append(each.rule.id)
    for number, broken, _ in fitting(rules, draft):
        words = 'Encoded anew or scaled until it fits: send the post with fit: "auto".'
        yield Fix("refit_image", broken, f"media[{number}]", {"fit": "auto"}, words)
    for at, ids in by_place.items():
        text = _text_at(draft, at) or ""
        # Only the rules of this very field can change their mind when its text changes.
        of_field = [each for each in rules if each.field == _INDEX.sub("", at)]
        short = _shortened(of_field, draft, at, text)
        if short is not None:
            kind = "cut_alt_text" if at.endswith("altText") else "shorten_text"
            words = "Shortened at the end of a sentence or a word."
            yield Fix(kind, tuple(ids), at, short, words)
        if at == "text" and threads_field is not None:
            parts = _parts(of_field, draft, text)
            if parts and len(parts) > 1:
                words = "The whole text, continued in further posts of a thread."
                value = {"text": parts[0], threads_field: [{"text": part} for part in parts[1:]]}
                yield Fix("split_thread", tuple(ids), at, value, words)
