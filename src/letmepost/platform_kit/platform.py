"""The declaration of a platform: everything that the rest of the product knows of it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal, Protocol

from pydantic import BaseModel

from letmepost.content.draft import Draft
from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.content.media_facts import MediaFacts
from letmepost.kit.settings import PREFIX, SettingsModel, variable_names
from letmepost.platform_kit.account_operation import AccountOperation, Adviser, ShownOfAccount
from letmepost.platform_kit.connect import (
    ConnectCredentials,
    Connected,
    ConnectOAuth,
    Credentials,
)
from letmepost.platform_kit.http import Upstream
from letmepost.platform_kit.outcome import Deletion, Outcome, Reconciled
from letmepost.preflight.rule import Limit, Rule


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

    async def address(self) -> str:
        """Where the platform can fetch the file for the next day, without any key.

        Raises `LetmepostError` where nobody outside can reach this server.
        """
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
class AccountTask:
    """Something to do on one account at its platform."""

    account_id: str
    account_details: Mapping[str, Any]
    session: Session
    settings: Any
    upstream: Upstream
    now: datetime


@dataclass(frozen=True, kw_only=True)
class PublishTask(AccountTask):
    """One attempt at one publication, as a publisher sees it.

    `plan` is what was chosen before the first try (keys, times). `checkpoint` is what the last
    `Waiting` or `TryLater` kept. A publisher awaits `sending()` right before each call that may
    create something: it returns once the ledger says so and the lease covers the call. `cover` is
    the uploaded picture that the options name as the cover of a video.
    """

    publication_id: str
    draft: Draft
    media: Sequence[MediaSource]
    plan: Mapping[str, Any]
    checkpoint: Mapping[str, Any]
    sending: Callable[[], Awaitable[None]]
    cover: MediaSource | None = None


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


class Deleter(Protocol):
    """How a platform takes back what was published there."""

    async def delete(self, task: AccountTask, uri: str) -> Deletion:
        """Delete a published post; one that is gone already counts as deleted.

        Asked for the post's address, for each that follows it in its thread, and for that of its
        first comment.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that a look at an account brought out; `problem` says what to do where it is bad.

    `name` is in lower case, such as `scopes` or `posts left today`.
    """

    name: str
    found: str
    problem: str | None = None


class Examiner(Protocol):
    """How an account is looked over, by calls that change nothing."""

    async def examine(self, task: AccountTask) -> Sequence[Finding]:
        """Report whose token it is, its scopes, quotas and versions, as far as it can be told."""
        ...


@dataclass(frozen=True, kw_only=True)
class PlatformVersion:
    """The version of the platform's API that this release speaks.

    `released_at` and `sunset_at` are None where the platform has announced no such day; from the
    day of its sunset on, a version is refused, or answered as a later one would be.
    `next` is the newest version that the platform has released after `current`.
    `setting` is the field of the platform's settings by which an operator speaks another version,
    and `earlier` are versions that it may name, each with the day of its sunset.
    """

    current: str
    released_at: date | None
    sunset_at: date | None
    changelog_url: str
    next: str | None = None
    setting: str | None = None
    earlier: Mapping[str, date] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Quota:
    """How many posts the platform takes of an account in a window."""

    limit: Limit
    window: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRequests:
    """How a platform tells us that a user took our app away, or wants their data deleted.

    Platforms of one `family` share the addresses `/deauth/<family>` and `/data-deletion/<family>`.
    `user_detail` is the account's detail that holds the user's id, and `secret_setting` the field
    of the settings that holds the secret which signs.
    """

    family: str
    user_detail: str
    secret_setting: str = "client_secret"  # noqa: S105 - the name of a field


@dataclass(frozen=True, kw_only=True)
class Platform:
    """One platform. Its folder holds all of it; nothing outside names it.

    A platform of `rules only` has neither connector nor publisher: posts for it can be checked,
    and none can be sent.

    `aliases` are other names, in lower case, by which the command line knows it.
    `fetches_media_urls` says that the platform itself downloads media from addresses, so that
    rules of addresses hold for it.
    `takes_bytes` says of a file that it is sent by its bytes all the same, so that it needs no
    address which the platform reaches.
    `has_record_keys` says that we choose the key of what is created, so that sending the same
    thing twice cannot create two.
    `reads_back` says that a published post can be looked at later.
    `deletes_by` and `examined_by` are None where the platform has no such calls.
    `account_operations` are calls that the platform adds to our API for its accounts, and
    `shown_of_account` what it adds to an account's JSON.
    `advised_by` is asked what the caller could choose when a rule was broken.
    `takes_links` makes accounts of what another platform's consent gave, by the kind of the link.
    `signed_requests` is None where the platform sends none.
    `chosen_details` are details of an account that its user chose: connecting again keeps them.
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
    aliases: tuple[str, ...] = ()
    connector: ConnectCredentials | ConnectOAuth | None = None
    publishes_by: Publisher | None = None
    deletes_by: Deleter | None = None
    examined_by: Examiner | None = None
    account_operations: tuple[AccountOperation, ...] = ()
    shown_of_account: ShownOfAccount | None = None
    advised_by: Adviser | None = None
    takes_links: Mapping[str, Callable[[Mapping[str, Any]], Connected]] = field(
        default_factory=dict
    )
    signed_requests: SignedRequests | None = None
    chosen_details: tuple[str, ...] = ()
    takes_first_comment: bool = False
    fetches_media_urls: bool = False
    takes_bytes: Callable[[MediaFacts, Mapping[str, Any]], bool] | None = None
    has_record_keys: bool = False
    reads_back: bool = False
    settles_within_seconds: float = 0.0
    quotas: tuple[Quota, ...] = ()
    counters: Mapping[str, Callable[[str], int]] = field(default_factory=dict)
    threads_field: str | None = None
    limit_settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def connect(self) -> ConnectCredentials | ConnectOAuth:
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
    def settings_prefix(self) -> str:
        """The prefix of the platform's variables."""
        return f"{PREFIX}{self.name.upper()}_"

    @property
    def variables(self) -> Mapping[str, str]:
        """The environment variable of each of the platform's settings, by field name."""
        return variable_names(self.settings, self.settings_prefix)

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
