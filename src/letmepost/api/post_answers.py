"""The answers about posts: what became of each target, and every attempt."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from letmepost.api.answers import Answer, MediaKind, Violated
from letmepost.content.errors import ErrorCode
from letmepost.posts.body import Options


class PostStatus(StrEnum):
    """How a post on one account stands; `failed`, `rejected` and `canceled` can be retried.

    A `draft` waits until it is published by a call of its own.
    """

    DRAFT = "draft"
    QUEUED = "queued"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    FAILED = "failed"
    REJECTED = "rejected"
    CANCELED = "canceled"
    DELETED = "deleted"


class BatchStatus(StrEnum):
    """How a post stands on all its accounts together."""

    DRAFT = "draft"
    QUEUED = "queued"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    PARTIAL_FAILED = "partial_failed"
    FAILED = "failed"
    CANCELED = "canceled"
    DELETED = "deleted"


class PostPhase(StrEnum):
    """What a post that is `publishing` waits for: a worker, an answer, the platform, a look-up."""

    CLAIMED = "claimed"
    SENDING = "sending"
    WAITING = "waiting"
    UNKNOWN = "unknown"


class Warned(Answer):
    """Something that did not stop the post."""

    code: str
    message: str


class StoredError(Answer):
    """Why a publication is where it is, and what will be done about it."""

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


class Deletion(Answer):
    """How far the deletion of a post has come that is still on its platform."""

    status: Literal["pending", "failed"]
    asked_at: datetime | None
    error: StoredError | None


class Outcome(Answer):
    """How a publication stands, in either shape of an answer."""

    platform: str
    status: PostStatus
    phase: PostPhase | None = None
    uri: str | None = None
    cid: str | None = None
    thread_uris: list[str] = Field(default_factory=list)
    first_comment_uri: str | None = None
    first_comment_cid: str | None = None
    warnings: list[Warned] = Field(default_factory=list)
    violations: list[Violated] = Field(default_factory=list)
    error: StoredError | None = None
    deleted_at: datetime | None = None
    deletion: Deletion | None = None
    sandbox: bool = False


class Result(Outcome):
    """What became of one target."""

    account_id: str
    post_id: str


class Batch(Answer):
    """A post and the result of each target, in the order of the request."""

    id: str
    status: BatchStatus
    created_at: datetime
    scheduled_at: datetime | None = None
    results: list[Result]


class FlatResult(Outcome):
    """The answer to a request in the older shape, which names one account."""

    id: str
    created_at: datetime
    scheduled_at: datetime | None = None


class AccountReference(Answer):
    """The account of a post."""

    id: str
    platform: str
    platform_account_id: str
    display_name: str | None


class MediaReference(Answer):
    """One attached file."""

    kind: MediaKind
    media_id: str
    alt_text: str | None = None
    url: str | None = None


class FirstComment(Answer):
    """The comment that was asked for."""

    text: str


class Post(Answer):
    """One publication: a post on one account."""

    id: str
    batch_id: str
    profile_id: str
    account_id: str
    account: AccountReference
    platform: str
    status: PostStatus
    phase: PostPhase | None
    text: str
    media_refs: list[MediaReference]
    first_comment: FirstComment | None
    options: Options | None
    scheduled_at: datetime | None
    published_at: datetime | None
    verified_at: datetime | None
    deleted_at: datetime | None
    deletion: Deletion | None
    platform_uri: str | None
    platform_cid: str | None
    thread_uris: list[str]
    first_comment_uri: str | None
    first_comment_cid: str | None
    warnings: list[Warned]
    violations: list[Violated]
    error: StoredError | None
    sandbox: bool
    created_at: datetime
    updated_at: datetime


class Canceled(Answer):
    """A post that will not go out."""

    id: str
    status: Literal["canceled"]


class DeletedPost(Answer):
    """What became of a post that its platform was asked to delete: `published` while it stands."""

    id: str
    account_id: str
    platform: str
    status: Literal["deleted", "published"]
    deleted_at: datetime | None
    deletion: Deletion | None
    warnings: list[Warned]


class Retried(Answer):
    """A post that will be tried again."""

    id: str
    status: Literal["queued"]
    scheduled_at: datetime


class Attempt(Answer):
    """One try at a publication. `transcript` holds each call to the platform, secrets hidden."""

    id: str
    attempt_number: int
    purpose: Literal["publish", "reconcile", "verify", "delete"]
    started_at: datetime
    sending_at: datetime | None
    finished_at: datetime | None
    succeeded: bool
    outcome: str | None
    error_code: ErrorCode | None
    error_message: str | None
    platform_response: Any
    transcript: list[dict[str, Any]]


class PostWithAttempts(Post):
    """One publication with every attempt."""

    attempts: list[Attempt]


class CalendarDay(Answer):
    """A day with its posts by time. It ends when the next one starts."""

    date: str = Field(examples=["2027-01-31"], description="The day in the time zone.")
    starts_at: datetime = Field(description="When the day begins, in UTC.")
    ends_at: datetime = Field(description="When the next day begins, in UTC.")
    posts: list[Post] = Field(description="The first posts of the day, by time.")
    # Counted up to a hundred posts of a day.
    more: int = Field(description="How many posts of the day follow; no more than 20 are counted.")


class Calendar(Answer):
    """Days of a time zone, one after the other."""

    zone: str = Field(examples=["Europe/Vienna"], description="The time zone of the days.")
    days: list[CalendarDay] = Field(description="The days, one after the other.")


class PostPage(Answer):
    """A page of posts."""

    data: list[Post]
    next_cursor: str | None
