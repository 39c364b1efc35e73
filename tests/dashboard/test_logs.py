"""The log of requests on the dashboard: found by id and by filters, and what each leads to."""

import re
from html import unescape

import pytest

from tests.api.client import Client
from tests.api.server import Server, running_server
from tests.clock import FakeClock
from tests.dashboard.browser import Browser
from tests.dashboard.deeds import connected, consented, curls, published

LOGS = "/dashboard/logs"


async def _client(owner: Browser, name: str) -> Client:
    page = await owner.open("/dashboard/keys")
    fields = [("scope", "posts:read"), ("scope", "posts:write")]
    made = await owner.send(page, do="mint", name=name, prefix="lmp_live_", fields=fields)
    found = re.search(r"<code>(lmp_live_[^<]+)</code>", made.html)
    assert found is not None
    return Client(owner.http, owner.url, found[1])


async def test_requests_are_found_by_their_id_and_by_filters(
    server: Server, owner: Browser
) -> None:
    await connected(server, owner)
    post = (await published(owner, "Asked for")).url.rpartition("/")[2]
    shop, house = await _client(owner, "shop"), await _client(owner, "house")
    missing = await shop.get("/v1/posts/post_nothing")
    await house.get(f"/v1/posts/{post}", headers={"X-Request-Id": "order-7"})
    await server.service.state.request_log.write()

    page = await owner.open(LOGS)
    assert "/v1/posts/{id}" in page.text
    assert ("shop" in page.text, "not found" in page.text) == (True, True)
    # What members change is in it, and what pages only read is not.
    assert "owner@example.com" in page.text
    assert "/v1/profiles" not in page.text

    request_id = missing.headers["X-Request-Id"]
    one = await owner.open(f"{LOGS}?q={request_id}")
    assert one.html.count(f'href="{LOGS}/req_') == 1
    for query, shown in (
        ("status=4xx", [request_id]),
        ("status=5xx", []),
        ("method=GET", ["order-7", request_id]),
    ):
        found = await owner.open(f"{LOGS}?{query}")
        assert re.findall(rf'href="{LOGS}/([^"?]+)"', found.html) == shown, query
    chosen = re.search(r'<option value="(key_[^"]+)">house', page.html)
    assert chosen is not None
    of_key = await owner.open(f"{LOGS}?key={chosen[1]}")
    assert re.findall(rf'href="{LOGS}/([^"?]+)"', of_key.html) == ["order-7"]

    detail = await owner.open(f"{LOGS}/order-7")
    assert f'href="/dashboard/posts/{post}"' in detail.html
    assert "Asked for" in detail.text
    assert f'href="/dashboard/keys#{chosen[1]}"' in detail.html
    assert f"/v1/posts/{post}" in curls(detail)
    refused = await owner.open(f"{LOGS}/{request_id}")
    assert "/docs/errors/not_found" in refused.html


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_older_requests_are_a_page_further(server: Server, owner: Browser) -> None:
    client = await _client(owner, "shop")
    for number in range(51):
        await client.get("/v1/posts", headers={"X-Request-Id": f"number-{number:02}"})
    await server.service.state.request_log.write()
    first = await owner.open(f"{LOGS}?method=GET")
    older = re.search(r'href="([^"]+)">Older', first.html)
    assert older is not None
    assert "number-00" not in first.text
    second = await owner.open(unescape(older[1]))
    assert ("number-00" in second.text, "number-01" in second.text) == (True, False)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_is_not_there_is_said(owner: Browser) -> None:
    missing = await owner.open(f"{LOGS}/req_nothing")
    assert (missing.status, "No request has this id" in missing.text) == (404, True)
    assert "No request is like that" in (await owner.open(f"{LOGS}?q=req_nothing")).text
    assert (await owner.open(f"{LOGS}?before=x&status=9xx&method=BREW")).status == 200
    assert (await owner.open(f"{LOGS}?before={9**40}")).status == 200


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_another_organization_sees_nothing_of_it(server: Server, owner: Browser) -> None:
    other = await server.new_organization()
    client = await other.client()
    await client.get("/v1/posts", headers={"X-Request-Id": "theirs"})
    await server.service.state.request_log.write()
    assert await server.logged(other.id) == 1
    # The owner's organization is the first one, and the other came after it.
    assert "theirs" not in (await owner.open(LOGS)).text
    assert (await owner.open(f"{LOGS}/theirs")).status == 404


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_server_that_logs_nothing_says_so(
    tmp_path_factory: pytest.TempPathFactory, database_url: str, fake_clock: FakeClock
) -> None:
    off = {"LETMEPOST_REQUEST_LOG": "false"}
    folder = tmp_path_factory.mktemp("off")
    async with running_server(folder, database_url, clock=fake_clock, settings=off) as server:
        owner = await Browser(server.http, server.url).signed_up()
        assert "Requests are not logged on this server" in (await owner.open(LOGS)).text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_an_account_shows_what_its_platform_lets_one_choose_from(owner: Browser) -> None:
    page = await consented(owner, "pinterest")
    found = re.search(r'href="(/dashboard/accounts/acc_[^"]+/boards)">Boards', page.html)
    assert found is not None
    boards = await owner.open(found[1])
    assert ("Boards of" in boards.text, "Privacy" in boards.text) == (True, True)
    assert "/pinterest/boards" in curls(boards)
    assert (await owner.open(found[1].replace("/boards", "/chairs"))).status == 404
    assert (await owner.open("/dashboard/accounts/acc_nothing/boards")).status == 404
