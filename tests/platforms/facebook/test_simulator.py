"""The simulated Facebook refuses what Facebook refuses, in its words."""

import hashlib
import hmac
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from letmepost.platform_kit.simulator_server import running_simulators
from letmepost.platforms.facebook.simulator import FacebookSimulator
from letmepost.platforms.facebook.simulator_access import CLIENT_ID, CLIENT_SECRET
from tests.clock import FakeClock
from tests.media import samples

PAGE = "104100000000001"
SCOPES = ("pages_show_list", "pages_read_engagement", "pages_manage_posts")


class Caller:
    """Calls with the bakery's token."""

    def __init__(self, simulator: FacebookSimulator, url: str, http: aiohttp.ClientSession) -> None:
        self.simulator = simulator
        self.world = simulator.world
        self.http = http
        self.url = f"{url}/facebook"
        self.token = simulator.access.token_of(self.world.pages[PAGE], SCOPES)

    async def call(
        self, method: str, path: str, headers: dict[str, str] | None = None, **fields: Any
    ) -> tuple[int, Any]:
        given: dict[str, Any] = {"data": fields} if method == "POST" else {"params": fields}
        sent = headers or {"Authorization": f"Bearer {self.token}"}
        async with self.http.request(
            method, f"{self.url}/v25.0{path}", headers=sent, **given
        ) as answer:
            return answer.status, await answer.json()

    async def error(self, method: str, path: str, **fields: Any) -> tuple[Any, Any, Any]:
        status, body = await self.call(method, path, **fields)
        assert status >= 400, body
        return body["error"]["code"], body["error"].get("error_subcode"), body["error"]["message"]


@pytest.fixture
async def page() -> AsyncIterator[Caller]:
    simulator = FacebookSimulator(FakeClock())
    async with running_simulators([simulator]) as running, aiohttp.ClientSession() as http:
        yield Caller(simulator, running.url, http)


async def test_a_post_has_the_pages_id_in_its_own(page: Caller) -> None:
    status, body = await page.call("POST", f"/{PAGE}/feed", message="Hello")
    assert (status, body["id"].partition("_")[0]) == (200, PAGE)
    assert set(body) == {"id"}


async def test_the_app_is_put_out_by_its_own_token_or_the_persons(page: Caller) -> None:
    user = page.world.user_id
    code, _, words = await page.error("DELETE", "/me/permissions")
    assert (code, "permissions" in words) == (100, True)
    app = {"Authorization": f"Bearer {CLIENT_ID}|{CLIENT_SECRET}"}
    for path, code in (("/me/permissions", 2500), ("/4711/permissions", 100)):
        status, body = await page.call("DELETE", path, headers=app)
        assert (status, body["error"]["code"]) == (400, code)
    wrong = {"Authorization": f"Bearer {CLIENT_ID}|another"}
    status, body = await page.call("DELETE", f"/{user}/permissions", headers=wrong)
    assert (status, body["error"]["code"]) == (400, 190)
    assert (await page.call("POST", f"/{PAGE}/feed", message="Still in"))[0] == 200
    person = page.simulator.access.give(SCOPES)
    own = {"Authorization": f"Bearer {person}"}
    assert await page.call("DELETE", "/me/permissions", headers=own) == (200, {"success": True})
    assert await page.call("DELETE", f"/{user}/permissions", headers=app) == (
        200,
        {"success": True},
    )
    code, subcode, _ = await page.error("POST", f"/{PAGE}/feed", message="Out")
    assert (code, subcode) == (190, 458)
    assert (await page.call("GET", "/me", headers=own))[0] == 400


async def test_the_same_text_is_refused_twice_in_a_row(page: Caller) -> None:
    await page.call("POST", f"/{PAGE}/feed", message="Hello")
    code, _, said = await page.error("POST", f"/{PAGE}/feed", message="Hello")
    assert (code, said) == (506, "Duplicate status message")


async def test_attached_media_is_an_array(page: Caller) -> None:
    code, _, said = await page.error("POST", f"/{PAGE}/feed", attached_media='{"media_fbid": "1"}')
    assert (code, "must be an array" in said) == (100, True)


async def test_an_unpublished_photo_is_in_no_list(page: Caller) -> None:
    form = aiohttp.FormData({"published": "false"})
    form.add_field("source", samples.image(), filename="a.jpg", content_type="image/jpeg")
    headers = {"Authorization": f"Bearer {page.token}"}
    address = f"{page.url}/v25.0/{PAGE}/photos"
    async with page.http.post(address, data=form, headers=headers) as answer:
        photo = (await answer.json())["id"]
    assert (await page.call("GET", f"/{PAGE}/published_posts"))[1]["data"] == []
    attached = f'[{{"media_fbid": "{photo}"}}]'
    await page.call("POST", f"/{PAGE}/feed", attached_media=attached)
    [post] = (await page.call("GET", f"/{PAGE}/published_posts", fields="id,attachments"))[1][
        "data"
    ]
    assert post["attachments"]["data"][0]["target"]["id"] == photo
    code, subcode, _ = await page.error("POST", f"/{PAGE}/feed", attached_media=attached)
    assert (code, subcode) == (100, 1366051)


async def test_what_is_no_photo_is_refused_in_facebooks_words(page: Caller) -> None:
    form = aiohttp.FormData({"published": "false"})
    form.add_field("source", b"not a photo", filename="a.jpg", content_type="image/jpeg")
    headers = {"Authorization": f"Bearer {page.token}"}
    address = f"{page.url}/v25.0/{PAGE}/photos"
    async with page.http.post(address, data=form, headers=headers) as answer:
        assert (await answer.json())["error"]["error_subcode"] == 1366046


async def test_a_photo_that_cannot_be_fetched_is_refused(page: Caller) -> None:
    code, subcode, _ = await page.error("POST", f"/{PAGE}/photos", url="ftp://example.com/a.jpg")
    assert (code, subcode) == (324, 2069019)


@pytest.mark.parametrize(
    ("link", "subcode"), [("example.com", 1609005), ("https://www.facebook.com/x", 1609008)]
)
async def test_links_are_whole_and_lead_elsewhere(page: Caller, link: str, subcode: int) -> None:
    assert (await page.error("POST", f"/{PAGE}/feed", link=link))[1] == subcode


async def test_a_piece_at_the_wrong_offset_is_told_the_right_one(page: Caller) -> None:
    path = f"/{PAGE}/videos"
    _, begun = await page.call("POST", path, upload_phase="start", file_size="100")
    session = begun["upload_session_id"]
    status, body = await page.call(
        "POST", path, upload_phase="transfer", upload_session_id=session, start_offset="50"
    )
    assert (status, body["error"]["error_subcode"]) == (400, 1363037)
    assert body["error"]["error_data"] == {"start_offset": "0", "end_offset": "100"}
    code, subcode, _ = await page.error(
        "POST", path, upload_phase="finish", upload_session_id=session
    )
    assert (code, subcode) == (6000, 1363030)


async def test_a_reel_is_told_what_is_wrong_with_its_bytes(page: Caller) -> None:
    _, begun = await page.call("POST", f"/{PAGE}/video_reels", upload_phase="start")
    headers = {"Authorization": f"OAuth {page.token}", "offset": "0", "file_size": "5"}
    async with page.http.post(begun["upload_url"], data=b"abc", headers=headers) as answer:
        said = (await answer.json())["debug_info"]
    assert said["type"] == "PartialRequestError"
    headers["Authorization"] = f"Bearer {page.token}"
    async with page.http.post(begun["upload_url"], data=b"abcde", headers=headers) as answer:
        assert (await answer.json())["debug_info"]["retriable"] is False


async def test_a_page_publishes_thirty_reels_a_day(page: Caller) -> None:
    for _ in range(30):
        page.world.publish(page.world.pages[PAGE], "reel", "")
    assert (await page.error("POST", f"/{PAGE}/video_reels", upload_phase="start"))[0] == 613


async def test_a_token_without_the_scope_is_refused(page: Caller) -> None:
    page.token = page.simulator.access.token_of(page.world.pages[PAGE], ("pages_show_list",))
    code, _, said = await page.error("POST", f"/{PAGE}/feed", message="Hello")
    assert (code, "pages_read_engagement" in said) == (200, True)


async def test_a_persons_own_token_publishes_on_no_page(page: Caller) -> None:
    page.token = page.simulator.access.give(SCOPES)
    code, _, said = await page.error("POST", f"/{PAGE}/feed", message="Hello")
    assert (code, "impersonating" in said) == (190, True)


async def test_a_wrong_proof_is_refused_and_the_right_one_is_taken(page: Caller) -> None:
    proof = hmac.new(CLIENT_SECRET.encode(), page.token.encode(), hashlib.sha256).hexdigest()
    assert (await page.call("POST", f"/{PAGE}/feed", message="1", appsecret_proof=proof))[0] == 200
    said = (await page.error("POST", f"/{PAGE}/feed", message="2", appsecret_proof="00"))[2]
    assert said.startswith("Invalid appsecret_proof")


async def test_only_the_app_looks_into_a_token(page: Caller) -> None:
    assert (await page.error("GET", "/debug_token", input_token=page.token))[0] == 100
    app = {"Authorization": f"Bearer {CLIENT_ID}|{CLIENT_SECRET}"}
    _, body = await page.call("GET", "/debug_token", headers=app, input_token=page.token)
    assert (body["data"]["type"], body["data"]["is_valid"]) == ("PAGE", True)
    _, body = await page.call("GET", "/debug_token", headers=app, input_token="EAAnothing")
    assert body["data"]["is_valid"] is False


async def test_a_world_takes_known_fields_of_the_right_kind(page: Caller) -> None:
    wrong: list[dict[str, Any]] = [
        {"page": []},
        {"pages": "one"},
        {"pages": [1]},
        {"chunkBytes": "x"},
    ]
    for body in wrong:
        asked = {"platform": "facebook", **body}
        address = page.url.removesuffix("/facebook") + "/_simulator/world"
        async with page.http.post(address, json=asked) as answer:
            assert answer.status == 400
