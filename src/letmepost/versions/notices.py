"""Tell that a platform's version ends: once for each version, 90, 30 and 7 days ahead, and gone."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Final

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from letmepost.accounts.tables import accounts
from letmepost.kit.clock import wire_time
from letmepost.platform_kit.platform import PlatformVersion
from letmepost.versions.spoken import days_until_sunset
from letmepost.versions.tables import version_notices
from letmepost.webhooks.events import Event, write_events

NOTICE_DAYS: Final = (90, 30, 7)
GONE: Final = "gone"


def due_notices(version: PlatformVersion, today: date) -> list[str]:
    """The notices whose day has come, the latest first."""
    left = days_until_sunset(version, today)
    if left is None:
        return []
    reached = [str(days) for days in sorted(NOTICE_DAYS) if left <= days]
    return [GONE, *reached] if left <= 0 else reached


def give_notices(
    connection: Connection, spoken: Mapping[str, PlatformVersion], now: datetime
) -> int:
    """Give the notices of the day, near the end of a transaction; the number of events.

    A server that was off for months gives the latest notice of a version, and not all at once.
    """
    happened: list[Event] = []
    for platform, version in spoken.items():
        due = due_notices(version, now.date())
        given = [_give(connection, platform, version, each, now) for each in due]
        if given[:1] == [True]:
            happened += _events(connection, platform, version)
    write_events(connection, happened, now)
    return len(happened)


def tell_gone(
    connection: Connection, platform: str, version: PlatformVersion, now: datetime
) -> bool:
    """The platform itself has said that it does not answer this version; whether that is news."""
    if not _give(connection, platform, version, GONE, now):
        return False
    write_events(connection, _events(connection, platform, version), now)
    return True


def _give(
    connection: Connection, platform: str, version: PlatformVersion, notice: str, now: datetime
) -> bool:
    """Write a notice down; False where it was given before, by whomever."""
    row = {
        "platform": platform,
        "version": version.current,
        "notice": notice,
        "given_at": now,
    }
    if connection.dialect.name == "postgresql":
        added = postgresql.insert(version_notices).values(row).on_conflict_do_nothing()
        return connection.execute(added).rowcount == 1
    once = sqlite.insert(version_notices).values(row).on_conflict_do_nothing()
    return connection.execute(once).rowcount == 1


def _events(connection: Connection, platform: str, version: PlatformVersion) -> Sequence[Event]:
    """One event for each organization that has an account there."""
    rows = accounts.c
    owners = connection.execute(
        select(rows.organization_id)
        .where(rows.platform == platform, rows.disconnected_at.is_(None), rows.sandbox.is_(False))
        .distinct()
        .order_by(rows.organization_id)
    ).scalars()
    ends = version.sunset_at
    data = {
        "platform": platform,
        "currentPin": version.current,
        "nextPin": version.next,
        "sunsetAt": wire_time(datetime.combine(ends, time(), UTC)) if ends else None,
        "announcedAt": None,
        "migrationStatus": "pending",
        "noticeUrl": version.changelog_url,
    }
    return [
        Event(
            type="version.deprecated",
            organization_id=each,
            profile_id=None,
            subject_id=platform,
            sequence=0,
            data=data,
        )
        for each in owners
    ]
