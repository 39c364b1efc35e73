"""What events say of a publication."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from letmepost.kit.clock import wire_time
from letmepost.preflight.resource_rules import OUTCOME_UNKNOWN
from letmepost.webhooks.events import Event


def _about(row: Mapping[str, Any]) -> dict[str, Any]:
    about = {
        "id": row["id"],
        "platform": row["platform"],
        "accountId": row["account_id"],
        "profileId": row["profile_id"],
    }
    return {**about, "sandbox": True} if row["sandbox"] else about


def _event(
    row: Mapping[str, Any], type_: str, data: Mapping[str, Any], request_id: str | None
) -> Event:
    return Event(
        type=type_,
        organization_id=row["organization_id"],
        profile_id=row["profile_id"],
        subject_id=row["id"],
        sequence=row["event_count"],
        data={**_about(row), **data},
        request_id=request_id,
    )


def validated_event(
    row: Mapping[str, Any], rules: Sequence[str], request_id: str, now: datetime
) -> Event:
    """A publication was accepted: these rules were asked, and none refused it."""
    data = {"validatedAt": wire_time(now), "rules": list(rules), "warnings": row["warnings"]}
    return _event({**row, "event_count": 1}, "post.validated", data, request_id)


def ending_events(row: Mapping[str, Any], request_id: str | None, now: datetime) -> Sequence[Event]:
    """What ends a publication, `row` being as it was: its one terminal event comes last.

    Each raises the count of the row's events by one.
    """
    counted = dict(row)
    happened = []
    if (row["error"] or {}).get("rule") == OUTCOME_UNKNOWN.id:
        counted["event_count"] += 1
        happened.append(
            _event(counted, "post.outcome_unknown", {"error": row["error"]}, request_id)
        )
    counted["event_count"] += 1
    return [*happened, terminal_event(counted, request_id, now)]


def terminal_event(row: Mapping[str, Any], request_id: str | None, now: datetime) -> Event:
    """The one event that ends a publication; `row` is as it will be stored."""
    if row["state"] == "published":
        data = {
            "uri": row["platform_uri"],
            "cid": row["platform_cid"],
            "threadUris": row["thread_uris"] or [],
            "firstCommentUri": row["first_comment_uri"],
            "firstCommentCid": row["first_comment_cid"],
            "warnings": row["warnings"],
            "publishedAt": wire_time(row["published_at"]),
        }
        return _event(row, "post.published", data, request_id)
    if row["state"] == "canceled":
        scheduled_at = row["scheduled_at"]
        data = {
            "scheduledAt": wire_time(scheduled_at) if scheduled_at else None,
            "canceledAt": wire_time(now),
        }
        return _event(row, "post.canceled", data, request_id)
    data = {"error": row["error"], "rejectedAt": wire_time(now)}
    return _event(row, f"post.{row['state']}", data, request_id)


def rescheduled_event(row: Mapping[str, Any], previous: datetime | None, request_id: str) -> Event:
    """A publication has another time now."""
    data = {
        "previousScheduledAt": wire_time(previous) if previous else None,
        "scheduledAt": wire_time(row["scheduled_at"]),
    }
    return _event(row, "post.rescheduled", data, request_id)


def updated_event(row: Mapping[str, Any], changed: Sequence[str], request_id: str) -> Event:
    """A publication has other content now; which fields, not what they hold."""
    at = row["scheduled_at"]
    data = {"changed": list(changed), "scheduledAt": wire_time(at) if at else None}
    return _event(row, "post.updated", data, request_id)


def visibility_event(row: Mapping[str, Any], *, visible: bool) -> Event:
    """A published post was looked at: it is there, or it is not."""
    data = {"uri": row["platform_uri"], "cid": row["platform_cid"]}
    return _event(row, "post.verified" if visible else "post.not_visible", data, None)


def deletion_event(row: Mapping[str, Any], now: datetime) -> Event:
    """The platform was asked to delete a post: it is gone, or it is not and will not be."""
    data = {"uri": row["platform_uri"], "cid": row["platform_cid"]}
    if row["state"] == "deleted":
        gone = {**data, "warnings": row["warnings"], "deletedAt": wire_time(now)}
        return _event(row, "post.deleted", gone, None)
    return _event(row, "post.not_deleted", {**data, "error": row["delete_error"]}, None)


def queued_event(row: Mapping[str, Any], request_id: str | None, now: datetime) -> Event:
    """A publication was accepted for later."""
    data = {"scheduledAt": wire_time(row["scheduled_at"]), "queuedAt": wire_time(now)}
    return _event(row, "post.queued", data, request_id)
