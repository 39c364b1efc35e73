"""The page that a pin leads to is opened before the pin is made; only one that is gone counts."""

import base64
from typing import Any

import pytest

from tests.platforms.pinterest.publishing import PICTURE, Publishing
from tests.platforms.pinterest.served import Served

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
MEDIA = [{"kind": "image", "bytesBase64": base64.b64encode(PICTURE.content).decode()}]
PAGE = "/pinterest/page"


async def validated(server: Served, side: Publishing, url: str) -> list[Any]:
    """The violations of a pin that leads to a page."""
    options = {"platform": "pinterest", "boardId": side.board_id, "destinationUrl": url}
    body = {"targets": [{"accountId": server.account_id, "options": options}], "media": MEDIA}
    answer = await server.call("POST", "/v1/posts/validate", body)
    assert answer.status == 200, answer.body
    violations: list[Any] = [
        each for target in answer.body["targets"] for each in target["violations"]
    ]
    return violations


@pytest.mark.parametrize("status", [404, 410])
async def test_page_that_is_gone_is_named(server: Served, side: Publishing, status: int) -> None:
    await side.jane.fault("status", route=PAGE, status=status)
    [violation] = await validated(server, side, side.jane.simulation.url + PAGE)
    assert violation["rule"] == "pinterest.destination_url.reachable"
    assert violation["field"] == "options.destinationUrl"
    assert violation["actual"] == f"HTTP {status}"


@pytest.mark.parametrize("status", [200, 401, 403, 429, 500, 503])
async def test_page_that_refuses_programs_is_left_in_peace(
    server: Served, side: Publishing, status: int
) -> None:
    await side.jane.fault("status", route=PAGE, status=status, body="<p>Hello</p>")
    assert await validated(server, side, side.jane.simulation.url + PAGE) == []


async def test_redirect_is_followed_to_its_end(server: Served, side: Publishing) -> None:
    start, end = PAGE + "/old", PAGE + "/new"
    headers = {"Location": side.jane.simulation.url + end}
    await side.jane.fault("status", route=start, status=301, headers=headers)
    await side.jane.fault("status", route=end, status=404)
    [violation] = await validated(server, side, side.jane.simulation.url + start)
    assert violation["actual"] == "HTTP 404"


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/nobody", "https://10.0.0.1/inside"])
async def test_our_own_network_stops_no_post(server: Served, side: Publishing, url: str) -> None:
    assert await validated(server, side, url) == []


async def test_cut_connection_says_nothing_of_the_page(server: Served, side: Publishing) -> None:
    await side.jane.fault("cut_before_commit", route=PAGE, times=2)
    assert await validated(server, side, side.jane.simulation.url + PAGE) == []
