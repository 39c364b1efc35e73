"""The two clients: one that blocks, and one for event loops."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Generic

from typing_extensions import Self

from letmepost_sdk.operation import DriverT
from letmepost_sdk.resources.accounts import Accounts
from letmepost_sdk.resources.audit_log import AuditLog
from letmepost_sdk.resources.catalogue import PlatformVersions, Rules
from letmepost_sdk.resources.events import Events
from letmepost_sdk.resources.keys import ApiKeys, Profiles
from letmepost_sdk.resources.media import Media
from letmepost_sdk.resources.posts import Batches, Posts
from letmepost_sdk.resources.server import Server
from letmepost_sdk.resources.webhooks import Webhooks
from letmepost_sdk.settings import Settings

if TYPE_CHECKING:
    from letmepost_sdk.awaiting import Awaiting
    from letmepost_sdk.blocking import Blocking


class _Client(ABC, Generic[DriverT]):
    """What both clients are made with, and the resources that both have."""

    def __init__(  # noqa: PLR0913 - the options of a client
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        retries: int = 3,
        retry_base_seconds: float = 0.5,
        retry_after_max_seconds: float = 30.0,
        timeout_seconds: float = 60.0,
        default_headers: Mapping[str, str] | None = None,
    ) -> None:
        """Make a client; nothing is sent yet.

        `api_key` is read from LMP_API_KEY or LETMEPOST_API_KEY, and `base_url` from LMP_API_BASE or
        LETMEPOST_API_URL where they are not given. Raises ValueError without a key.
        """
        settings = Settings.read(
            api_key=api_key,
            base_url=base_url,
            retries=retries,
            retry_base_seconds=retry_base_seconds,
            retry_after_max_seconds=retry_after_max_seconds,
            timeout_seconds=timeout_seconds,
            default_headers=default_headers,
        )
        driver = self._new_driver()
        self._driver: DriverT = driver
        self.posts: Posts[DriverT] = Posts(driver, settings)
        self.batches: Batches[DriverT] = Batches(driver, settings)
        self.media: Media[DriverT] = Media(driver, settings)
        self.accounts: Accounts[DriverT] = Accounts(driver, settings)
        self.api_keys: ApiKeys[DriverT] = ApiKeys(driver, settings)
        self.profiles: Profiles[DriverT] = Profiles(driver, settings)
        self.webhooks: Webhooks[DriverT] = Webhooks(driver, settings)
        self.audit_log: AuditLog[DriverT] = AuditLog(driver, settings)
        self.events: Events[DriverT] = Events(driver, settings)
        self.rules: Rules[DriverT] = Rules(driver, settings)
        self.platform_versions: PlatformVersions[DriverT] = PlatformVersions(driver, settings)
        self.server: Server[DriverT] = Server(driver, settings)

    @abstractmethod
    def _new_driver(self) -> DriverT:
        """What sends this client's requests."""


class Letmepost(_Client["Blocking"]):
    """The client whose calls return when they are answered. Threads may share it."""

    def _new_driver(self) -> Blocking:
        from letmepost_sdk.blocking import Blocking  # noqa: PLC0415 - loaded where it is used

        return Blocking()

    def close(self) -> None:
        """Close the connections."""
        self._driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class AsyncLetmepost(_Client["Awaiting"]):
    """The client whose calls are awaited, in one event loop."""

    def _new_driver(self) -> Awaiting:
        from letmepost_sdk.awaiting import Awaiting  # noqa: PLC0415 - as above

        return Awaiting()

    async def close(self) -> None:
        """Close the connections."""
        await self._driver.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()
