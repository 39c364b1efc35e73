"""How many posts an organization may make in a month, where the operator has set a number.

What counts is a publication: a post on three accounts counts three. A draft counts from when it is
made, and no more once it is removed. Test keys do not count.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, func, select

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.kit.clock import wire_time
from letmepost.posts.tables import publications
from letmepost.tenancy.tables import organizations
from letmepost.webhooks.events import Event

# Told once a month, when so much is used.
WARNED_AT: Final = 0.8


def month_of(now: datetime) -> tuple[datetime, datetime]:
    """The calendar month of a moment, in UTC: when it began, and when the next one begins."""
    begins = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    is_december = begins.month == 12  # noqa: PLR2004 - the last month
    ends = begins.replace(
        year=begins.year + is_december, month=1 if is_december else begins.month + 1
    )
    return begins, ends


@dataclass
class MonthlyQuota:
    """The posts of one organization in this month, counted while nobody else adds any."""

    organization_id: str
    most: int
    used: int
    now: datetime

    def take(self, count: int) -> tuple[LetmepostError | None, list[Event]]:
        """Use so much of it: why that is too much, or what is to be told."""
        if self.used + count > self.most:
            return self._exceeded(count), []
        before, self.used = self.used, self.used + count
        threshold = self.most * WARNED_AT
        return None, [self._warning()] if before < threshold <= self.used else []

    def _exceeded(self, count: int) -> LetmepostError:
        _, ends = month_of(self.now)
        left = self.most - self.used
        return LetmepostError(
            code=ErrorCode.QUOTA_EXCEEDED,
            message=f"The organization may make {self.most} posts in a month. {left} are left, "
            f"and this would be {count}.",
            remediation=f"Wait until {wire_time(ends)}, or ask the operator for more.",
            retry_after_seconds=(ends - self.now).total_seconds(),
            retry_after_source="monthly quota",
        )

    def _warning(self) -> Event:
        begins, ends = month_of(self.now)
        return Event(
            type="quota.warning",
            organization_id=self.organization_id,
            profile_id=None,
            subject_id=self.organization_id,
            sequence=0,
            data={
                "used": self.used,
                "quota": self.most,
                "monthBeganAt": wire_time(begins),
                "monthEndsAt": wire_time(ends),
            },
        )


def quotas_of(
    connection: Connection, organization_ids: Iterable[str], most: int, now: datetime
) -> dict[str, MonthlyQuota]:
    """The quota of each organization; others wait until this transaction ends."""
    begins, _ = month_of(now)
    rows = publications.c
    found = {}
    # In one order for all, so that two transactions cannot wait for each other.
    for each in sorted(set(organization_ids)):
        lock = select(organizations.c.id).where(organizations.c.id == each)
        connection.execute(lock.with_for_update())
        used = connection.execute(
            select(func.count())
            .select_from(publications)
            .where(
                rows.organization_id == each,
                rows.created_at >= begins,
                rows.sandbox.is_(False),
            )
        ).scalar_one()
        found[each] = MonthlyQuota(each, most, used, now)
    return found
