"""What the pages are made of, gathered once at start; rendering waits until a page is asked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from letmepost.content.errors import ERROR_PAGES, ErrorCode, ErrorPage
from letmepost.docs.operations import Operation, operations, tags
from letmepost.platform_kit.platform import Platform, PlatformVersion
from letmepost.preflight.rule import Rule
from letmepost.webhooks.event_types import EVENT_TYPES, EventType


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One environment variable, in words. `group` is `Server` or the title of a platform."""

    group: str
    variable: str
    type: str
    default: str
    description: str


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure of `/metrics`, in words; `type` is Prometheus's."""

    name: str
    type: str
    description: str


@dataclass(frozen=True, slots=True)
class BodyField:
    """One field of a request body or of a query, in words."""

    type: str
    description: str
    place: str = "a field of the request body"


@dataclass(frozen=True, kw_only=True)
class Site:
    """The sources of every page.

    `docs_url` is the public address of `/docs`, without a slash at its end. `body_fields` holds
    the fields of request bodies by dotted path (`targets.accountId`), the top level at least.
    `versions` are those that are spoken with each platform, by its name.
    `statuses` says which HTTP statuses a code comes with. `facts` are sentences' parts that no
    rule holds, such as how long an idempotency key is kept. `describe_api` makes the OpenAPI
    document, which takes a while, so it is asked for when the first page needs it.
    """

    docs_url: str
    catalogue: Mapping[str, Rule]
    platforms: Mapping[str, Platform]
    versions: Mapping[str, PlatformVersion]
    errors: Mapping[ErrorCode, ErrorPage] = field(default_factory=lambda: ERROR_PAGES)
    event_types: Mapping[str, EventType] = field(default_factory=lambda: EVENT_TYPES)
    settings: Sequence[Setting] = ()
    metrics: Sequence[Metric] = ()
    body_fields: Mapping[str, BodyField] = field(default_factory=dict)
    statuses: Mapping[ErrorCode, Sequence[int]] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    describe_api: Callable[[], Mapping[str, Any]] = dict

    @cached_property
    def openapi(self) -> Mapping[str, Any]:
        """The OpenAPI document of the server."""
        return self.describe_api()

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """Every operation of the API, in the order of its document."""
        return operations(self.openapi)

    @property
    def schemas(self) -> Mapping[str, Any]:
        """The schemas of the document that its operations refer to, by name."""
        named: Mapping[str, Any] = self.openapi["components"]["schemas"]
        return named

    @property
    def tags(self) -> Mapping[str, str]:
        """The groups of operations, and what each is about."""
        return tags(self.openapi)

    @property
    def server_url(self) -> str:
        """The public address of the server itself, where the docs are under it."""
        if self.docs_url.endswith("/docs"):
            return self.docs_url.removesuffix("/docs")
        address = urlsplit(self.docs_url)
        return f"{address.scheme}://{address.netloc}"

    def platform_title(self, rule: Rule) -> str:
        """Whom a rule speaks for: the title of its platform, or the request of any."""
        if rule.platform is None:
            return "every platform"
        platform = self.platforms.get(rule.platform)
        return platform.title if platform else rule.platform
