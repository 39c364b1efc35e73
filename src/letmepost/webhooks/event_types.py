"""The registry of events: each type with its sentence, its data and an example."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from letmepost.webhooks import event_data as data

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


@dataclass(frozen=True, kw_only=True)
class EventType:
    """One type of event.

    `description` says when it is written, in one sentence; `example` is one `data` of it.
    """

    name: str
    description: str
    data: type[data.Data]
    example: Mapping[str, Any]

    @property
    def page(self) -> str:
        """The last part of the address of its page."""
        return self.name.replace(".", "-")

    @cached_property
    def schema(self) -> Mapping[str, Any]:
        """The JSON Schema of its `data`."""
        return self.data.model_json_schema(mode="serialization")


def _post(
    name: str,
    description: str,
    model: type[data.PostData],
    **more: Any,  # noqa: ANN401 - JSON
) -> EventType:
    return EventType(name=name, description=description, data=model, example={**_POST, **more})


def _account(
    name: str,
    description: str,
    model: type[data.AccountData],
    **more: Any,  # noqa: ANN401 - JSON
) -> EventType:
    return EventType(name=name, description=description, data=model, example={**_ACCOUNT, **more})


_TYPES: Final = (
    _post(
        "post.validated",
        "A post was accepted: every rule that could look at it did, and none refused it.",
        data.PostValidated,
        validatedAt=_NOW,
        rules=["bluesky.text.max_graphemes", "bluesky.media.image.max_bytes"],
        warnings=[],
    ),
    _post(
        "post.queued",
        "A post waits for its time, having been scheduled or asked to be tried again.",
        data.PostQueued,
        scheduledAt=_SOON,
        queuedAt=_NOW,
    ),
    _post(
        "post.published",
        "A post is out: its platform has said so.",
        data.PostPublished,
        **_OUT,
        threadUris=[],
        firstCommentUri=None,
        firstCommentCid=None,
        warnings=[],
        publishedAt=_NOW,
    ),
    _post(
        "post.rejected",
        "A post was refused for good, by its platform or by a check just before it was sent.",
        data.PostEnded,
        error=_REJECTED,
        rejectedAt=_NOW,
    ),
    _post(
        "post.failed",
        "A post was given up after every try; a later one may succeed.",
        data.PostEnded,
        error=_FAILED,
        rejectedAt=_NOW,
    ),
    _post(
        "post.outcome_unknown",
        "A post was sent and nobody could find out what became of it; "
        "`post.failed` follows and ends it.",
        data.PostOutcomeUnknown,
        error=_UNKNOWN,
    ),
    _post(
        "post.canceled",
        "A queued post was canceled before it was sent.",
        data.PostCanceled,
        scheduledAt=_SOON,
        canceledAt=_NOW,
    ),
    _post(
        "post.rescheduled",
        "A queued post has another time.",
        data.PostRescheduled,
        previousScheduledAt=_NOW,
        scheduledAt=_SOON,
    ),
    _post(
        "post.updated",
        "A queued post has other content; the fields are named, what they hold is not sent.",
        data.PostUpdated,
        changed=["text"],
        scheduledAt=_SOON,
    ),
    _post(
        "post.verified",
        "A published post was looked at a minute later, and it is there.",
        data.PostSeen,
        **_OUT,
    ),
    _post(
        "post.not_visible",
        "A published post was looked at a minute later, and its platform does not show it.",
        data.PostSeen,
        **_OUT,
    ),
    _post(
        "post.deleted",
        "A published post was deleted on its platform.",
        data.PostDeleted,
        **_OUT,
        warnings=[],
        deletedAt=_NOW,
    ),
    _post(
        "post.not_deleted",
        "A published post was to be deleted, and is still on its platform.",
        data.PostNotDeleted,
        **_OUT,
        error=_REJECTED,
    ),
    _account(
        "account.connected",
        "An account was connected, for the first time or again.",
        data.AccountData,
    ),
    _account(
        "account.disconnected",
        "An account was disconnected; its queued posts were canceled.",
        data.AccountData,
    ),
    _account(
        "token.expiring",
        "Access to an account ends soon, and only a person can renew it.",
        data.TokenExpiring,
        tokenExpiresAt=_SOON,
        expiresAt=_SOON,
        daysUntilExpiry=6,
    ),
    _account(
        "token.revoked",
        "A platform gives no more access to an account; connect it again.",
        data.TokenRevoked,
        reason="The refresh token was revoked.",
        revokedAt=_NOW,
    ),
    EventType(
        name="media.deleted",
        description="A file was deleted, on request or at the end of its lifetime.",
        data=data.MediaDeleted,
        example={
            "id": "med_0002SkJ5tRf7gKn1bXvA9M",
            "profileId": _POST["profileId"],
            "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        },
    ),
    EventType(
        name="version.deprecated",
        description="A platform ends the version of its API that this server speaks.",
        data=data.VersionDeprecated,
        example={
            "platform": "linkedin",
            "currentPin": "202605",
            "nextPin": "202611",
            "sunsetAt": "2027-05-01T00:00:00.000Z",
            "announcedAt": None,
            "migrationStatus": "pending",
            "noticeUrl": None,
        },
    ),
    EventType(
        name="webhook.paused",
        description="This server stopped delivering to a webhook endpoint that had failed for "
        "too long; the other endpoints are told.",
        data=data.EndpointPaused,
        example={
            "endpointId": "whe_0002SkJ6uSg8hLp2cYwB0N",
            "url": "https://app.example/hooks",
            "reason": "failing",
            "failingSince": "2026-11-22T08:00:00.000Z",
            "lastFailureReason": "The endpoint answered 500.",
            "pausedAt": _NOW,
        },
    ),
)
EVENT_TYPES: Final[Mapping[str, EventType]] = {each.name: each for each in _TYPES}
