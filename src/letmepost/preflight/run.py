"""The runner: every rule of a platform over a draft, every violation at once, warnings apart."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import attrgetter
from typing import Any, get_args

from letmepost.content.draft import Draft
from letmepost.preflight.rule import Part, Rule, Violation

# The order in which violations are reported: request, account, text, media shape, media bytes.
PARTS = get_args(Part)
_parts = attrgetter(*PARTS)
_GROUPS = ("account", "text", "options", "firstComment", "media")


@dataclass(frozen=True, slots=True)
class Finding:
    """A violation completed by its rule, its target and its words."""

    rule: Rule
    target: int | None
    at: str
    actual: Any
    limit: Any
    message: str
    remediation: str

    def to_json(self, docs_url: str) -> dict[str, Any]:
        """As the API shows it in `violations[]` and `warnings[]`."""
        shown: dict[str, Any] = {
            "rule": self.rule.id,
            "severity": self.rule.severity,
            "target": self.target,
            "platform": self.rule.platform,
            "field": self.at,
            "message": self.message,
            "remediation": self.remediation,
            "ruleUrl": f"{docs_url}/preflight/{self.rule.page}",
        }
        if self.actual is not None:
            shown["actual"] = self.actual
        if self.limit is not None:
            shown["limit"] = self.limit
        if self.rule.limit is not None:
            shown["unit"] = self.rule.limit.unit
        return shown


@dataclass(frozen=True, slots=True)
class Report:
    """What a run found, in a fixed order, so that the same draft gives the same answer."""

    violations: tuple[Finding, ...]
    warnings: tuple[Finding, ...]


def in_reporting_order(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Sort rules by the group of their field; inside a group the declared order stays."""

    def group(each: Rule) -> int:
        head = each.field.partition(".")[0].partition("[")[0]
        return _GROUPS.index(head) if head in _GROUPS else 0

    return tuple(sorted(rules, key=group))


def with_limits(rules: Iterable[Rule], overrides: Mapping[str, Any]) -> tuple[Rule, ...]:
    """The same rules with the numbers that an operator has set, by rule id."""
    return tuple(
        replace(each, limit=replace(each.limit, value=overrides[each.id]))
        if each.limit is not None and each.id in overrides
        else each
        for each in rules
    )


def broken(rules: Iterable[Rule], draft: Draft) -> Iterator[tuple[Rule, Violation]]:
    """Each violation that the rules find in a draft, with its rule and without its words."""
    for each, ask in _asked(tuple(rules), parts_of(draft)):
        found = ask(draft, each.limit) if each.limit is not None else ask(draft)
        for violation in found:
            yield each, violation


def parts_of(draft: Draft) -> tuple[bool, ...]:
    """Which of the parts that rules look at only when they are there, a draft has."""
    return tuple(map(bool, _parts(draft)))


def with_something_to_check(rules: Iterable[Rule], parts: tuple[bool, ...]) -> Iterator[Rule]:
    """The rules that have a check, and in a draft of these parts something to look at."""
    absent = [part for part, is_there in zip(PARTS, parts, strict=True) if not is_there]
    return (each for each in rules if each.check is not None and each.only_with not in absent)


@lru_cache(maxsize=1024)
def _asked(
    rules: tuple[Rule, ...], parts: tuple[bool, ...]
) -> Sequence[tuple[Rule, Callable[..., Iterator[Violation]]]]:
    return [
        (each, each.check)
        for each in with_something_to_check(rules, parts)
        if each.check is not None
    ]


def check(rules: Iterable[Rule], draft: Draft, *, target: int = 0) -> Report:
    """Run the rules that have a check over a draft."""
    violations: list[Finding] = []
    warnings: list[Finding] = []
    for rule, violation in broken(rules, draft):
        finding = complete(rule, violation, target=target)
        (warnings if rule.severity == "warning" else violations).append(finding)
    return Report(tuple(violations), tuple(warnings))


def in_words(limit: Any) -> Any:  # noqa: ANN401 - a number, a pair of numbers or a list
    """A limit as a message shows it: a pair as its two ends, a list with commas."""
    if isinstance(limit, tuple):
        least, most = limit
        return f"{least} to {most}"
    return ", ".join(limit) if isinstance(limit, list) else limit


def complete(rule: Rule, violation: Violation, *, target: int | None = 0) -> Finding:
    """Give a violation its words."""
    # A limit of the account itself, where it has one, stands in the place of the usual one.
    limit = violation.more.get("limit", rule.limit.value if rule.limit is not None else None)
    shown = sorted(limit) if isinstance(limit, frozenset) else limit
    fields = {
        **violation.more,
        "actual": violation.actual,
        "at": violation.at,
        "limit": in_words(shown),
    }
    return Finding(
        rule=rule,
        target=target,
        at=violation.at,
        actual=violation.actual,
        limit=shown,
        message=rule.message.format_map(fields),
        remediation=rule.remediation.format_map(fields),
    )
