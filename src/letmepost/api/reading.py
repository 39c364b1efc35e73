"""Query strings: arrays in three spellings, bounds, and cursors that callers cannot read."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from starlette.datastructures import QueryParams

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.kit.database import EPOCH, MICROSECOND

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
DEFAULT_DAYS = 7
# A page of a month has up to six weeks.
MAX_DAYS = 42
DEFAULT_PER_DAY = 10
MAX_PER_DAY = 50
ZONE_CHARACTERS_SHOWN = 60
Place = tuple[datetime, str]
YEARS = (1970, 9000)


_INDEX = re.compile(r"^(?P<name>\w+)\[\d*\]$")


def invalid(name: str, message: str) -> LetmepostError:
    """The error of one query parameter."""
    return LetmepostError(
        code=ErrorCode.VALIDATION_FAILED,
        message=f"{name}: {message}",
        rule=name,
        violations=[{"rule": name, "field": name, "message": message}],
    )


def array(query: QueryParams, name: str) -> list[str]:
    """The values of `name=a&name=b`, `name[]=a`, `name[0]=a` and `name=a,b`, in order."""
    values: list[str] = []
    for key, value in query.multi_items():
        match = _INDEX.match(key)
        if key == name or (match and match["name"] == name):
            values += [part for part in value.split(",") if part]
    return values


def one_of(query: QueryParams, name: str, allowed: Sequence[str]) -> list[str]:
    """An array whose values are all known."""
    values = array(query, name)
    for value in values:
        if value not in allowed:
            raise invalid(name, f"{value[:40]} is not one of {', '.join(allowed)}.")
    return values


def limit(query: QueryParams) -> int:
    """How many rows a page may have."""
    return how_many(query, "limit", default=DEFAULT_LIMIT, most=MAX_LIMIT)


def how_many(query: QueryParams, name: str, *, default: int, most: int) -> int:
    """A whole number from 1 on."""
    text = query.get(name, str(default))
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or not 1 <= int(text) <= most:
        raise invalid(name, f"must be a whole number from 1 to {most}.")
    return int(text)


def day(query: QueryParams, name: str) -> date | None:
    """A day of the calendar. The first and the last years are left out: their zones lack days."""
    text = query.get(name)
    if text is None:
        return None
    try:
        found = datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise invalid(name, "must be a day such as 2027-01-31.") from None
    if not YEARS[0] <= found.year <= YEARS[1]:
        raise invalid(name, f"must be in the years {YEARS[0]} to {YEARS[1]}.")
    return found


def zone(query: QueryParams, name: str) -> ZoneInfo:
    """A time zone by its name; UTC unless it is given."""
    text = query.get(name, "UTC")
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise invalid(name, f"{text[:ZONE_CHARACTERS_SHOWN]} is no time zone.") from None


def moment(query: QueryParams, name: str) -> datetime | None:
    """A time with a zone."""
    text = query.get(name)
    if text is None:
        return None
    try:
        # A plus sign in a query that was not encoded arrives as a space.
        found = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise invalid(name, "must be an ISO 8601 time.") from None
    if found.tzinfo is None:
        raise invalid(name, "must end with Z or an offset.")
    return found


def words(query: QueryParams, name: str, *, most: int) -> str | None:
    """A text to search for."""
    text = query.get(name)
    if text is None:
        return None
    if not 1 <= len(text) <= most or "\0" in text:
        raise invalid(name, f"must have 1 to {most} characters.")
    return text


def flag(query: QueryParams, name: str) -> bool:
    """A yes or a no; no unless it is given."""
    text = query.get(name, "false")
    if text not in ("true", "false"):
        raise invalid(name, "must be true or false.")
    return text == "true"


def cursor(query: QueryParams) -> Place | None:
    """The place after which a page begins."""
    text = query.get("cursor")
    if not text:
        return None
    try:
        padded = text + "=" * (-len(text) % 4)
        decoded = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
        micros, _, row_id = decoded.partition("|")
        place = EPOCH + timedelta(microseconds=int(micros)), row_id
    except (ValueError, binascii.Error, OverflowError):
        raise invalid("cursor", "is not one that this server gave.") from None
    if "\0" in row_id:
        raise invalid("cursor", "is not one that this server gave.")
    return place


def cursor_after(place: Place) -> str:
    """The cursor of the page after this place."""
    at, row_id = place
    text = f"{(at - EPOCH) // MICROSECOND}|{row_id}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def page(
    rows: Sequence[Any],
    limit: int,
    place: Callable[[Any], Place],
    shown: Callable[[Any], dict[str, Any]],
) -> dict[str, Any]:
    """A page of rows, of which one more than `limit` were read to know whether others follow."""
    more = len(rows) > limit
    kept = rows[:limit]
    return {
        "data": [shown(row) for row in kept],
        "nextCursor": cursor_after(place(kept[-1])) if more else None,
    }


def row_place(row: Mapping[str, Any] | Any) -> Place:  # noqa: ANN401 - a mapping or an object
    """The place of a row in the order of time and id."""
    if isinstance(row, Mapping):
        return row["created_at"], row["id"]
    return row.created_at, row.id
