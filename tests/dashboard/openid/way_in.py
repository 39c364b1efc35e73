"""The way of a browser to the provider and back."""

from typing import Any

import pytest
from sqlalchemy import Connection, select

from letmepost.tenancy.tables import members
from tests.api.server import Server
from tests.dashboard.browser import Browser, Shown

ONCE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
START = "/dashboard/openid"


async def at_provider(browser: Browser, start: str = START) -> str:
    """Go to the provider; where it sends the browser back to."""
    sent = await browser.call("GET", start)
    assert sent.status == 303, sent.text
    async with browser.http.get(sent.headers["Location"], allow_redirects=False) as answer:
        back = answer.headers["Location"]
    assert back.startswith(f"{browser.url}/dashboard/openid/return?")
    return back.removeprefix(browser.url)


async def come_in(browser: Browser, start: str = START) -> Shown:
    """The whole way, to the page that it ends on."""
    return await browser.open(await at_provider(browser, start))


async def rows(server: Server) -> dict[str, Any]:
    """The members by their e-mail addresses."""

    def read(connection: Connection) -> dict[str, Any]:
        return {row.email: row for row in connection.execute(select(members))}

    return await server.service.state.database.read(read)
