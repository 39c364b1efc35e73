"""The parameters of queries and the headers of requests, for the OpenAPI document and the docs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from letmepost.api.example_values import IDS
from letmepost.api.post_answers import PostStatus
from letmepost.api.reading import (
    DEFAULT_DAYS,
    DEFAULT_LIMIT,
    DEFAULT_PER_DAY,
    MAX_DAYS,
    MAX_LIMIT,
    MAX_PER_DAY,
)
from letmepost.api.webhook_answers import DeliveryStatus
from letmepost.content.errors import ErrorCode
from letmepost.platforms import platforms
from letmepost.preflight.resource_rules import IDEMPOTENCY_KEY_CHARACTERS
from letmepost.tenancy.audit import AuditAction
from letmepost.webhooks.event_types import EVENT_TYPES

WORDS_MAX_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a query, or a header."""

    name: str
    description: str
    schema: Mapping[str, Any]
    required: bool = False


TEXT = {"type": "string"}
_TIME = {"type": "string", "format": "date-time"}


def _some_of(values: Iterable[str]) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string", "enum": [str(each) for each in values]}}


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
    Parameter("platform", "Only posts on these platforms.", _some_of(platforms())),
    Parameter("status", "Only posts with these statuses.", _some_of(PostStatus)),
    Parameter("errorCode", "Only posts whose error has one of these codes.", _some_of(ErrorCode)),
    Parameter(
        "q",
        "Only posts whose text holds this, in any case.",
        {"type": "string", "minLength": 1, "maxLength": WORDS_MAX_CHARACTERS},
    ),
    Parameter("after", "Only posts that were created after this time.", _TIME),
    Parameter("before", "Only posts that were created before this time.", _TIME),
    Parameter(
        "timeFrom",
        "Only posts whose time is this or later: the one at which a post goes out, or else that "
        "at which it was created. The list is then in the order of these times.",
        _TIME,
    ),
    Parameter("timeBefore", "Only posts whose time, as for `timeFrom`, is before this.", _TIME),
)
CALENDAR = (
    PROFILE,
    Parameter(
        "first",
        "The first day, such as 2027-01-31; today in the time zone unless it is given.",
        {"type": "string", "format": "date"},
    ),
    Parameter(
        "days",
        f"How many days, {DEFAULT_DAYS} unless it is given.",
        {"type": "integer", "minimum": 1, "maximum": MAX_DAYS, "default": DEFAULT_DAYS},
    ),
    Parameter(
        "zone",
        "The time zone whose days these are, such as Europe/Vienna.",
        {**TEXT, "default": "UTC"},
    ),
    Parameter(
        "perDay",
        f"How many posts of a day are given, {DEFAULT_PER_DAY} unless it is given.",
        {
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_PER_DAY,
            "default": DEFAULT_PER_DAY,
        },
    ),
)
UPSTREAM = Parameter(
    "upstream",
    "Whether a post that is published already is deleted on its platform.",
    {"type": "boolean", "default": False},
)
EXPIRES = Parameter("expires", "When the address ends, as it was given.", TEXT)
SIGNATURE = Parameter("signature", "Proof that this server gave the address.", TEXT)
EVENT_FILTERS = (
    PROFILE,
    Parameter("type", "Only events of these types.", _some_of(EVENT_TYPES)),
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
    Parameter("status", "Only deliveries with these statuses.", _some_of(DeliveryStatus)),
    Parameter("eventId", "Only deliveries of this event.", TEXT),
)
AUDIT_FILTERS = (
    PROFILE,
    Parameter("action", "Only changes of these kinds.", _some_of(AuditAction)),
    Parameter("actorId", "Only changes by this key, member or grant.", TEXT),
    Parameter("targetId", "Only changes of this key, account, endpoint or other thing.", TEXT),
    Parameter("after", "Only changes after this time.", _TIME),
    Parameter("before", "Only changes before this time.", _TIME),
)
_OF_A_PATH: Mapping[tuple[str, str], tuple[str, str]] = {
    ("accounts", "id"): ("The id of the account.", IDS["acc"]),
    ("api-keys", "id"): ("The id of the key.", IDS["key"]),
    ("batches", "id"): ("The id of the post on all its accounts.", IDS["batch"]),
    ("deliveries", "delivery"): ("The id of the delivery.", IDS["whd"]),
    ("events", "id"): ("The id of the event.", IDS["evt"]),
    ("media", "id"): ("The id of the file.", IDS["med"]),
    ("posts", "id"): ("The id of the post on one account.", IDS["post"]),
    ("profiles", "id"): ("The id of the profile.", IDS["prof"]),
    ("rules", "id"): ("The id of the rule.", "targets.required"),
    ("uploads", "id"): ("The id of the upload.", IDS["upl"]),
    ("webhook-endpoints", "id"): ("The id of the webhook endpoint.", IDS["whe"]),
}


def path_parameters(path: str) -> list[Parameter]:
    """The parameters that stand in an address."""
    parts = [part.strip("{}") for part in path.split("/")]
    return [
        _of_a_path(before, name)
        for before, name, part in zip(parts, parts[1:], path.split("/")[1:], strict=False)
        if part.startswith("{")
    ]


def _of_a_path(before: str, name: str) -> Parameter:
    if name == "platform":
        schema = {"type": "string", "enum": [*platforms()]}
        return Parameter(name, "The name of the platform.", schema, required=True)
    description, example = _OF_A_PATH[before, name]
    return Parameter(name, description, {**TEXT, "examples": [example]}, required=True)


# Those that an error may name.
PARAMETERS = (
    *AUDIT_FILTERS,
    *CALENDAR,
    *DELIVERY_FILTERS,
    *EVENT_FILTERS,
    *POST_FILTERS,
    *PAGE,
    UPSTREAM,
)
IDEMPOTENCY_KEY = Parameter(
    "Idempotency-Key",
    "Makes it safe to send the request again: the second time is a replay.",
    {"type": "string", "minLength": 1, "maxLength": IDEMPOTENCY_KEY_CHARACTERS.value},
)
PREFER = Parameter(
    "Prefer",
    "How long to wait for the platforms: `wait=<seconds>`, or `respond-async` not to wait.",
    TEXT,
)
IF_NONE_MATCH = Parameter(
    "If-None-Match",
    "The `ETag` of an answer that is known already; 304 while it is still good.",
    TEXT,
)
RANGE = Parameter(
    "Range",
    "One range of bytes, such as `bytes=0-1023`; anything else is answered with the whole file.",
    TEXT,
)
IF_RANGE = Parameter(
    "If-Range",
    "The `ETag` of the file that the range is of; another file is answered whole.",
    TEXT,
)
