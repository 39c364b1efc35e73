"""Fixes found once for targets that are alike, and anew for those that are not."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from letmepost.content.draft import Draft
from letmepost.platforms import platforms
from letmepost.preflight import shared_fixes
from letmepost.preflight.fix import Fix, fixes
from letmepost.preflight.rule import Limit, Rule, Violation, rule
from letmepost.preflight.run import check
from letmepost.preflight.shared_fixes import SharedFixes
from tests.preflight.drafts import DRAFTS, EXAMPLES, RULES

LIMIT = Limit(10, "characters", "https://a.example", date(2026, 11, 25))
LONG = "It was a long day at sea, and nobody slept."


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> list[Draft]:
    """The drafts of which fixes were looked for."""
    searched: list[Draft] = []

    def noted(rules: Any, draft: Draft, *more: Any) -> Iterator[Fix]:
        searched.append(draft)
        return fixes(rules, draft, *more)

    monkeypatch.setattr(shared_fixes, "fixes", noted)
    return searched


def of_account(*read: str) -> tuple[Rule, ...]:
    """Rules of a platform whose limit is one of those facts of the account."""

    @rule("test.text.max", field="text", message="", remediation="", limit=LIMIT)
    def too_long(checked: Draft, limit: Limit) -> Iterator[Violation]:
        """Some accounts may write more."""
        most = next(
            (checked.account[each] for each in read if each in checked.account), limit.value
        )
        if len(checked.text) > most:
            yield Violation(at="text", actual=len(checked.text))

    return (too_long,)


def found(shared: SharedFixes, rules: tuple[Rule, ...], draft: Draft) -> Any:
    return shared.of(rules, draft, check(rules, draft).violations, None)


def test_accounts_that_are_alike_are_searched_for_once(searches: list[Draft]) -> None:
    shared, rules = SharedFixes(), of_account("most")
    drafts = [Draft(text=LONG, account={"most": 20, "name": name}) for name in ("a", "b", "c")]
    assert len({str(found(shared, rules, each)) for each in drafts}) == 1
    assert len(searches) == 1


def test_an_account_with_a_limit_of_its_own_gets_fixes_of_its_own(searches: list[Draft]) -> None:
    shared, rules = SharedFixes(), of_account("most")
    kept = [
        found(shared, rules, Draft(text=LONG, account=account))[0].value
        for account in ({}, {"most": 20}, {"most": 30}, {"most": 20})
    ]
    assert [*map(len, kept)] == [*sorted(map(len, kept[:3])), len(kept[1])]
    assert len(set(kept)) == len(searches) == 3


def test_another_text_and_another_platform_are_searched_for_themselves(
    searches: list[Draft],
) -> None:
    shared = SharedFixes()
    for rules in (of_account("most"), of_account("least")):
        for text in (LONG, LONG[::-1]):
            found(shared, rules, Draft(text=text))
    assert len(searches) == 4


def test_a_rule_that_asks_for_every_fact_shares_with_equal_accounts_only(
    searches: list[Draft],
) -> None:
    @rule("test.text.facts", field="text", message="", remediation="", limit=LIMIT)
    def too_long(checked: Draft, limit: Limit) -> Iterator[Violation]:
        """As many characters as facts are known."""
        if len(checked.text) > limit.value + len(checked.account):
            yield Violation(at="text", actual=len(checked.text))

    shared = SharedFixes()
    for account in ({"a": 1}, {"b": 1}, {"a": 1}):
        found(shared, (too_long,), Draft(text=LONG, account=account))
    assert len(searches) == 2


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(drafts=st.lists(DRAFTS, min_size=1, max_size=3), accounts=st.permutations(EXAMPLES))
def test_what_is_shared_is_what_would_have_been_found(
    drafts: list[Draft], accounts: list[Draft]
) -> None:
    shared = SharedFixes()
    for draft in drafts:
        for example in accounts[:3]:
            one = replace(
                draft, text=draft.text[:1500], first_comment=None, media=(), account=example.account
            )
            for name, rules in RULES.items():
                field = platforms()[name].threads_field
                violations = check(rules, one).violations
                alone = list(fixes(rules, one, violations, field))
                assert list(shared.of(rules, one, violations, field)) == alone
