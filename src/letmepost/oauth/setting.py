"""What the addresses of the authorization server work with."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from starlette.requests import Request

from letmepost.kit.client_address import ClientAddress
from letmepost.kit.clock import Clock
from letmepost.kit.crypto import Keyring
from letmepost.kit.database import Database
from letmepost.oauth.throttle import Throttle
from letmepost.tenancy.audit import Actor, ActorKind
from letmepost.tenancy.keys import Caller
from letmepost.tenancy.sessions import Sessions


class Render(Protocol):
    """Makes a page from a template; `root` leads from its address to where its files are."""

    def __call__(self, template: str, *, root: str, **shown: object) -> str:
        """The page as HTML."""
        ...


@dataclass(frozen=True, slots=True)
class Consenter:
    """Who sits at the consent page, and whether an API key proved it."""

    caller: Caller
    by_key: bool


# Raises `unauthenticated` where nobody is proven.
Prove = Callable[[Request, Mapping[str, str]], Awaitable[Consenter]]


@dataclass(frozen=True)
class Authorizing:
    """The parts of the authorization server."""

    database: Database
    keyring: Keyring
    clock: Clock
    public_url: str
    docs_url: str
    prove: Prove
    sessions: Sessions
    render: Render
    throttle: Throttle
    client_address: ClientAddress

    def actor(self, request: Request) -> Actor:
        """The program that sends a request, for the audit log; its grant names it."""
        return Actor(
            kind=ActorKind.PROGRAM,
            request_id=request.scope["state"]["request_id"],
            address=self.client_address.of(request),
        )

    @property
    def mcp_audience(self) -> str:
        """Where tokens for the MCP server are good."""
        return f"{self.public_url}/mcp"

    @property
    def api_audience(self) -> str:
        """Where tokens that are exchanged for a key are good."""
        return f"{self.public_url}/v1"

    def audience(self, resource: str) -> str | None:
        """The audience that a `resource` parameter names (RFC 8707); None where it is not ours."""
        wanted = resource.rstrip("/")
        return wanted if wanted in (self.mcp_audience, self.api_audience) else None
