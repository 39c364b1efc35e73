"""The registry of events: each type with its sentence and its data."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from letmepost.webhooks import event_data as data


@dataclass(frozen=True, kw_only=True)
class EventType:
    """One type of event.

    `description` says when it is written, in one sentence.
    """

    name: str
    description: str
    data: type[data.Data]

    @property
    def page(self) -> str:
        """The last part of the address of its page."""
        return self.name.replace(".", "-")

    @cached_property
    def schema(self) -> Mapping[str, Any]:
        """The JSON Schema of its `data`."""
        return self.data.model_json_schema(mode="serialization")


_TYPES: Final = (
    EventType(
        name="post.validated",
        description="A post was accepted: every rule that could look at it did, and none "
        "refused it.",
        data=data.PostValidated,
    ),
    EventType(
        name="post.queued",
        description="A post waits for its time, having been scheduled or asked to be tried again.",
        data=data.PostQueued,
    ),
    EventType(
        name="post.published",
        description="A post is out: its platform has said so.",
        data=data.PostPublished,
    ),
    EventType(
        name="post.rejected",
        description="A post was refused for good, by its platform or by a check just before "
        "it was sent.",
        data=data.PostEnded,
    ),
    EventType(
        name="post.failed",
        description="A post was given up after every try; a later one may succeed.",
        data=data.PostEnded,
    ),
    EventType(
        name="post.outcome_unknown",
        description="A post was sent and nobody could find out what became of it; "
        "`post.failed` follows and ends it.",
        data=data.PostOutcomeUnknown,
    ),
    EventType(
        name="post.canceled",
        description="A queued post was canceled before it was sent.",
        data=data.PostCanceled,
    ),
    EventType(
        name="post.rescheduled",
        description="A queued post has another time.",
        data=data.PostRescheduled,
    ),
    EventType(
        name="post.updated",
        description="A queued post has other content; the fields are named, what they hold is"
        " not sent.",
        data=data.PostUpdated,
    ),
    EventType(
        name="post.verified",
        description="A published post was looked at a minute later, and it is there.",
        data=data.PostSeen,
    ),
    EventType(
        name="post.not_visible",
        description="A published post was looked at a minute later, and its platform does not"
        " show it.",
        data=data.PostSeen,
    ),
    EventType(
        name="post.deleted",
        description="A published post was deleted on its platform.",
        data=data.PostDeleted,
    ),
    EventType(
        name="post.not_deleted",
        description="A published post was to be deleted, and is still on its platform.",
        data=data.PostNotDeleted,
    ),
    EventType(
        name="account.connected",
        description="An account was connected, for the first time or again.",
        data=data.AccountData,
    ),
    EventType(
        name="account.disconnected",
        description="An account was disconnected; its queued posts were canceled.",
        data=data.AccountData,
    ),
    EventType(
        name="token.expiring",
        description="Access to an account ends soon, and only a person can renew it.",
        data=data.TokenExpiring,
    ),
    EventType(
        name="token.revoked",
        description="A platform gives no more access to an account; connect it again.",
        data=data.TokenRevoked,
    ),
    EventType(
        name="media.deleted",
        description="A file was deleted, on request or at the end of its lifetime.",
        data=data.MediaDeleted,
    ),
    EventType(
        name="version.deprecated",
        description="A platform ends the version of its API that this server speaks.",
        data=data.VersionDeprecated,
    ),
    EventType(
        name="webhook.paused",
        description="This server stopped delivering to a webhook endpoint that had failed for"
        " too long; the other endpoints are told.",
        data=data.EndpointPaused,
    ),
    EventType(
        name="quota.warning",
        description="Four fifths of the posts that the organization may make in this month are"
        " used; told once a month.",
        data=data.QuotaWarning,
    ),
)
EVENT_TYPES: Final[Mapping[str, EventType]] = {each.name: each for each in _TYPES}
