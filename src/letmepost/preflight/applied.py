"""Every rule with what it said of a draft, and how much of each length is used."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from letmepost.content.draft import Draft
from letmepost.content.text import graphemes, utf8_bytes, utf16_units
from letmepost.preflight.rule import Limit, Rule
from letmepost.preflight.run import Finding, parts_of, with_something_to_check

COUNTERS: Mapping[str, Callable[[str], int]] = {
    "graphemes": graphemes,
    "bytes": utf8_bytes,
    "UTF-16 units": utf16_units,
}


def applied(
    rules: Sequence[Rule], draft: Draft, findings: Sequence[Finding], *, has_account: bool
) -> list[Mapping[str, str]]:
    """Each rule with `pass`, `fail` or `skipped`, and why it was skipped."""
    unread = any(item.facts is None for item in draft.media)
    told = _before_findings(tuple(rules), unread=unread, has_account=has_account)
    failed = {each.rule.id for each in findings}
    if not failed:
        return list(told.values())
    return [
        {"rule": rule_id, "result": "fail"} if rule_id in failed else said
        for rule_id, said in told.items()
    ]


def ran(rules: Sequence[Rule], draft: Draft) -> Sequence[str]:
    """The ids of the rules that looked at a draft; the bytes of a file may be unread."""
    return _ran(
        tuple(rules),
        parts_of(draft),
        unread=any(item.facts is None for item in draft.media),
    )


@lru_cache(maxsize=256)
def _ran(rules: tuple[Rule, ...], parts: tuple[bool, ...], *, unread: bool) -> Sequence[str]:
    return [
        each.id
        for each in with_something_to_check(rules, parts)
        if not (unread and _reads_bytes(each))
    ]


@lru_cache(maxsize=256)
def _before_findings(
    rules: tuple[Rule, ...], *, unread: bool, has_account: bool
) -> Mapping[str, Mapping[str, str]]:
    """What is said of each rule that found nothing.

    Shared by all reports: nearly every rule passes, and there are hundreds.
    """
    told = {each.id: {"rule": each.id, "result": "pass"} for each in rules}
    if unread:
        without_bytes = [each.id for each in rules if _reads_bytes(each)]
        told |= _skipped(without_bytes, "The bytes of a file could not be read.")
    if not has_account:
        without_account = [each.id for each in rules if each.needs_account]
        told |= _skipped(without_account, "It depends on the account; none is named.")
    return told


def _skipped(rule_ids: Iterable[str], why: str) -> dict[str, dict[str, str]]:
    return {each: {"rule": each, "result": "skipped", "why": why} for each in rule_ids}


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
    for each, limit in _text_limits(tuple(rules)):
        count = counters.get(limit.unit) or COUNTERS.get(limit.unit)
        if count is None or each.field not in texts:
            continue
        used = count(texts[each.field])
        shown.append(
            {
                "field": each.field,
                "unit": limit.unit,
                "rule": each.id,
                "used": used,
                "limit": limit.value,
                "left": limit.value - used,
            }
        )
    return shown


@lru_cache(maxsize=64)
def _text_limits(rules: tuple[Rule, ...]) -> Sequence[tuple[Rule, Limit]]:
    """The rules by which a text is too long, with their limits."""
    return [
        (each, each.limit)
        for each in rules
        if each.field in ("text", "firstComment.text")
        and each.limit is not None
        and each.severity != "warning"
        and isinstance(each.limit.value, int)
    ]
