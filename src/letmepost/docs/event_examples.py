"""One `data` of each type of event, for its page."""

from collections.abc import Mapping
from typing import Any, Final

_POST: Final = {
    "id": "post_0002SkJ4mVb1cFv3dQxW7T",
    "platform": "bluesky",
    "accountId": "acc_0002SkJ3pQz8rLm5nYtB2K",
    "profileId": "prof_0002SkJ2aHd6wEj9sUoC4R",
}
_ACCOUNT: Final = {
    "platform": "bluesky",
    "accountId": _POST["accountId"],
    "profileId": _POST["profileId"],
    "platformAccountId": "did:plc:ewvi7nxzyoun6zhxrhs64oiz",
    "displayName": "Studio Example",
}
_URI: Final = "https://bsky.app/profile/app.example/post/3lbq5d2xq2s2k"
_OUT: Final = {"uri": _URI, "cid": "bafyreib2rxk3rybk3aobmv5cjuql3bm2twh4jo5uxgf5kpqcsgz7soitae"}
_SOON, _NOW = "2026-12-01T09:00:00.000Z", "2026-11-25T08:00:00.000Z"
_REJECTED: Final = {
    "code": "platform_rejected",
    "message": "Bluesky refused the post: Could not find blob",
    "platform": "bluesky",
    "platformResponse": {"error": "BlobNotFound", "message": "Could not find blob"},
    "retryable": False,
    "willRetry": False,
}
_FAILED: Final = {
    **_REJECTED,
    "code": "platform_unavailable",
    "message": "Bluesky did not answer in time.",
    "platformResponse": None,
    "retryable": True,
}
_UNKNOWN: Final = {
    **_FAILED,
    "message": "The platform never said what became of the post.",
    "rule": "delivery.outcome_unknown",
    "retryable": False,
}

EXAMPLES: Final[Mapping[str, Mapping[str, Any]]] = {
    "post.validated": {
        **_POST,
        "validatedAt": _NOW,
        "rules": ["bluesky.text.max_graphemes", "bluesky.media.image.max_bytes"],
        "warnings": [],
    },
    "post.queued": {
        **_POST,
        "scheduledAt": _SOON,
        "queuedAt": _NOW,
    },
    "post.published": {
        **_POST,
        **_OUT,
        "threadUris": [],
        "firstCommentUri": None,
        "firstCommentCid": None,
        "warnings": [],
        "publishedAt": _NOW,
    },
    "post.rejected": {
        **_POST,
        "error": _REJECTED,
        "rejectedAt": _NOW,
    },
    "post.failed": {
        **_POST,
        "error": _FAILED,
        "rejectedAt": _NOW,
    },
    "post.outcome_unknown": {
        **_POST,
        "error": _UNKNOWN,
    },
    "post.canceled": {
        **_POST,
        "scheduledAt": _SOON,
        "canceledAt": _NOW,
    },
    "post.rescheduled": {
        **_POST,
        "previousScheduledAt": _NOW,
        "scheduledAt": _SOON,
    },
    "post.updated": {
        **_POST,
        "changed": ["text"],
        "scheduledAt": _SOON,
    },
    "post.verified": {
        **_POST,
        **_OUT,
    },
    "post.not_visible": {
        **_POST,
        **_OUT,
    },
    "post.deleted": {
        **_POST,
        **_OUT,
        "warnings": [],
        "deletedAt": _NOW,
    },
    "post.not_deleted": {
        **_POST,
        **_OUT,
        "error": _REJECTED,
    },
    "account.connected": {
        **_ACCOUNT,
    },
    "account.disconnected": {
        **_ACCOUNT,
    },
    "token.expiring": {
        **_ACCOUNT,
        "tokenExpiresAt": _SOON,
        "expiresAt": _SOON,
        "daysUntilExpiry": 6,
    },
    "token.revoked": {
        **_ACCOUNT,
        "reason": "The refresh token was revoked.",
        "revokedAt": _NOW,
    },
    "media.deleted": {
        "id": "med_0002SkJ5tRf7gKn1bXvA9M",
        "profileId": _POST["profileId"],
        "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    },
    "version.deprecated": {
        "platform": "linkedin",
        "currentPin": "202605",
        "nextPin": "202611",
        "sunsetAt": "2027-05-01T00:00:00.000Z",
        "announcedAt": None,
        "migrationStatus": "pending",
        "noticeUrl": None,
    },
    "webhook.paused": {
        "endpointId": "whe_0002SkJ6uSg8hLp2cYwB0N",
        "url": "https://app.example/hooks",
        "reason": "failing",
        "failingSince": "2026-11-22T08:00:00.000Z",
        "lastFailureReason": "The endpoint answered 500.",
        "pausedAt": _NOW,
    },
    "quota.warning": {
        "used": 800,
        "quota": 1000,
        "monthBeganAt": "2026-11-01T00:00:00.000Z",
        "monthEndsAt": "2026-12-01T00:00:00.000Z",
    },
}
