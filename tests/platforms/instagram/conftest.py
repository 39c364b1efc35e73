"""A server that is connected to the simulated Instagram, by either login."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from letmepost.accounts.credentials import seal_credentials
from letmepost.accounts.tables import accounts
from letmepost.platform_kit.graph.simulated import (
    DEFAULT_LINKED_ID,
    DEFAULT_PAGE_ID,
    DEFAULT_USER_ID,
    PageToken,
    page_token,
)
from letmepost.platforms import platforms
from tests.platforms.every_platform import Play, playing

PAGE_SCOPES = (
    "instagram_basic",
    "instagram_content_publish",
    "instagram_manage_comments",
    "instagram_manage_contents",
)


@pytest.fixture
async def play(database_url: str, tmp_path: Path) -> AsyncIterator[Play]:
    async with playing("instagram", database_url, tmp_path / "data") as opened:
        yield opened


@pytest.fixture
async def by_page(play: Play) -> Play:
    """The same account, connected through its Page."""
    token = page_token(PageToken(DEFAULT_PAGE_ID, DEFAULT_USER_ID, PAGE_SCOPES))
    link: dict[str, Any] = {
        "id": DEFAULT_LINKED_ID,
        "username": "janes.bakery",
        "pageId": DEFAULT_PAGE_ID,
        "pageToken": token,
        "userId": DEFAULT_USER_ID,
        "scopes": list(PAGE_SCOPES),
    }
    connected = platforms()["instagram"].takes_links["instagram_business_account"](link)
    state = play.server.service.state

    def reconnect(connection: Connection) -> str:
        account_id, owner = connection.execute(
            select(accounts.c.id, accounts.c.organization_id)
        ).one()
        sealed = seal_credentials(state.keyring, account_id, connected.credentials)
        connection.execute(
            update(accounts).values(
                credentials=sealed,
                details=dict(connected.details),
                renewable=connected.renewable,
                token_expires_at=None,
                renew_at=None,
            )
        )
        return str(owner)

    state.directory.forget(await state.database.write(reconnect))
    return play
