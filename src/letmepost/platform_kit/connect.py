"""How accounts are connected: by credentials typed in, or on the platform's own consent page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from letmepost.platform_kit.http import Upstream

Credentials = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class LinkedAccount:
    """An account of another platform, to which a connected one gives access.

    `kind` is what the platform's API calls it; the platform that `takes_links` of this kind makes
    its own account of `values`, which hold secrets.
    """

    kind: str
    values: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Connected:
    """An account as its platform describes it, with the credentials to seal.

    `scopes` are those that were granted, None where the platform does not say. `renewable` tells
    whether the token can be renewed without a person, and `renewable_until` how long. `links` are
    accounts of other platforms that the same consent gave.
    """

    platform_account_id: str
    display_name: str | None
    credentials: Credentials
    details: Mapping[str, Any] = field(default_factory=dict)
    token_expires_at: datetime | None = None
    scopes: tuple[str, ...] | None = None
    renewable: bool = True
    renewable_until: datetime | None = None
    links: tuple[LinkedAccount, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Refreshed:
    """New credentials in place of expired ones; the fields mean what they do for `Connected`."""

    credentials: Credentials
    token_expires_at: datetime | None = None
    scopes: tuple[str, ...] | None = None
    renewable_until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ConnectField:
    """One input of a credentials form, and of the body that completes the connection."""

    name: str
    label: str
    type: Literal["text", "password", "url"]
    required: bool = True
    placeholder: str | None = None
    help_text: str | None = None
    aliases: tuple[str, ...] = ()


class Revoke(Protocol):
    """The call by which a platform takes back what it gave."""

    async def __call__(
        self,
        credentials: Credentials,
        details: Mapping[str, Any],
        settings: Any,  # noqa: ANN401 - the platform's own settings model
        upstream: Upstream,
    ) -> None:
        """End the access; raise `LetmepostError` where the platform refuses or does not answer."""
        ...


@dataclass(frozen=True, kw_only=True)
class Revocation:
    """How a platform takes access back, and for whom it then ends.

    `ends_for` says who loses access by it: this `connection` alone; every connection of the same
    `account`; or whatever the same `person` allowed our app, who is named by `person_detail` of the
    account. It is not asked for while others that are connected would lose theirs.
    """

    ask: Revoke
    ends_for: Literal["connection", "account", "person"]
    person_detail: str = ""


@dataclass(frozen=True, kw_only=True)
class NoRevocation:
    """A platform that documents no such call; `why` is told to whoever disconnects an account."""

    why: str


class ConnectCredentials(Protocol):
    """A platform that is connected by credentials which its user types in."""

    kind: Literal["credentials"]
    revocation: Revocation | NoRevocation
    fields: tuple[ConnectField, ...]
    help_text: str

    async def connect(
        self,
        values: Mapping[str, str],
        settings: Any,  # noqa: ANN401 - the platform's own settings model
        upstream: Upstream,
    ) -> Connected:
        """Log in; raise `LetmepostError` where the platform refuses."""
        ...

    async def refresh(
        self,
        credentials: Credentials,
        details: Mapping[str, Any],
        settings: Any,  # noqa: ANN401 - as above
        upstream: Upstream,
    ) -> Refreshed:
        """Renew the session; raise `LetmepostError` where only a person can help."""
        ...


@dataclass(frozen=True, kw_only=True)
class Consent:
    """One visit to a consent page (OAuth 2.0), as this server began it.

    `code_verifier` is the secret of PKCE (RFC 7636); a platform without PKCE leaves it unused.
    """

    state: str
    redirect_uri: str
    code_verifier: str


class ConnectOAuth(Protocol):
    """A platform that is connected by the consent of an account's owner.

    `scopes` are asked for, and publishing needs all of them. `app_settings` names the fields of
    the platform's settings without which there is no app to consent to.
    """

    kind: Literal["oauth"]
    revocation: Revocation | NoRevocation
    scopes: tuple[str, ...]
    app_settings: tuple[str, ...]

    def consent_url(
        self,
        consent: Consent,
        settings: Any,  # noqa: ANN401 - the platform's own settings model
    ) -> str:
        """The address to send the owner's browser to."""
        ...

    async def connect(
        self,
        code: str,
        consent: Consent,
        settings: Any,  # noqa: ANN401 - as above
        upstream: Upstream,
    ) -> Sequence[Connected]:
        """Spend the code; the accounts that it gives access to, none where none was chosen.

        Raises `LetmepostError` where the platform refuses.
        """
        ...

    async def refresh(
        self,
        credentials: Credentials,
        details: Mapping[str, Any],
        settings: Any,  # noqa: ANN401 - as above
        upstream: Upstream,
    ) -> Refreshed:
        """Renew the token.

        Raises `LetmepostError` with code `platform_auth_failed` where only a person can help.
        """
        ...
