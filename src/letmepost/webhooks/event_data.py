"""What the `data` of each type of event holds, as models."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from letmepost.content.errors import ErrorCode


class Data(BaseModel):
    """The `data` of an event; names are camelCase."""

    # Built at first use: most starts end without that.
    model_config = ConfigDict(
        extra="forbid", alias_generator=to_camel, validate_by_alias=True, defer_build=True
    )


class WarningData(Data):
    """Something that did not stop the post."""

    code: str = Field(description="The id of the rule that warns.")
    message: str = Field(description="What it says.")


class ErrorData(Data):
    """Why a post did not go out; branch on `code` and `rule`, never on the message."""

    code: ErrorCode
    message: str
    rule: str | None = None
    platform: str | None = None
    platform_version: str | None = None
    platform_response: Any = None
    remediation: str | None = None
    retryable: bool
    will_retry: bool
    retry_after_seconds: float | None = None
    retry_after_source: str | None = None


class PostData(Data):
    """What every event of a post names."""

    id: str = Field(description="The id of the post.")
    platform: str = Field(description="The platform that it goes to.")
    account_id: str = Field(description="The account that it goes out on.")
    profile_id: str = Field(description="The profile of the account.")
    sandbox: Literal[True] | None = Field(
        None, description="True for a post of a test key; absent otherwise."
    )


class PostValidated(PostData):
    """Accepted."""

    validated_at: datetime = Field(description="When the post was checked and accepted.")
    rules: list[str] = Field(description="The ids of the rules that looked at it.")
    warnings: list[WarningData] = Field(description="What was found that did not stop it.")


class PostQueued(PostData):
    """Waits for its time."""

    scheduled_at: datetime = Field(description="When the post is to go out.")
    queued_at: datetime = Field(description="When it was accepted for that time.")


class PostPublished(PostData):
    """Out."""

    uri: str | None = Field(description="The address of the post on its platform.")
    cid: str | None = Field(description="The platform's own id of the post, where it has one.")
    thread_uris: list[str] = Field(description="The addresses of the further posts of a thread.")
    first_comment_uri: str | None = Field(description="The address of the first comment.")
    first_comment_cid: str | None = Field(description="The platform's id of the first comment.")
    warnings: list[WarningData] = Field(description="What was found that did not stop it.")
    published_at: datetime = Field(description="When the platform said that it is out.")


class PostEnded(PostData):
    """Not out."""

    error: ErrorData = Field(description="Why it did not go out, and what to do.")
    rejected_at: datetime = Field(description="When it was given up.")


class PostOutcomeUnknown(PostData):
    """Nobody knows."""

    error: ErrorData = Field(description="What was tried to find out, and what to do.")


class PostCanceled(PostData):
    """Taken back."""

    scheduled_at: datetime | None = Field(description="When it was to go out.")
    canceled_at: datetime = Field(description="When it was canceled.")


class PostRescheduled(PostData):
    """Another time."""

    previous_scheduled_at: datetime | None = Field(description="When it was to go out before.")
    scheduled_at: datetime = Field(description="When it goes out now.")


class PostUpdated(PostData):
    """Other content."""

    changed: list[str] = Field(description="The fields that have other content now.")
    scheduled_at: datetime | None = Field(description="When the post goes out.")


class PostSeen(PostData):
    """Looked at."""

    uri: str | None = Field(description="The address of the post on its platform.")
    cid: str | None = Field(description="The platform's own id of the post, where it has one.")


class PostDeleted(PostSeen):
    """Gone."""

    warnings: list[WarningData] = Field(description="What the deletion left behind.")
    deleted_at: datetime = Field(description="When the platform said that it is gone.")


class PostNotDeleted(PostSeen):
    """Still there."""

    error: ErrorData | None = Field(description="Why the post is still there, and what to do.")


class AccountData(Data):
    """What every event of an account names."""

    platform: str = Field(description="The platform of the account.")
    account_id: str = Field(description="The id of the account.")
    profile_id: str = Field(description="The profile that it belongs to.")
    platform_account_id: str = Field(description="The platform's own id of the account.")
    display_name: str | None = Field(description="The name that its platform shows.")


class TokenExpiring(AccountData):
    """A person must act."""

    token_expires_at: datetime | None = Field(description="When the present token ends.")
    expires_at: datetime = Field(description="When access ends unless somebody reconnects.")
    days_until_expiry: int = Field(description="Whole days until then, rounded up.")


class TokenRevoked(AccountData):
    """Access has ended."""

    reason: str = Field(description="What the platform said.")
    revoked_at: datetime = Field(description="When it was seen.")


class MediaDeleted(Data):
    """A file is gone."""

    id: str = Field(description="The id of the file.")
    profile_id: str = Field(description="The profile that it belonged to.")
    sha256: str = Field(description="The SHA-256 of its content, in hex.")


class VersionDeprecated(Data):
    """A platform will stop to answer."""

    platform: str = Field(description="The platform.")
    current_pin: str = Field(description="The version of its API that this server speaks.")
    next_pin: str | None = Field(description="The version that comes after it, where known.")
    sunset_at: datetime | None = Field(description="When the platform ends the version.")
    announced_at: datetime | None = Field(description="When the platform said so, where known.")
    migration_status: str = Field(description="How far this release is with the next version.")
    notice_url: str | None = Field(description="Where the platform says so.")


class EndpointPaused(Data):
    """Nothing more is sent there."""

    endpoint_id: str = Field(description="The id of the webhook endpoint.")
    url: str = Field(description="Its address.")
    reason: str = Field(description="Why this server paused it.")
    failing_since: datetime | None = Field(description="Since when every delivery failed.")
    last_failure_reason: str | None = Field(description="How the last delivery failed.")
    paused_at: datetime = Field(description="When it was paused.")


class QuotaWarning(Data):
    """Most of the posts of a month are used."""

    used: int = Field(description="The posts that were made in this month.")
    quota: int = Field(description="The posts that may be made in a month.")
    month_began_at: datetime = Field(description="When the month began, in UTC.")
    month_ends_at: datetime = Field(description="When the next one begins.")
