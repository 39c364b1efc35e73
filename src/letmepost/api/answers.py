"""The bodies of answers, declared for the OpenAPI document and everything made from it.

Answers are written as plain values; a test holds what is written against these models.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic.alias_generators import to_camel

from letmepost.content.draft import MediaKind
from letmepost.platforms import platforms


class Answer(BaseModel):
    """camelCase names."""

    # Built when the document is asked for: most starts end without that.
    model_config = ConfigDict(
        extra="forbid", alias_generator=to_camel, validate_by_alias=True, defer_build=True
    )


Status = Literal["queued", "publishing", "published", "failed", "rejected", "canceled"]
BatchStatus = Literal["queued", "publishing", "published", "partial_failed", "failed", "canceled"]
Phase = Literal["claimed", "sending", "waiting", "unknown"]


class Warned(Answer):
    """Something that did not stop the post."""

    code: str
    message: str


class StoredError(Answer):
    """Why a publication is where it is, and what will be done about it."""

    code: str
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


class Result(Answer):
    """What became of one target."""

    account_id: str
    platform: str
    post_id: str
    status: Status
    phase: Phase | None = None
    uri: str | None = None
    cid: str | None = None
    first_comment_uri: str | None = None
    first_comment_cid: str | None = None
    warnings: list[Warned] = Field(default_factory=list)
    error: StoredError | None = None
    sandbox: bool = False


class Batch(Answer):
    """A post and the result of each target, in the order of the request."""

    id: str
    status: BatchStatus
    created_at: datetime
    scheduled_at: datetime | None = None
    results: list[Result]


class FlatResult(Answer):
    """The answer to a request in the older shape, which names one account."""

    id: str
    platform: str
    status: Status
    phase: Phase | None = None
    uri: str | None = None
    cid: str | None = None
    first_comment_uri: str | None = None
    first_comment_cid: str | None = None
    warnings: list[Warned] = Field(default_factory=list)
    error: StoredError | None = None
    sandbox: bool = False
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
    status: Status
    phase: Phase | None
    text: str
    media_refs: list[MediaReference]
    first_comment: FirstComment | None
    options: dict[str, Any] | None
    scheduled_at: datetime | None
    published_at: datetime | None
    verified_at: datetime | None
    platform_uri: str | None
    platform_cid: str | None
    first_comment_uri: str | None
    first_comment_cid: str | None
    warnings: list[Warned]
    error: StoredError | None
    sandbox: bool
    created_at: datetime
    updated_at: datetime


class Canceled(Answer):
    """A post that will not go out."""

    id: str
    status: Literal["canceled"]


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
    error_code: str | None
    error_message: str | None
    platform_response: Any
    transcript: list[dict[str, Any]]


class PostWithAttempts(Post):
    """One publication with every attempt."""

    attempts: list[Attempt]


class PostPage(Answer):
    """A page of posts."""

    data: list[Post]
    next_cursor: str | None


class Media(Answer):
    """One stored file."""

    id: str
    url: str
    content_type: str
    size_bytes: int
    sha256: str
    width: int | None
    height: int | None
    duration_seconds: float | None
    animated: bool | None
    profile_id: str
    created_at: datetime


class MediaPage(Answer):
    """A page of files."""

    data: list[Media]
    next_cursor: str | None


class AccountFields(Answer):
    """What every connected account has. Its credentials are never shown."""

    id: str
    profile_id: str
    platform: str
    platform_account_id: str
    display_name: str | None
    token_expires_at: datetime | None
    sandbox: bool
    paused_at: datetime | None
    created_at: datetime
    updated_at: datetime


if TYPE_CHECKING:

    class Account(AccountFields):
        """A connected account, with what its platform adds to it."""

else:
    # The further fields are declared by the platforms, whose names nobody writes here.
    Account = create_model(
        "Account",
        __base__=AccountFields,
        __doc__="A connected account. Its credentials are never shown.",
        **{
            name: (platform.shown_of_account.answer | None, None)
            for name, platform in platforms().items()
            if platform.shown_of_account is not None
        },
    )


class AccountList(Answer):
    """The connected accounts."""

    data: list[Account]


class ConnectField(Answer):
    """One field of a form that connects an account."""

    name: str
    label: str
    type: Literal["text", "password", "url"]
    required: bool
    placeholder: str | None
    help_text: str | None


class CredentialsDescriptor(Answer):
    """What to ask the account's owner for."""

    kind: Literal["credentials"]
    help_text: str
    fields: list[ConnectField]


class ConnectStart(Answer):
    """How an account of a platform is connected."""

    platform: str
    state: Literal["live", "trial", "pending"]
    descriptor: CredentialsDescriptor


class Disconnected(Answer):
    """An account was disconnected; its queued posts were canceled with it."""

    id: str
    deleted: Literal[True]
    canceled_posts: int


class Key(Answer):
    """An API key, of which only the last four characters are kept readable."""

    id: str
    name: str
    prefix: Literal["lmp_live_", "lmp_test_"]
    last4: str
    scopes: list[str]
    profile_id: str | None
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class MintedKey(Key):
    """A new key. `key` is shown here and never again."""

    key: str
    notice: str | None = None


class KeyPage(Answer):
    """A page of keys."""

    data: list[Key]
    next_cursor: str | None


class RevokedKey(Answer):
    """A key that no longer works."""

    id: str
    revoked_at: datetime


class Profile(Answer):
    """A part of the organization that accounts, files and pinned keys belong to."""

    id: str
    name: str
    slug: str
    created_at: datetime
    updated_at: datetime


class ProfileList(Answer):
    """The profiles."""

    data: list[Profile]


class Deleted(Answer):
    """Something is gone."""

    id: str
    deleted: Literal[True]


class Violated(Answer):
    """One broken rule. `target` is the index in `targets`; `field` is the place inside it."""

    model_config = ConfigDict(extra="allow")

    rule: str
    field: str
    message: str
    severity: Literal["error", "warning"] | None = None
    target: int | None = None
    platform: str | None = None
    actual: Any = None
    limit: Any = None
    unit: str | None = None
    remediation: str | None = None
    rule_url: str | None = Field(default=None, alias="ruleUrl")


class ErrorFields(Answer):
    """What went wrong, where, why, and what to do about it."""

    code: str
    message: str
    rule: str | None = None
    platform: str | None = None
    platform_version: str | None = None
    platform_response: Any = None
    remediation: str
    doc_url: str
    rule_url: str | None = None
    request_id: str
    retryable: bool
    retry_after_seconds: float | None = None
    retry_after_source: str | None = None
    violations: list[Violated] | None = None
    post_id: str | None = None


class ErrorEnvelope(Answer):
    """The body of every answer that is not 2xx."""

    error: ErrorFields
