"""The fixes of several targets of one request: found once for all that are alike.

Eight accounts of one platform mostly get one text, and looking for where to cut it is the dearest
part of validating. Targets are alike where their drafts are equal, and their accounts in the facts
that the rules asked for: those are noted while a fix is looked for, so no rule has to declare them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from operator import attrgetter
from typing import Any

from letmepost.content.draft import Draft
from letmepost.preflight.fix import Fix, fixes
from letmepost.preflight.rule import Rule
from letmepost.preflight.run import Finding

_content = attrgetter(*(each.name for each in fields(Draft) if each.name != "account"))


class _Noted(Mapping[str, Any]):
    """The facts of an account, and which of them were asked for."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self._facts = facts
        self._asked: set[str] = set()
        self._asked_for_all = False

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - as an account's facts are
        self._asked.add(name)
        return self._facts[name]

    def __iter__(self) -> Iterator[str]:
        self._asked_for_all = True
        return iter(self._facts)

    def __len__(self) -> int:
        self._asked_for_all = True
        return len(self._facts)

    def told_the_same_as(self, facts: Mapping[str, Any]) -> bool:
        """Whether an account of these facts would have answered everything that was asked alike."""
        if self._asked_for_all:
            return self._facts == facts
        missing = object()
        return all(
            self._facts.get(name, missing) == facts.get(name, missing) for name in self._asked
        )


@dataclass(frozen=True, slots=True)
class _Found:
    rules: Sequence[Rule]
    content: tuple[Any, ...]
    violations: Sequence[tuple[str, str]]
    account: _Noted
    fixes: Sequence[Fix]


class SharedFixes:
    """Finds the fixes of the targets of one request."""

    def __init__(self) -> None:
        self._found: list[_Found] = []

    def of(
        self,
        rules: Sequence[Rule],
        draft: Draft,
        violations: Sequence[Finding],
        threads_field: str | None,
    ) -> Sequence[Fix]:
        """What `fixes` gives for this target. `threads_field` is the one of the rules' platform."""
        content = _content(draft)
        places = [(each.rule.id, each.at) for each in violations]
        for found in self._found:
            if (
                found.rules == rules
                and found.violations == places
                and found.content == content
                and found.account.told_the_same_as(draft.account)
            ):
                return found.fixes
        account = _Noted(draft.account)
        noted = replace(draft, account=account)
        fresh = tuple(fixes(rules, noted, violations, threads_field))
        self._found.append(_Found(rules, content, places, account, fresh))
        return fresh
