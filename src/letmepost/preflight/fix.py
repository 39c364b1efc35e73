"""Fixes that a program can apply: texts shortened or split, images made to fit.

A fix is tried against the rules themselves, so whatever unit a platform counts in, the fixed
draft passes every rule that the fix is offered for.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import regex

from letmepost.content.draft import Draft
from letmepost.preflight.cut import parted, shortened
from letmepost.preflight.image_fit import fitting
from letmepost.preflight.rule import Rule
from letmepost.preflight.run import Finding, broken

_ALT_TEXT = regex.compile(r"media\[(\d+)\]\.altText")
_INDEX = regex.compile(r"\[\d+\]")


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


@dataclass(frozen=True, slots=True)
class _Place:
    """A text of a draft, and the rules that may change their mind when it changes."""

    draft: Draft
    at: str
    rules: Sequence[Rule]

    def takes(self, text: str) -> bool:
        """Whether a text in this place would break no rule there."""
        changed = _with_text(self.draft, self.at, text)
        return not any(each.at == self.at for _, each in broken(self.rules, changed))

    @property
    def near(self) -> int:
        """About how many characters fit: most limits are met by a character a unit."""
        limits = [each.limit.value for each in self.rules if each.limit is not None]
        return min((each for each in limits if isinstance(each, int) and each > 1), default=0)


def _place(rules: Sequence[Rule], draft: Draft, at: str) -> _Place:
    field = _INDEX.sub("", at)
    of_field = [each for each in rules if each.field == field and each.severity == "error"]
    return _Place(draft, at, of_field)


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
    for number, ids, _ in fitting(rules, draft):
        words = 'Encoded anew or scaled until it fits: send the post with fit: "auto".'
        yield Fix("refit_image", ids, f"media[{number}]", {"fit": "auto"}, words)
    for at, broken_there in by_place.items():
        text = _text_at(draft, at) or ""
        place = _place(rules, draft, at)
        short = shortened(text, place.takes, place.near)
        if short is not None:
            kind = "cut_alt_text" if at.endswith("altText") else "shorten_text"
            words = "Shortened at the end of a sentence or a word."
            yield Fix(kind, tuple(broken_there), at, short, words)
        if at == "text" and threads_field is not None:
            parts = parted(text, place.takes, place.near)
            if parts and len(parts) > 1:
                words = "The whole text, continued in further posts of a thread."
                value = {"text": parts[0], threads_field: [{"text": part} for part in parts[1:]]}
                yield Fix("split_thread", tuple(broken_there), at, value, words)
