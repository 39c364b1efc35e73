"""The queries of lists, under Python's names. Times are texts of ISO 8601 or aware datetimes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from letmepost_sdk.settings import CallOptions
from letmepost_sdk.types import (
    AuditAction,
    DeliveryStatus,
    ErrorCode,
    EventTypeName,
    PlatformName,
    PostStatus,
    RulePhase,
)

Moment = str | datetime


class ProfileFilter(CallOptions, total=False):
    """Which of what profiles own."""

    profile_id: str


class PageFilters(CallOptions, total=False):
    """How much of a list, and from where."""

    limit: int
    cursor: str


class ProfilePageFilters(ProfileFilter, PageFilters, total=False):
    """Which part of what a profile owns."""


class PostFilters(ProfilePageFilters, total=False):
    """Which posts. `q` is a part of their text; `after` and `before` bound their creation.

    `time_from` and `time_before` bound the time at which they go out, and order by it.
    """

    platform: PlatformName | Sequence[PlatformName]
    status: PostStatus | Sequence[PostStatus]
    error_code: ErrorCode | Sequence[ErrorCode]
    q: str
    after: Moment
    before: Moment
    time_from: Moment
    time_before: Moment


class CalendarFilters(ProfileFilter, total=False):
    """Which days: so many from `first` on, in a time zone, and how many posts of each."""

    first: str
    days: int
    zone: str
    per_day: int


class EventFilters(ProfilePageFilters, total=False):
    """Which events, and in which order: `asc` to catch up, else the newest first."""

    type: EventTypeName | Sequence[EventTypeName]
    post_id: str
    after: Moment
    before: Moment
    order: Literal["asc", "desc"]


class AuditFilters(ProfilePageFilters, total=False):
    """Which changes."""

    action: AuditAction | Sequence[AuditAction]
    actor_id: str
    target_id: str
    after: Moment
    before: Moment


class DeliveryFilters(PageFilters, total=False):
    """Which deliveries of an endpoint."""

    status: DeliveryStatus | Sequence[DeliveryStatus]
    event_id: str


class RuleFilters(CallOptions, total=False):
    """Which rules."""

    platform: PlatformName | Literal["any"]
    phase: RulePhase
    field: str
