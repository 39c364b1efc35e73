"""A rule: one documented constraint, its number with source and date, and the check that finds it.

A rule is declared in one of two ways. `@rule` makes one from a check, a pure function over a
draft. `declared` makes one that other code raises: a request that has the wrong shape, an answer
that only a platform can give. Both have a page and an entry in the catalogue.
"""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from letmepost.content.draft import Draft
from letmepost.content.errors import ErrorCode

Phase = Literal["preflight", "connect", "publish"]
Severity = Literal["error", "warning"]
Part = Literal["options", "first_comment", "media", "cover", "scheduled_at"]
Status = Literal["live", "retired", "alias"]


@dataclass(frozen=True, slots=True)
class Limit:
    """A number, its unit, where it was read and on which day.

    `value` is a number, a pair of the least and the most, or a set of names.
    `setting` is the last part of the environment variable that overrides it, where one does.
    """

    value: Any
    unit: str
    source: str
    checked: date
    setting: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """What a check found: where, and what it saw there. `more` fills further message fields."""

    at: str
    actual: Any = None
    more: dict[str, Any] = field(default_factory=dict)


# A check takes the draft, and the limit where the rule has one.
Check = Callable[..., Iterator[Violation]]
Example = Callable[[Any], Draft]


@dataclass(frozen=True, kw_only=True, eq=False)
class Rule:
    """One entry of the catalogue.

    `why` is the page's text. `accepts` and `refuses` make the last draft that passes and the
    first that fails from the limit (a callable of the
    limit's value, or of None); the page shows them and the suite runs them.
    `difference` says how the number differs from the one of the original rule list.
    `needs_account` says that the check reads facts of the account, and says nothing without one.
    `only_with` names a part of a post without which the check finds nothing, so that it need not be
    asked about the many posts that have no such part.

    Two rules are the same when they are one object, so that what is worked out of many is kept.
    """

    id: str
    field: str
    message: str
    remediation: str
    why: str
    platform: str | None = None
    phase: Phase = "preflight"
    severity: Severity = "error"
    code: ErrorCode = ErrorCode.PREFLIGHT_FAILED
    limit: Limit | None = None
    sources: tuple[tuple[str, date], ...] = ()
    status: Status = "live"
    successor: str | None = None
    difference: str | None = None
    check: Check | None = None
    accepts: Example | None = None
    refuses: Example | None = None
    needs_account: bool = False
    only_with: Part | None = None

    @property
    def page(self) -> str:
        """The last part of the address of the rule's page."""
        return self.id.replace(".", "-").lower()

    @property
    def cited(self) -> tuple[tuple[str, date], ...]:
        """Every source with the day on which it was read."""
        own = ((self.limit.source, self.limit.checked),) if self.limit else ()
        return own + self.sources


def rule(  # noqa: PLR0913 - a rule has these parts
    id: str,  # noqa: A002 - the field's own name reads best at the decorator
    *,
    field: str,
    message: str,
    remediation: str,
    limit: Limit | None = None,
    severity: Severity = "error",
    code: ErrorCode = ErrorCode.PREFLIGHT_FAILED,
    sources: tuple[tuple[str, date], ...] = (),
    difference: str | None = None,
    accepts: Example | None = None,
    refuses: Example | None = None,
    everywhere: bool = False,
    needs_account: bool = False,
    only_with: Part | None = None,
) -> Callable[[Callable[..., Iterator[Violation]]], Rule]:
    """Make a rule from its check; the check's docstring says why the platform wants it so.

    The first part of the id is the platform, unless the rule holds `everywhere`.
    """

    def declare(check: Callable[..., Iterator[Violation]]) -> Rule:
        return Rule(
            id=id,
            platform=None if everywhere else id.partition(".")[0],
            field=field,
            message=message,
            remediation=remediation,
            limit=limit,
            severity=severity,
            code=code,
            sources=sources,
            difference=difference,
            why=inspect.cleandoc(check.__doc__ or ""),
            check=check,
            needs_account=needs_account,
            only_with=only_with,
            accepts=accepts,
            refuses=refuses,
        )

    return declare


def declared(  # noqa: PLR0913 - a rule has these parts
    id: str,  # noqa: A002 - as in `rule`
    *,
    field: str,
    message: str,
    remediation: str,
    why: str,
    platform: str | None = None,
    phase: Phase = "preflight",
    severity: Severity = "error",
    code: ErrorCode = ErrorCode.VALIDATION_FAILED,
    limit: Limit | None = None,
    sources: tuple[tuple[str, date], ...] = (),
    status: Status = "live",
    successor: str | None = None,
    difference: str | None = None,
) -> Rule:
    """Make a rule that other code raises, or one that is retired."""
    return Rule(
        id=id,
        platform=platform,
        field=field,
        message=message,
        remediation=remediation,
        why=inspect.cleandoc(why),
        phase=phase,
        severity=severity,
        code=code,
        limit=limit,
        sources=sources,
        status=status,
        successor=successor,
        difference=difference,
    )
