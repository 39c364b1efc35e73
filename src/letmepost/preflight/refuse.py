"""Turn rules into errors: one declaration gives the words, whoever raises it."""

from collections.abc import Sequence
from typing import Any

from letmepost.content.errors import LetmepostError
from letmepost.preflight.rule import Rule, Violation
from letmepost.preflight.run import Finding, complete


def _filled(template: str, rule: Rule, fields: dict[str, Any]) -> str:
    limit = rule.limit.value if rule.limit else None
    return template.format(**{"limit": limit, "actual": None, **fields})


def words(rule: Rule, **fields: Any) -> str:  # noqa: ANN401 - whatever the message names
    """The message of a rule with its fields filled in."""
    return _filled(rule.message, rule, fields)


def refuse(
    rule: Rule,
    *,
    conflict: bool = False,
    platform_response: Any = None,  # noqa: ANN401 - JSON
    **fields: Any,  # noqa: ANN401 - whatever the message names
) -> LetmepostError:
    """The error of a rule that ends the request by itself."""
    return LetmepostError(
        code=rule.code,
        message=words(rule, **fields),
        rule=rule.id,
        platform=rule.platform,
        remediation=_filled(rule.remediation, rule, fields),
        platform_response=platform_response,
        conflict=conflict,
    )


def found(
    rule: Rule,
    at: str,
    *,
    target: int | None = None,
    actual: Any = None,  # noqa: ANN401 - what was seen
    **more: Any,  # noqa: ANN401 - further fields of the message
) -> Finding:
    """A violation of a declared rule, in the form in which checks report theirs."""
    return complete(rule, Violation(at=at, actual=actual, more=more), target=target)


def refuse_all(
    findings: Sequence[Finding],
    docs_url: str,
    platform_response: Any = None,  # noqa: ANN401 - JSON
) -> LetmepostError:
    """One error for every violation: the first gives code, rule and words, all are listed."""
    first = findings[0]
    return LetmepostError(
        code=first.rule.code,
        message=first.message,
        rule=first.rule.id,
        platform=first.rule.platform,
        remediation=first.remediation,
        platform_response=platform_response,
        violations=[finding.to_json(docs_url) for finding in findings],
    )
