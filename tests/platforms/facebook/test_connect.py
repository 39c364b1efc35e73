"""Connecting Pages: all of a person's at once, with the accounts that are linked to them."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp
import pytest

from letmepost.platform_kit.simulator_visit import visit
from tests.asgi_client import AsgiClient
from tests.platforms.every_platform import Play

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PAGE = "104100000000001"
LINKED = "17841400000000001"


async def connected(play: Play) -> Any:
    """The answer of connecting once more."""
    begun = await play.server.call("POST", "/v1/accounts/connect/facebook", {})
    async with aiohttp.ClientSession() as browser:
        address = begun.body["descriptor"]["authorizationUrl"]
        back = await visit(browser, address, {"decision": "approve"})
    given = {name: back[name] for name in ("code", "state")}
    return await play.server.call("POST", "/v1/accounts/connect/facebook/complete", given)


async def test_one_consent_gives_every_page_and_the_accounts_linked_to_them(play: Play) -> None:
    await play.backstage.world(pages=["The Mill", "The Market"])
    reply = await connected(play)
    accounts = reply.body["accounts"]
    assert [(each["platform"], each["displayName"]) for each in accounts] == [
        ("facebook", "Jane's Bakery"),
        ("instagram", "janes.bakery"),
        ("facebook", "The Mill"),
        ("facebook", "The Market"),
    ]
    assert reply.body["id"] == accounts[0]["id"]
    listed = (await play.server.call("GET", "/v1/accounts")).body["data"]
    assert {each["id"] for each in listed} == {each["id"] for each in accounts}


async def test_the_linked_account_posts_with_the_pages_token(play: Play) -> None:
    listed = (await play.server.call("GET", "/v1/accounts")).body["data"]
    [linked] = [each for each in listed if each["platform"] == "instagram"]
    assert linked["platformAccountId"] == LINKED
    shown = await play.server.call("GET", f"/v1/accounts/{linked['id']}/check")
    findings = {each["name"]: each for each in shown.body["findings"]}
    assert findings["login"]["found"] == "through its Facebook Page"


async def test_pages_of_a_business_are_found_too(play: Play) -> None:
    await play.backstage.world(pages=[{"name": "The Chain", "business": "9001"}])
    accounts = (await connected(play)).body["accounts"]
    assert "The Chain" in [each["displayName"] for each in accounts]


async def test_a_person_with_many_pages_connects_them_all(play: Play) -> None:
    await play.backstage.world(pages=[f"Page {number}" for number in range(150)])
    accounts = (await connected(play)).body["accounts"]
    assert sum(each["platform"] == "facebook" for each in accounts) == 151


async def test_without_a_page_nothing_is_connected_and_it_says_why(play: Play) -> None:
    await play.backstage.world(tickedPages=[])
    error = (await connected(play)).body["error"]
    assert (error["code"], error["rule"]) == ("platform_rejected", "facebook.pages.none")
    assert "tick the Pages" in error["remediation"]


async def test_a_page_without_the_task_of_creating_content_is_named(play: Play) -> None:
    made = await play.backstage._call(
        "POST",
        "world",
        json={"platform": "facebook", "pages": [{"name": "Museum", "tasks": ["ANALYZE"]}]},
    )
    await play.backstage.world(tickedPages=[made["pages"][0]["id"]])
    error = (await connected(play)).body["error"]
    assert error["rule"] == "facebook.page.create_content_task"
    assert "Museum" in error["message"]


async def test_a_page_that_may_not_be_posted_to_is_left_out_among_others(play: Play) -> None:
    await play.backstage.world(pages=[{"name": "Museum", "tasks": ["ANALYZE"]}])
    accounts = (await connected(play)).body["accounts"]
    assert "Museum" not in [each["displayName"] for each in accounts]


async def test_a_pages_token_has_no_end(play: Play) -> None:
    shown = (await play.server.call("GET", f"/v1/accounts/{play.server.account_id}")).body
    assert shown["tokenExpiresAt"] is None
    play.server.clock.advance(timedelta(days=400).total_seconds())
    assert (await play.server.post("a year later"))["status"] == "published"


async def test_a_check_looks_into_the_token(play: Play) -> None:
    path = f"/v1/accounts/{play.server.account_id}/check"
    findings = {
        each["name"]: each for each in (await play.server.call("GET", path)).body["findings"]
    }
    assert findings["page"]["found"] == f"Jane's Bakery ({PAGE})"
    assert findings["token"]["found"] == "valid, without an end"
    assert "pages_manage_posts" in findings["scopes"]["found"]
    assert findings["data access"]["found"].startswith("until 20")
    assert not any(each.get("problem") for each in findings.values())
    asked = await play.backstage.requests()
    [looked] = [each for each in asked if each["path"].endswith("/debug_token")]
    assert "access_token" not in looked["query"]


async def test_a_check_says_what_is_wrong_with_a_token(play: Play) -> None:
    await play.backstage.fault(fault="revoked_token", route="/v25.0/")
    path = f"/v1/accounts/{play.server.account_id}/check"
    findings = {
        each["name"]: each for each in (await play.server.call("GET", path)).body["findings"]
    }
    assert findings["token"]["problem"] == "Connect the Page again."


async def test_a_wrong_secret_of_the_app_is_the_operators_to_correct(play: Play) -> None:
    body = {"error": {"message": "Error validating client secret.", "type": "X", "code": 1}}
    await play.backstage.fault(fault="status", route="/oauth/access_token", status=400, body=body)
    error = (await connected(play)).body["error"]
    assert "LETMEPOST_FACEBOOK_CLIENT_SECRET" in error["remediation"]


@pytest.mark.parametrize("subcode", [36007, 36008, 36009])
async def test_a_code_that_is_refused_asks_to_begin_anew(play: Play, subcode: int) -> None:
    error = {"message": "Error validating verification code.", "type": "OAuthException"}
    body = {"error": {**error, "code": 100, "error_subcode": subcode}}
    await play.backstage.fault(fault="status", route="/oauth/access_token", status=400, body=body)
    told = (await connected(play)).body["error"]
    assert told["code"] == "platform_auth_failed"
    assert told["remediation"] == "Begin connecting once more."


async def hosted(play: Play, path: str, **form: str) -> Any:
    """A page for whoever follows a connect link."""
    client = AsgiClient(play.server.service.app)
    if not form:
        return await client.call("GET", path)
    kind = {"content-type": "application/x-www-form-urlencoded"}
    return await client.call("POST", path, data=urlencode(form).encode(), headers=kind)


async def offered(play: Play) -> str:
    """The path of the page that a hosted connect link's consent ends on."""
    made = await play.server.call("POST", "/v1/connect-links", {"platforms": ["facebook"]})
    link = urlsplit(made.body["url"]).path
    begun = await hosted(play, f"{link}/facebook")
    assert begun.status == 303, begun.text
    async with aiohttp.ClientSession() as browser:
        back = await visit(browser, begun.headers["location"], {"decision": "approve"})
    path = f"/v1/accounts/oauth/facebook/callback?{urlencode(back)}"
    returned = await hosted(play, path)
    assert returned.status == 302
    address = urlsplit(returned.headers["location"])
    assert address.path.startswith(f"{link}/accounts/")
    return str(address.path)


async def listed(play: Play) -> set[str]:
    data = (await play.server.call("GET", "/v1/accounts")).body["data"]
    return {each["displayName"] for each in data}


async def test_a_hosted_page_offers_a_choice_before_anything_is_connected(play: Play) -> None:
    await play.backstage.world(pages=["The Mill", "The <Market>"])
    before = await listed(play)
    path = await offered(play)
    page = await hosted(play, path)
    assert page.status == 200
    assert all(each in page.text for each in ("Jane&#39;s Bakery", "The Mill", "&lt;Market&gt;"))
    assert await listed(play) == before, "nothing is connected before it is chosen"
    done = await hosted(play, path, **{"account-2": "yes"})
    assert done.status == 303
    assert "connected=facebook&accounts=1" in done.headers["location"]
    assert await listed(play) == before | {"The Mill"}


async def test_a_choice_is_made_once_and_of_something(play: Play) -> None:
    await play.backstage.world(pages=["The Mill"])
    path = await offered(play)
    none = await hosted(play, path, other="1")
    assert (none.status, "Choose at least one account." in none.text) == (422, True)
    assert (await hosted(play, path, **{"account-0": "yes"})).status == 303
    assert (await hosted(play, path, **{"account-2": "yes"})).status == 404
    assert "The Mill" not in await listed(play)


async def test_a_choice_ends_with_its_ten_minutes_and_is_no_state(play: Play) -> None:
    await play.backstage.world(pages=["The Mill"])
    path = await offered(play)
    token = path.rpartition("/")[2]
    given = {"code": "x", "state": token}
    reply = await play.server.call("POST", "/v1/accounts/connect/facebook/complete", given)
    assert reply.body["error"]["rule"] == "connect.state.unknown"
    play.server.clock.advance(601)
    assert (await hosted(play, path)).status == 404


async def test_a_choice_belongs_to_its_link(play: Play) -> None:
    await play.backstage.world(pages=["The Mill"])
    token = (await offered(play)).rpartition("/")[2]
    profile = (await play.server.call("POST", "/v1/profiles", {"name": "Other"})).body["id"]
    body = {"platforms": ["facebook"], "profileId": profile}
    made = await play.server.call("POST", "/v1/connect-links", body)
    path = f"{urlsplit(made.body['url']).path}/accounts/{token}"
    assert (await hosted(play, path)).status == 404
