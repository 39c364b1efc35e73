"""How posts and publications look on the wire."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from letmepost.kit.clock import wire_time

# What the API calls the states that a worker holds.
_PUBLISHING = frozenset({"claimed", "sending", "waiting", "unknown"})

Row = Mapping[str, Any]


def status_of(state: str) -> str:
    """The status on the wire; the state itself is its `phase`."""
    return "publishing" if state in _PUBLISHING else state


def states_of(statuses: Sequence[str]) -> list[str]:
    """The states behind statuses of the wire."""
    found: list[str] = []
    for status in statuses:
        found += sorted(_PUBLISHING) if status == "publishing" else [status]
    return found


def batch_status(states: Sequence[str]) -> str:
    """The status of a post from the states of its publications."""
    statuses = {status_of(state) for state in states}
    # What is still a draft says nothing of the others.
    statuses = statuses - {"draft"} or {"draft"}
    for unfinished in ("publishing", "queued"):
        if unfinished in statuses:
            return unfinished
    if len(statuses) == 1 and statuses <= {"draft", "published", "canceled", "deleted"}:
        return statuses.pop()
    # What was deleted later had been published.
    went_out = statuses & {"published", "deleted"}
    if went_out == statuses:
        return "published"
    return "partial_failed" if went_out else "failed"


def _time(at: datetime | None) -> str | None:
    return wire_time(at) if at is not None else None


def _present(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in (None, [])}


def _outcome(row: Row) -> dict[str, Any]:
    status = status_of(row["state"])
    return _present(
        {
            "status": status,
            "phase": row["state"] if status == "publishing" else None,
            "uri": row["platform_uri"],
            "cid": row["platform_cid"],
            "threadUris": row["thread_uris"],
            "firstCommentUri": row["first_comment_uri"],
            "firstCommentCid": row["first_comment_cid"],
            "warnings": row["warnings"],
            "violations": row["violations"],
            "error": row["error"],
            "deletedAt": _time(row["deleted_at"]),
            "deletion": deletion_json(row),
        }
    )


def deletion_json(row: Row) -> dict[str, Any] | None:
    """How far the deletion of a post that is still there has come; None where nobody asks."""
    error = row["delete_error"]
    if row["delete_asked_at"] is not None:
        return {"status": "pending", "askedAt": _time(row["delete_asked_at"]), "error": error}
    return {"status": "failed", "askedAt": None, "error": error} if error else None


def deleted_json(row: Row) -> dict[str, Any]:
    """What became of a target whose deletion was asked for."""
    return {
        "id": row["id"],
        "accountId": row["account_id"],
        "platform": row["platform"],
        "status": status_of(row["state"]),
        "deletedAt": _time(row["deleted_at"]),
        "deletion": deletion_json(row),
        "warnings": row["warnings"],
    }


def batch_json(post: Row, publications: Sequence[Row]) -> dict[str, Any]:
    """A post with the result of each target, in the order of the request."""
    shown = {
        "id": post["id"],
        "status": batch_status([row["state"] for row in publications]),
        "createdAt": wire_time(post["created_at"]),
    }
    if post["scheduled_at"] is not None:
        shown["scheduledAt"] = wire_time(post["scheduled_at"])
    shown["results"] = [
        {
            "accountId": row["account_id"],
            "platform": row["platform"],
            "postId": row["id"],
            **_outcome(row),
            **({"sandbox": True} if row["sandbox"] else {}),
        }
        for row in publications
    ]
    return shown


def flat_json(row: Row) -> dict[str, Any]:
    """A publication in the older shape's answer."""
    return {
        "id": row["id"],
        "platform": row["platform"],
        **_outcome(row),
        "createdAt": wire_time(row["created_at"]),
        **_present({"scheduledAt": _time(row["scheduled_at"])}),
        **({"sandbox": True} if row["sandbox"] else {}),
    }


def publication_json(row: Row) -> dict[str, Any]:
    """A publication as it is read back."""
    content = row["content"]
    status = status_of(row["state"])
    return {
        "id": row["id"],
        "batchId": row["post_id"],
        "profileId": row["profile_id"],
        "accountId": row["account_id"],
        "account": {
            "id": row["account_id"],
            "platform": row["platform"],
            "platformAccountId": row["platform_account_id"],
            "displayName": row["display_name"],
        },
        "platform": row["platform"],
        "status": status,
        "phase": row["state"] if status == "publishing" else None,
        "text": row["text"],
        "mediaRefs": content["media"],
        "firstComment": {"text": content["firstComment"]} if content["firstComment"] else None,
        "options": content["options"],
        "scheduledAt": _time(row["scheduled_at"]),
        "publishedAt": _time(row["published_at"]),
        "verifiedAt": _time(row["verified_at"]),
        "deletedAt": _time(row["deleted_at"]),
        "deletion": deletion_json(row),
        "platformUri": row["platform_uri"],
        "platformCid": row["platform_cid"],
        "threadUris": row["thread_uris"] or [],
        "firstCommentUri": row["first_comment_uri"],
        "firstCommentCid": row["first_comment_cid"],
        "warnings": row["warnings"],
        "violations": row["violations"] or [],
        "error": row["error"],
        "sandbox": row["sandbox"],
        "createdAt": wire_time(row["created_at"]),
        "updatedAt": wire_time(row["updated_at"]),
    }


def attempt_json(row: Row) -> dict[str, Any]:
    """An attempt with what was said between us and the platform, secrets hidden."""
    return {
        "id": row["id"],
        "attemptNumber": row["number"],
        "purpose": row["purpose"],
        "startedAt": wire_time(row["started_at"]),
        "sendingAt": _time(row["sending_at"]),
        "finishedAt": _time(row["finished_at"]),
        "succeeded": row["outcome"] in ("published", "deleted"),
        "outcome": row["outcome"],
        "errorCode": row["error_code"],
        "errorMessage": row["error_message"],
        "platformResponse": row["platform_response"],
        "transcript": row["transcript"],
    }
