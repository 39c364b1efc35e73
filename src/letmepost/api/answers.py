"""The bodies of answers, declared for the OpenAPI document and everything made from it.

Answers are written as plain values; a test holds what is written against these models.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic.alias_generators import to_camel
from typing_extensions import TypeAliasType

from letmepost.content import draft
from letmepost.content.errors import ErrorCode
from letmepost.platforms import platforms
from letmepost.preflight import rule
from letmepost.tenancy.keys import Prefix, Scope

# Values that clients get a type of their own for.
KeyPrefix = TypeAliasType("KeyPrefix", Prefix)
MediaKind = TypeAliasType("MediaKind", draft.MediaKind)
RulePhase = TypeAliasType("RulePhase", rule.Phase)
RuleSeverity = TypeAliasType("RuleSeverity", rule.Severity)


class Answer(BaseModel):
    """camelCase names."""

    # Built when the document is asked for: most starts end without that.
    model_config = ConfigDict(
        extra="forbid", alias_generator=to_camel, validate_by_alias=True, defer_build=True
    )


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
    slow_until: datetime | None
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
        __module__=__name__,
        __doc__="A connected account. Its credentials are never shown.",
        **{
            name: (
                platform.shown_of_account.answer | None,
                Field(None, description=f"What an account of {platform.title} has beside it."),
            )
            for name, platform in platforms().items()
            if platform.shown_of_account is not None
        },
    )


class AccountList(Answer):
    """The connected accounts."""

    data: list[Account]


class Revocation(Answer):
    """Whether the platform has taken the access back, and why not where it has not."""

    revoked: bool
    reason: str | None


class Disconnected(Answer):
    """An account was disconnected; its queued posts were canceled with it."""

    id: str
    deleted: Literal[True]
    canceled_posts: int
    revocation: Revocation


class Key(Answer):
    """An API key, of which only the last four characters are kept readable."""

    id: str
    name: str
    prefix: KeyPrefix
    last4: str
    scopes: list[Scope]
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
    severity: RuleSeverity | None = None
    target: int | None = None
    platform: str | None = None
    actual: Any = None
    limit: Any = None
    unit: str | None = None
    remediation: str | None = None
    rule_url: str | None = Field(default=None, alias="ruleUrl")


class ErrorFields(Answer):
    """What went wrong, where, why, and what to do about it."""

    code: ErrorCode
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
