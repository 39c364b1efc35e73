"""Query strings: arrays in three spellings, bounds, and cursors that callers cannot read."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.datastructures import QueryParams

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.kit.database import EPOCH, MICROSECOND

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
Place = tuple[datetime, str]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One query parameter, for the OpenAPI document and the documentation."""

    name: str
    description: str
    schema: Mapping[str, Any]

    def declared(self) -> dict[str, Any]:
        """As an operation declares it."""
        return {
            "name": self.name,
            "in": "query",
            "required": False,
            "description": self.description,
            "schema": dict(self.schema),
        }


TEXT = {"type": "string"}
_LIST = {"type": "array", "items": TEXT}
_TIME = {"type": "string", "format": "date-time"}
PROFILE = Parameter("profileId", "Only what belongs to this profile.", TEXT)
LIMIT = Parameter(
    "limit",
    f"The most entries that a page may have, {DEFAULT_LIMIT} unless it is given.",
    {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
)
CURSOR = Parameter("cursor", "The `nextCursor` of the page before.", TEXT)
PAGE = (LIMIT, CURSOR)
POST_FILTERS = (
    PROFILE,
    Parameter("platform", "Only posts on these platforms.", _LIST),
    Parameter("status", "Only posts with these statuses.", _LIST),
    Parameter("errorCode", "Only posts whose error has one of these codes.", _LIST),
    Parameter("q", "Only posts whose text holds this, in any case.", TEXT),
    Parameter("after", "Only posts that were created after this time.", _TIME),
    Parameter("before", "Only posts that were created before this time.", _TIME),
)
UPSTREAM = Parameter(
    "upstream",
    "Whether a post that is published already is deleted on its platform.",
    {"type": "boolean", "default": False},
)
EVENT_FILTERS = (
    PROFILE,
    Parameter("type", "Only events of these types.", _LIST),
    Parameter("postId", "Only events of this post.", TEXT),
    Parameter("after", "Only what happened after this time.", _TIME),
    Parameter("before", "Only what happened before this time.", _TIME),
    Parameter(
        "order",
        "The oldest first (asc), to catch up; or the newest first.",
        {"type": "string", "enum": ["asc", "desc"], "default": "desc"},
    ),
)
DELIVERY_FILTERS = (
    Parameter("status", "Only deliveries with these statuses.", _LIST),
    Parameter("eventId", "Only deliveries of this event.", TEXT),
)
PARAMETERS = (*DELIVERY_FILTERS, *EVENT_FILTERS, *POST_FILTERS, *PAGE, UPSTREAM)
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
    text = query.get("limit", str(DEFAULT_LIMIT))
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or not 1 <= int(text) <= MAX_LIMIT:
        raise invalid("limit", f"must be a whole number from 1 to {MAX_LIMIT}.")
    return int(text)


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
