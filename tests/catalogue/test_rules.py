"""Every rule of the catalogue keeps the promises of its declaration."""

import string
from dataclasses import replace
from typing import Any

import pytest

from letmepost.content.draft import Draft
from letmepost.docs.examples import accepted_draft, refused_draft, run_example
from letmepost.platforms import catalogue, platforms
from letmepost.preflight.connect_rules import CONNECT_RULES
from letmepost.preflight.cross_rules import CROSS_RULES
from letmepost.preflight.delivery_rules import DELIVERY_RULES
from letmepost.preflight.media_rules import MEDIA_RULES
from letmepost.preflight.queue_rules import QUEUE_RULES
from letmepost.preflight.request_rules import REQUEST_RULES
from letmepost.preflight.resource_rules import RESOURCE_RULES
from letmepost.preflight.rule import Rule
from letmepost.preflight.url_rules import URL_RULES

RULES = list(catalogue().values())
CHECKED = [rule for rule in RULES if rule.check is not None and rule.status == "live"]

every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
every_checked_rule = pytest.mark.parametrize("rule", CHECKED, ids=lambda rule: rule.id)


def test_no_two_rules_share_an_id() -> None:
    declared = [
        *REQUEST_RULES,
        *RESOURCE_RULES,
        *CONNECT_RULES,
        *MEDIA_RULES,
        *DELIVERY_RULES,
        *QUEUE_RULES,
        *CROSS_RULES,
        *URL_RULES,
    ]
    for platform in platforms().values():
        declared += platform.rules
    ids = [rule.id for rule in declared]
    assert sorted(ids) == sorted(set(ids))


def test_no_two_rules_share_a_page() -> None:
    addresses = [rule.page for rule in RULES]
    assert sorted(addresses) == sorted(set(addresses))


@every_rule
def test_a_rule_says_why_what_to_do_and_where_it_was_read(rule: Rule) -> None:
    assert rule.why
    assert rule.remediation
    assert rule.cited
    assert all(address.startswith("https://") for address, _ in rule.cited)


@every_rule
def test_a_platform_rule_begins_with_its_platform(rule: Rule) -> None:
    if rule.platform is not None:
        assert rule.platform in platforms()
        assert rule.id.startswith(f"{rule.platform}.")


@every_rule
def test_a_message_is_a_sentence(rule: Rule) -> None:
    names = [name for _, name, _, _ in string.Formatter().parse(rule.message) if name]
    assert all(name.isidentifier() for name in names)
    assert rule.message.endswith((".", "}"))


@every_rule
def test_an_alias_leads_to_a_live_rule(rule: Rule) -> None:
    if rule.status == "alias":
        assert rule.successor is not None
        assert catalogue()[rule.successor].status == "live"


@every_checked_rule
def test_the_last_accepted_draft_passes(rule: Rule) -> None:
    draft = accepted_draft(rule)
    assert draft is not None
    assert run_example(rule, draft) == ()


@every_checked_rule
def test_the_first_refused_draft_breaks_exactly_this_rule(rule: Rule) -> None:
    draft = refused_draft(rule)
    assert draft is not None
    findings = run_example(rule, draft)
    assert findings
    assert {finding.rule.id for finding in findings} == {rule.id}
    assert all("{" not in finding.message for finding in findings)
    assert all("None" not in finding.message for finding in findings)


@every_checked_rule
def test_the_same_draft_gives_the_same_findings(rule: Rule) -> None:
    first, second = refused_draft(rule), refused_draft(rule)
    assert first is not None
    assert second is not None
    assert run_example(rule, first) == run_example(rule, second)


def without(part: str, draft: Draft) -> Draft:
    nothing: Any = () if part == "media" else None
    return replace(draft, **{part: nothing})


@pytest.mark.parametrize("name", platforms())
def test_a_rule_that_is_not_asked_would_have_found_nothing(name: str) -> None:
    rules = [*CROSS_RULES, *platforms()[name].rules]
    asked = [rule for rule in rules if rule.check is not None]
    examples = [draft for rule in asked for draft in (accepted_draft(rule), refused_draft(rule))]
    for rule in asked:
        if rule.only_with is None or rule.check is None:
            continue
        limit = () if rule.limit is None else (rule.limit,)
        for draft in examples:
            if draft is not None:
                assert list(rule.check(without(rule.only_with, draft), *limit)) == [], rule.id
