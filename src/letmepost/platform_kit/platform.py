"""The declaration of a platform: everything that the rest of the product knows of it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal, Protocol

from pydantic import BaseModel

from letmepost.content.draft import Draft
from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.content.media_facts import MediaFacts
from letmepost.kit.settings import SettingsModel
from letmepost.platform_kit.http import Upstream
from letmepost.platform_kit.outcome import Outcome, Reconciled
from letmepost.preflight.rule import Limit, Rule

Credentials = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Connected:
    """An account as its platform describes it, with the credentials to seal."""

    platform_account_id: str
    display_name: str | None
    credentials: Credentials
    details: Mapping[str, Any] = field(default_factory=dict)
    token_expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Refreshed:
    """New credentials in place of expired ones."""

    credentials: Credentials
    token_expires_at: datetime | None = None


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


class MediaSource(Protocol):
    """An attached file, as a publisher may read it."""

    @property
    def facts(self) -> MediaFacts:
        """What the file is."""
        ...

    async def read(self) -> bytes:
        """The whole file, for small ones."""
        ...

    def stream(self) -> AsyncIterator[bytes]:
        """The file piece by piece."""
        ...


class Session(Protocol):
    """The account's credentials, and the one way to renew them."""

    @property
    def credentials(self) -> Credentials:
        """The credentials as last read or renewed."""
        ...

    async def refresh(self) -> None:
        """Renew the credentials, or take those that another worker has renewed meanwhile.

        Raises `LetmepostError` with code `platform_auth_failed` where only a person can help.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class PublishTask:
    """One attempt at one publication, as a publisher sees it.

    `plan` is what was chosen before the first try (keys, times). `checkpoint` is what the last
    `Waiting` or `TryLater` kept. A publisher awaits `sending()` right before each call that may
    create something: it returns once the ledger says so and the lease covers the call.
    """

    publication_id: str
    draft: Draft
    media: Sequence[MediaSource]
    plan: Mapping[str, Any]
    checkpoint: Mapping[str, Any]
    account_id: str
    account_details: Mapping[str, Any]
    session: Session
    settings: Any
    upstream: Upstream
    sending: Callable[[], Awaitable[None]]
    now: datetime


class ConnectCredentials(Protocol):
    """A platform that is connected by credentials which its user types in."""

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


Visibility = Literal["visible", "absent", "unknown"]


class Publisher(Protocol):
    """How a platform publishes, and how it finds out what became of a post."""

    def plan(self, draft: Draft, now: datetime) -> Mapping[str, Any]:
        """Choose what must stay the same over all tries; stored before the first."""
        ...

    async def publish(self, task: PublishTask) -> Outcome:
        """Make one attempt."""
        ...

    async def reconcile(self, task: PublishTask) -> Reconciled:
        """Find out what became of an attempt whose answer was lost."""
        ...

    def preview(self, draft: Draft, account_details: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The calls that would create something, files named in words; nothing is sent."""
        ...

    async def verify(self, task: PublishTask, uri: str) -> Visibility:
        """Read a published post back; asked only where the platform `reads_back`."""
        ...


@dataclass(frozen=True, kw_only=True)
class PlatformVersion:
    """The version of the platform's API that this release speaks."""

    current: str
    released_at: date | None
    sunset_at: date | None
    changelog_url: str


@dataclass(frozen=True, kw_only=True)
class Quota:
    """How many posts the platform takes of an account in a window."""

    limit: Limit
    window: timedelta


@dataclass(frozen=True, kw_only=True)
class Platform:
    """One platform. Its folder holds all of it; nothing outside names it.

    A platform of `rules only` has neither connector nor publisher: posts for it can be checked,
    and none can be sent.

    `fetches_media_urls` says that the platform itself downloads media from addresses, so that
    rules of addresses hold for it.
    `has_record_keys` says that we choose the key of what is created, so that sending the same
    thing twice cannot create two.
    `reads_back` says that a published post can be looked at later.
    `counters` count a text in units that only this platform has, by the unit of a limit.
    `threads_field` is the option that continues a post in further ones, where there is one.
    `quotas` are how many posts the platform takes of an account in a time.
    `settles_within_seconds` is how long after a call's deadline a post may still appear there.
    `limit_settings` maps a field of the settings model to the rule whose limit it overrides.
    """

    name: str
    title: str
    maturity: Literal["rules only", "simulated", "proven"]
    version: PlatformVersion
    settings: type[SettingsModel]
    options: type[BaseModel]
    rules: tuple[Rule, ...]
    connector: ConnectCredentials | None = None
    publishes_by: Publisher | None = None
    takes_first_comment: bool = False
    fetches_media_urls: bool = False
    has_record_keys: bool = False
    reads_back: bool = False
    settles_within_seconds: float = 0.0
    quotas: tuple[Quota, ...] = ()
    counters: Mapping[str, Callable[[str], int]] = field(default_factory=dict)
    threads_field: str | None = None
    limit_settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def connect(self) -> ConnectCredentials:
        """How accounts are connected; raise `platform_not_enabled` where none can be."""
        if self.connector is None:
            raise not_enabled(self)
        return self.connector

    @property
    def publisher(self) -> Publisher:
        """How posts are published; raise `platform_not_enabled` where none can be."""
        if self.publishes_by is None:
            raise not_enabled(self)
        return self.publishes_by

    @property
    def package(self) -> str:
        """The platform's folder as a package, where its `guide.md` and `icon.svg` are."""
        return self.options.__module__.rpartition(".")[0]


def not_enabled(platform: Platform) -> LetmepostError:
    """The answer of a platform that this release can check posts for and not publish on."""
    return LetmepostError(
        code=ErrorCode.PLATFORM_NOT_ENABLED,
        message=f"This release checks posts for {platform.title} and cannot publish there yet.",
        platform=platform.name,
        remediation="Use POST /v1/posts/validate to check posts for it.",
    )
