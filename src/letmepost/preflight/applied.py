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
    rules: Sequence[Rule], draft: Draft, findings: Sequence[Finding], *, has_account: bool
) -> list[dict[str, Any]]:
    """Each rule with `pass`, `fail` or `skipped`, and why it was skipped."""
    failed = {finding.rule.id for finding in findings}
    unread = any(item.facts is None for item in draft.media)
    skipped: dict[str, str] = {}
    if unread:
        why = "The bytes of a file could not be read."
        skipped |= dict.fromkeys((each.id for each in rules if _reads_bytes(each)), why)
    if not has_account:
        why = "It depends on the account; none is named."
        skipped |= dict.fromkeys((each.id for each in rules if each.needs_account), why)
    return [
        {"rule": each.id, "result": "fail"}
        if each.id in failed
        else {"rule": each.id, "result": "skipped", "why": skipped[each.id]}
        if each.id in skipped
        else {"rule": each.id, "result": "pass"}
        for each in rules
    ]


def _reads_bytes(rule: Rule) -> bool:
    return rule.field.startswith("media") and rule.field != "media.altText"


def lengths(
    rules: Iterable[Rule], draft: Draft, counters: Mapping[str, Callable[[str], int]]
) -> list[dict[str, Any]]:
    """How long each text is, in each unit that a rule limits it in, and what is left."""
    texts = {"text": draft.text}
    if draft.first_comment is not None:
        texts["firstComment.text"] = draft.first_comment
    shown = []
    for each in [one for one in rules if one.field in texts]:
        if each.limit is None or each.severity == "warning":
            continue
        text, unit = texts[each.field], each.limit.unit
        count = counters.get(unit) or COUNTERS.get(unit)
        if count is None or not isinstance(each.limit.value, int):
            continue
        used = count(text)
        shown.append(
            {
                "field": each.field,
                "unit": unit,
                "rule": each.id,
                "used": used,
                "limit": each.limit.value,
                "left": each.limit.value - used,
            }
        )
    return shown
