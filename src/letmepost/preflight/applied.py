"""Every rule with what it said of a draft, and how much of each length is used."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from letmepost.content.draft import Draft
from letmepost.content.text import graphemes, utf8_bytes, utf16_units
from letmepost.preflight.rule import Rule
from letmepost.preflight.run import Finding

COUNTERS: Mapping[str, Callable[[str], int]] = {
    "graphemes": graphemes,
    "bytes": utf8_bytes,
    "UTF-16 units": utf16_units,
}


def applied(
    rules: Iterable[Rule], draft: Draft, findings: Sequence[Finding], *, has_account: bool
) -> list[dict[str, Any]]:
    """Each rule with `pass`, `fail` or `skipped`, and why it was skipped."""
    failed = {finding.rule.id for finding in findings}
    unread = any(item.facts is None for item in draft.media)
    shown = []
    for each in rules:
        result: dict[str, Any] = {"rule": each.id, "result": "pass"}
        if each.id in failed:
            result["result"] = "fail"
        elif each.needs_account and not has_account:
            result |= {"result": "skipped", "why": "It depends on the account; none is named."}
        elif unread and each.field.startswith("media") and each.field != "media.altText":
            result |= {"result": "skipped", "why": "The bytes of a file could not be read."}
        shown.append(result)
    return shown


def lengths(
    rules: Iterable[Rule], draft: Draft, counters: Mapping[str, Callable[[str], int]]
) -> list[dict[str, Any]]:
    """How long each text is, in each unit that a rule limits it in, and what is left."""
    known = {**COUNTERS, **counters}
    texts = {"text": draft.text, "firstComment.text": draft.first_comment}
    shown = []
    for each in rules:
        text = texts.get(each.field)
        if each.limit is None or text is None or not isinstance(each.limit.value, int):
            continue
        count = known.get(each.limit.unit)
        if count is None or each.severity == "warning":
            continue
        used = count(text)
        shown.append(
            {
                "field": each.field,
                "unit": each.limit.unit,
                "rule": each.id,
                "used": used,
                "limit": each.limit.value,
                "left": each.limit.value - used,
            }
        )
    return shown
