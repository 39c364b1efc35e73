"""The time zone that a page's times are in: chosen on it, or remembered of the browser."""

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from starlette.responses import Response

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.dashboard.visit import Visit
from letmepost.kit.clock import wire_time

# The page's script writes the browser's own zone there, until somebody chooses another.
ZONE_COOKIE: Final = "lmp_zone"
KEPT_SECONDS: Final = 365 * 24 * 3600
YEARS: Final = (1971, 8999)


def zone_of(visit: Visit) -> ZoneInfo:
    """The zone that the address names, or the remembered one, or UTC."""
    for name in (visit.query.get("zone", ""), visit.request.cookies.get(ZONE_COOKIE, "")):
        found = _zone(name) if name else None
        if found is not None:
            return found
    return ZoneInfo("UTC")


def remember_zone(visit: Visit, response: Response) -> None:
    """Have the browser remember a zone that the address names."""
    if (name := visit.query.get("zone", "")) and _zone(name) is not None:
        response.set_cookie(
            ZONE_COOKIE,
            name,
            max_age=KEPT_SECONDS,
            samesite="lax",
            secure=visit.dashboard.sessions.secure,
        )


def moment(at: str, zone: str) -> str:
    """A date and a time of a form, in a zone, as the API takes it; raise where they mean nothing.

    A time that clocks skip there is the one an hour later; of one that comes twice, it is the
    first.
    """
    found = _zone(zone or "UTC")
    if found is None:
        raise _unclear(f"{zone[:60]} is no time zone.")
    try:
        local = datetime.fromisoformat(at)
        return wire_time(local.replace(tzinfo=found))
    except (ValueError, OverflowError):
        raise _unclear("The date and the time are missing.") from None


def day_of(written: str) -> date | None:
    """A day of an address; None where it names none that a calendar shows."""
    try:
        found = date.fromisoformat(written)
    except ValueError:
        return None
    return found if YEARS[0] <= found.year <= YEARS[1] else None


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _unclear(message: str) -> LetmepostError:
    return LetmepostError(
        code=ErrorCode.VALIDATION_FAILED,
        message=message,
        remediation="Choose a date, a time and a zone such as Europe/Vienna.",
    )
