"""The bodies of answers about connecting accounts, and about how their access stands."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from letmepost.api.answers import Account, Answer


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


class OAuthDescriptor(Answer):
    """Where to send the account's owner to consent; the state works once, for ten minutes."""

    kind: Literal["oauth"]
    authorization_url: str
    state: str
    scopes: list[str]
    redirect_uri: str


class ConnectedAccount(Account):
    """A connected account. `accounts` is there after a consent, which may give several."""

    accounts: list[Account] | None = None


class ConnectStart(Answer):
    """How an account of a platform is connected."""

    platform: str
    state: Literal["live", "trial", "pending"]
    descriptor: CredentialsDescriptor | OAuthDescriptor = Field(discriminator="kind")


class AccountHealth(Answer):
    """How an account's access stands, and when only a person can prolong it.

    `overdue`: the token has ended and could not be renewed yet. `ending`: access that only a person
    can prolong ends within a week.
    """

    account_id: str
    platform: str
    status: Literal["ok", "overdue", "ending", "ended"]
    scopes: list[str] | None
    missing_scopes: list[str]
    token_expires_at: datetime | None
    can_refresh: bool
    refreshable_until: datetime | None
    last_refresh_at: datetime | None
    next_refresh_at: datetime | None
    access_ends_at: datetime | None
    revoked_at: datetime | None
    reconnect_url: str | None


class ConnectLink(Answer):
    """A link to send to an account's owner. `return_to` is null where its origin is not allowed."""

    url: str
    profile_id: str
    platforms: list[str]
    return_to: str | None
    expires_at: datetime
