"""A whole server beside the simulated Pinterest, with Jane's account in its database."""

import base64
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert

from letmepost.accounts.tables import accounts
from letmepost.administration import make_first_key
from letmepost.configuration import read_configuration
from letmepost.kit.ids import new_id
from letmepost.server import Service, open_service
from letmepost.tenancy.keys import ALL_SCOPES, TEST, mint
from tests.asgi_client import AsgiClient, Reply
from tests.clock import FakeClock
from tests.platforms.pinterest.publishing import Publishing

ENCRYPTION_KEY = base64.b64encode(b"k" * 32).decode()


@dataclass
class Served:
    """The server, its keys and its accounts."""

    service: Service
    side: Publishing
    made: Mapping[str, str]
    test_key: str = ""
    account_id: str = ""

    async def call(
        self, method: str, path: str, body: Any = None, *, key: str | None = None
    ) -> Reply:
        """One request, without a socket."""
        return await AsgiClient(self.service.app, key or self.made["key"]).call(method, path, body)

    async def boards(self, method: str = "GET", body: Any = None, **more: Any) -> Reply:
        """A call on the boards of the account."""
        return await self.call(
            method, f"/v1/accounts/{self.account_id}/pinterest/boards", body, **more
        )

    async def choose(self, board_id: str, **more: Any) -> Reply:
        """Make a board the default one."""
        path = f"/v1/accounts/{self.account_id}/pinterest/default-board"
        return await self.call("PATCH", path, {"boardId": board_id}, **more)

    async def account(self) -> Any:
        """The account as the API shows it."""
        return (await self.call("GET", f"/v1/accounts/{self.account_id}")).body

    async def keep_account(self, platform: str = "pinterest", *, sandbox: bool = False) -> str:
        """Write an account, as connecting it would; its id."""
        account_id, now = new_id("acc"), self.side.clock.now()
        keyring = self.service.state.keyring
        sealed = keyring.seal(
            json.dumps(dict(self.side.credentials)).encode(), f"accounts/{account_id}/credentials"
        )

        def write(connection: Connection) -> None:
            connection.execute(
                insert(accounts).values(
                    id=account_id,
                    organization_id=self.made["organizationId"],
                    profile_id=self.made["profileId"],
                    platform=platform,
                    platform_account_id=f"{platform} {sandbox}",
                    display_name="jane",
                    credentials=sealed,
                    details={} if sandbox else dict(self.side.details),
                    sandbox=sandbox,
                    created_at=now,
                    updated_at=now,
                )
            )

        await self.service.state.database.write(write)
        self.service.state.directory.forget(self.made["organizationId"])
        return account_id

    async def make_test_key(self) -> str:
        """A key that reaches no platform."""

        def write(connection: Connection) -> str:
            _, key = mint(
                connection,
                organization_id=self.made["organizationId"],
                name="test",
                prefix=TEST,
                scopes=ALL_SCOPES,
                profile_id=None,
                now=self.side.clock.now(),
            )
            return key

        return await self.service.state.database.write(write)


@asynccontextmanager
async def served(
    side: Publishing, database_url: str, folder: Path, clock: FakeClock
) -> AsyncIterator[Served]:
    """Open a server on a migrated database, with the account written into it."""
    configuration = read_configuration(
        {
            **side.jane.simulation.settings,
            "LETMEPOST_DATA_DIR": str(folder),
            "LETMEPOST_DATABASE_URL": database_url,
            "LETMEPOST_ENCRYPTION_KEYS": ENCRYPTION_KEY,
            "LETMEPOST_AUTO_MIGRATE": "off",
            "LETMEPOST_ALLOWED_PRIVATE_NETWORKS": "127.0.0.0/8",
        }
    )
    made = await make_first_key(configuration)
    async with open_service(configuration, worker=False, clock=clock) as service:
        opened = Served(service, side, made)
        opened.account_id = await opened.keep_account()
        opened.test_key = await opened.make_test_key()
        yield opened
