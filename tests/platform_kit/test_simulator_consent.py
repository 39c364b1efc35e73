"""The consent page that simulated platforms share."""

import base64
import hashlib
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from letmepost.platform_kit.simulator_consent import APPROVES, ConsentDesk
from tests.asgi_client import AsgiClient
from tests.clock import FakeClock

BACK = "https://letmepost.example/callback?kept=1"
ASKED = {"client_id": "app", "redirect_uri": BACK, "scope": "read write", "state": "s-1"}


class Visitor:
    def __init__(self, clock: FakeClock) -> None:
        self.desk = ConsentDesk(
            "Example",
            clock,
            accounts=lambda: {"1": "Ann", "2": "<Bob>"},
            refuses=lambda query: None if query.get("client_id") == "app" else "Unknown <app>.",
            code_lives=timedelta(seconds=30),
        )
        route = Route("/authorize", self.desk.handle, methods=["GET", "POST"])
        self.client = AsgiClient(Starlette(routes=[route]))

    async def sends(self, form: Mapping[str, str], **more: str) -> dict[str, list[str]]:
        """What the browser comes back with."""
        answer = await self.client.call(
            "POST",
            f"/authorize?{urlencode(ASKED | more)}",
            data=urlencode(form).encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        assert answer.status == 302
        return parse_qs(urlsplit(answer.headers["location"]).query)


@pytest.fixture
def visitor(fake_clock: FakeClock) -> Visitor:
    return Visitor(fake_clock)


async def test_the_page_says_who_asks_for_what(visitor: Visitor) -> None:
    page = await visitor.client.call("GET", f"/authorize?{urlencode(ASKED)}")
    assert page.status == 200
    assert "<li>read</li><li>write</li>" in page.text
    assert "&lt;Bob&gt;" in page.text


async def test_a_query_that_the_platform_refuses_asks_nobody(visitor: Visitor) -> None:
    page = await visitor.client.call("POST", "/authorize?client_id=other")
    assert page.status == 400
    assert "Unknown &lt;app&gt;." in page.text


async def test_a_code_works_once(visitor: Visitor) -> None:
    back = await visitor.sends({**APPROVES, "account": "2"})
    assert (back["kept"], back["state"]) == (["1"], ["s-1"])
    granted = visitor.desk.spend(back["code"][0])
    assert granted is not None
    assert (granted.account, granted.scopes) == ("2", ("read", "write"))
    assert granted.proves(None)
    assert visitor.desk.spend(back["code"][0]) is None


async def test_a_code_dies_of_age(visitor: Visitor, fake_clock: FakeClock) -> None:
    back = await visitor.sends(APPROVES)
    fake_clock.advance(31)
    assert visitor.desk.spend(back["code"][0]) is None


async def test_a_refusal_brings_no_code(visitor: Visitor) -> None:
    back = await visitor.sends({"decision": "deny"})
    assert back["error"] == ["access_denied"]
    assert "code" not in back


async def test_the_verifier_must_be_that_of_the_challenge(visitor: Visitor) -> None:
    digest = hashlib.sha256(b"verifier").digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    back = await visitor.sends(APPROVES, code_challenge=challenge)
    granted = visitor.desk.spend(back["code"][0])
    assert granted is not None
    assert granted.proves("verifier")
    assert not granted.proves("another")
    assert not granted.proves(None)
