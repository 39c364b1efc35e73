"""The bodies of answers about rules, declared like those in `answers`."""

from datetime import date
from typing import Any, Literal

from pydantic import Field

from letmepost.api.answers import Answer, RulePhase, RuleSeverity, Violated
from letmepost.content.errors import ErrorCode


class AppliedRule(Answer):
    """One rule and what it said."""

    rule: str
    result: Literal["pass", "fail", "skipped"]
    why: str | None = None


class Length(Answer):
    """How long a text is in a unit that a rule limits."""

    field: str
    unit: str
    rule: str
    used: int
    limit: int
    left: int


class Fix(Answer):
    """A change that makes violations disappear; `value` goes to `field`."""

    kind: Literal["shorten_text", "split_thread", "cut_alt_text", "refit_image"]
    rules: list[str]
    target: int
    field: str
    value: Any
    description: str


class ValidatedTarget(Answer):
    """What would become of one target."""

    target: int
    platform: str | None
    account_id: str | None
    valid: bool
    violations: list[Violated]
    warnings: list[Violated]
    quota: list[Violated]
    rules: list[AppliedRule]
    lengths: list[Length]
    request: list[dict[str, Any]] | None
    fixes: list[Fix]


class Validation(Answer):
    """Whether a request would go out, and everything that is known of it."""

    valid: bool
    targets: list[ValidatedTarget]


class Source(Answer):
    """Where a number was read, and when."""

    url: str
    checked: date


class CatalogueRule(Answer):
    """One documented constraint."""

    id: str
    platform: str | None
    phase: RulePhase
    field: str
    severity: RuleSeverity
    code: ErrorCode
    limit: Any
    unit: str | None
    message: str
    remediation: str
    why: str
    sources: list[Source]
    rule_url: str = Field(alias="ruleUrl")
    status: Literal["live", "retired", "alias"]
    successor: str | None


class RulePage(Answer):
    """The rules."""

    data: list[CatalogueRule]
    next_cursor: str | None
