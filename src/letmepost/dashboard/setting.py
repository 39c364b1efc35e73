"""What the pages of the dashboard work with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.types import ASGIApp

from letmepost.content.errors import LetmepostError
from letmepost.dashboard.openid_provider import Provider
from letmepost.dashboard.throttle import Throttle
from letmepost.kit.client_address import ClientAddress
from letmepost.kit.clock import Clock
from letmepost.kit.crypto import Keyring
from letmepost.kit.database import Database
from letmepost.tenancy.members import SignUp, may_sign_up
from letmepost.tenancy.passwords import Passwords
from letmepost.tenancy.sessions import Sessions, Visitor

# The status and the body of an error: how the API shows them is handed in.
Describe = Callable[[LetmepostError, str], tuple[int, Mapping[str, Any]]]
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass
class Dashboard:
    """The parts of the dashboard; `serve` hands it the application whose API its pages call."""

    database: Database
    keyring: Keyring
    clock: Clock
    public_url: str
    docs_url: str
    sign_up: SignUp
    sessions: Sessions
    client_address: ClientAddress
    describe: Describe
    # How long requests are logged; None where they are not.
    request_log_days: int | None
    # Whom members may sign in with, beside their passwords.
    provider: Provider | None = None
    passwords: Passwords = field(default_factory=Passwords)
    throttle: Throttle = field(default_factory=Throttle)
    _app: ASGIApp | None = None

    def serve(self, app: ASGIApp) -> None:
        """Let pages call this application."""
        self._app = app

    @property
    def app(self) -> ASGIApp:
        """The application whose API the pages call."""
        if self._app is None:
            raise RuntimeError("the dashboard has no application to call")
        return self._app

    def visitor(self, request: Request) -> Visitor:
        """Where a request comes from."""
        return Visitor(
            self.client_address.of(request),
            request.headers.get("user-agent", ""),
            request.scope["state"]["request_id"],
        )

    async def sign_up_is(self, mode: SignUp) -> bool:
        """Whether a stranger could sign up where this were the setting."""
        return await self.database.read(lambda connection: may_sign_up(connection, mode))

    @property
    def path(self) -> str:
        """What stands in front of every path, where a proxy serves us below one."""
        return urlsplit(self.public_url).path

    @cached_property
    def origins(self) -> frozenset[str]:
        """The origins of our own pages; on one's own machine, by each of its names."""
        public = urlsplit(self.public_url)
        if public.hostname not in _LOOPBACK:
            return frozenset({f"{public.scheme}://{public.netloc}"})
        port = f":{public.port}" if public.port else ""
        return frozenset(
            f"{public.scheme}://{f'[{name}]' if ':' in name else name}{port}" for name in _LOOPBACK
        )
