"""A person's whole way: from the first visit to a webhook's delivery, with a mouse and without.

Each step is a method that begins and ends on a page of the dashboard, so that one can be put in
between two others.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Locator, Page, expect
from sqlalchemy import update
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from letmepost.posts.tables import publications
from letmepost.preflight.resource_rules import OUTCOME_UNKNOWN
from tests.api.server import Server
from tests.dashboard.browser import PASSWORD
from tests.listening import free_port, listening
from tests.media.samples import image
from tests.pages.hands import Hands, Keyboard, Mouse
from tests.pages.looks import Look, Watched, visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

VIENNA = ZoneInfo("Europe/Vienna")
TOO_LONG = "A harbour is a place of safety. " * 12


@dataclass
class Receiver:
    """A server of the person's own that takes events."""

    url: str
    types: list[str] = field(default_factory=list)


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    with free_port() as (listener, url):
        receiver = Receiver(f"{url}/hooks")

        async def take(request: Request) -> Response:
            receiver.types.append((await request.json())["type"])
            return PlainTextResponse("Taken, with thanks")

        app = Starlette(routes=[Route("/hooks", take, methods=["POST"])])
        async with listening(app, listener):
            yield receiver


@dataclass
class Journey:
    """The person, and what they see."""

    server: Server
    seen: Watched
    hands: Hands
    receiver: Receiver

    @property
    def page(self) -> Page:
        return self.seen.page

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name)

    async def go(self, name: str) -> None:
        """To a page by the navigation, which a phone folds away."""
        menu = self.page.get_by_label("Show the navigation")
        if self.seen.look.width < 768:
            await self.hands.tick(menu)
        link = self.page.get_by_role("navigation", name="Pages").get_by_role("link", name=name)
        await self.hands.press(link)
        await self.sees_title(name)

    async def sees_title(self, title: str | re.Pattern[str]) -> None:
        await expect(self.page.get_by_role("heading", level=1, name=title)).to_be_visible()

    async def told(self, words: str) -> None:
        """What the page says in its notice."""
        await expect(self.page.get_by_role("status").filter(has_text=words)).to_be_visible()

    async def keep(self, name: str) -> None:
        """Hold what is shown now to what every page is held to, and keep a picture of it."""
        faults = await self.seen.faults()
        await self.seen.keep(f"journey-{name}")
        assert not faults, (name, faults)

    async def sign_up(self) -> None:
        await self.page.goto(self.server.url)
        await self.hands.write(self.page.get_by_label("E-mail"), "owner@example.com")
        await self.hands.write(self.page.get_by_label("Password"), PASSWORD)
        await self.hands.press(self.button("Create the account"))
        await self.sees_title("Overview")

    async def connect_bluesky(self) -> str:
        """By the form; the handle."""
        login = await self.server.new_login()
        await self.hands.press(self.page.get_by_role("link", name="Connect an account"))
        await self.sees_title("Accounts")
        await self.hands.press(self.page.get_by_role("link", name="Bluesky"))
        await self.hands.write(self.page.get_by_label("Handle or e-mail"), login["identifier"])
        await self.hands.write(self.page.get_by_label("App password"), login["appPassword"])
        await self.hands.press(self.button("Connect"))
        await self.told("is connected")
        return login["identifier"]

    async def connect_x(self) -> None:
        """On the platform's own consent page."""
        await self.hands.press(self.page.get_by_role("link", name="X", exact=True))
        await self.hands.press(self.button("Continue to X"))
        await expect(self.page.get_by_text("asks for access")).to_be_visible()
        await self.hands.press(self.button("Allow"))
        await self.told("X is connected.")
        await self.keep("accounts")

    async def upload(self, picture: Path) -> None:
        await self.go("Media")
        await self.hands.choose_file(self.page.get_by_label("Drop files here"), picture)
        await self.told("1 file is uploaded.")

    async def compose(self, account: str, text: str) -> None:
        await self.go("Compose")
        await self.hands.tick(self.page.get_by_label(account, exact=True))
        await self.hands.write(self.page.get_by_label("Text", exact=True), text)

    async def see_a_violation_and_fix_it(self) -> None:
        await expect(self.page.get_by_text("Bluesky accepts 300.")).to_be_visible()
        await self.hands.press(self.page.get_by_text("From the files that are stored"))
        await self.hands.press(self.page.get_by_role("button", name="Attach the file of"))
        await self.hands.write(self.page.get_by_label("Description"), "A boat")
        await self.keep("violation")
        await self.hands.press(self.button("Shorten it"))
        await expect(self.page.get_by_text("ready")).to_be_visible()
        await expect(self.page.get_by_label("Description")).to_have_value("A boat")
        await self.keep("ready")

    async def publish(self, title: str = "Published") -> None:
        """Ends on the page of the post."""
        await self.hands.press(self.button("Publish now"))
        await self.sees_title(title)
        await self.hands.press(self.page.get_by_role("link", name="See the post"))
        await expect(self.page.get_by_role("heading", name="What happened")).to_be_visible()

    async def see_it_on_the_timeline(self, handle: str) -> None:
        shown = (await self.server.timeline(handle))[0]
        assert len(shown["text"]) <= 300
        here = self.page.url
        await self.page.goto(f"{self.server.simulation.url}/_simulator/timeline")
        await expect(self.page.get_by_role("img", name="A boat")).to_be_visible()
        await self.page.goto(here)

    async def schedule(self, at: datetime) -> None:
        """Ends on the page of the post."""
        await self.hands.tick(self.page.get_by_label("At a time"))
        await self.hands.choose_time(self.page.get_by_label("Date and time"), at)
        await expect(self.page.get_by_label("Time zone")).to_have_value("Europe/Vienna")
        await self.hands.press(self.button("Schedule"))
        await self.sees_title("Scheduled")
        await self.hands.press(self.page.get_by_role("link", name="See the post"))
        await self.is_due(at)

    async def move(self, at: datetime) -> None:
        """From the page of the post to the page of the post."""
        await self.hands.choose_time(self.page.get_by_label("Another date and time"), at)
        await self.hands.press(self.button("Move it"))
        await self.told("at the new time")
        await self.is_due(at)
        await self.keep("scheduled")

    async def is_due(self, at: datetime) -> None:
        wanted = at.astimezone(ZoneInfo("UTC"))
        due = self.page.locator("dd time").nth(1)
        await expect(due).to_have_attribute("datetime", re.compile(f"^{wanted:%Y-%m-%dT%H:%M}"))

    async def cancel(self) -> None:
        await self.hands.press(self.button("Cancel the post"))
        await self.told("The post is canceled.")

    async def look_at_the_failed_attempt(self) -> None:
        await expect(self.page.get_by_text("Publishing, attempt 1: rejected")).to_be_visible()
        calls = self.page.locator("summary", has_text="com.atproto.repo.createRecord")
        await self.hands.press(calls)
        await expect(self.page.get_by_text('"app.bsky.feed.post"')).to_be_visible()
        await self.keep("failed")

    async def retry_what_may_be_there(self) -> None:
        """The post turns into one whose last call was never answered."""
        error = {
            "code": "platform_unavailable",
            "message": "No answer came.",
            "rule": OUTCOME_UNKNOWN.id,
            "retryable": False,
            "willRetry": False,
        }
        post = self.page.url.rpartition("/")[2]
        await self.server.service.state.database.write(
            lambda connection: connection.execute(
                update(publications)
                .where(publications.c.id == post)
                .values(state="failed", error=error)
            )
        )
        await self.page.reload()
        await expect(self.page.get_by_text("It may be there already.")).to_be_visible()
        await self.hands.press(self.button("Try again"))
        # The browser asks for the tick, and sends nothing.
        risk = self.page.get_by_label("I have looked, and it is not there")
        await expect(risk).to_be_focused()
        await self.hands.tick(risk)
        await self.hands.press(self.button("Try again"))
        await expect(self.page.get_by_text("Publishing, attempt 2: published")).to_be_visible()

    async def make_a_webhook(self) -> None:
        await self.go("Webhooks")
        await self.hands.write(self.page.get_by_label("Address"), self.receiver.url)
        await self.hands.press(self.button("Make the endpoint"))
        await expect(self.page.get_by_text("whsec_")).to_be_visible()
        await self.keep("webhook-made")

    async def see_its_delivery(self) -> None:
        await self.go("Webhooks")
        await self.hands.press(self.page.get_by_role("link", name=self.receiver.url))
        delivered = self.page.get_by_role("listitem").filter(has_text="post.published")
        await expect(delivered).to_contain_text("answered 200")
        await self.hands.press(delivered.get_by_text("The answer"))
        await expect(delivered.get_by_text("Taken, with thanks")).to_be_visible()
        await self.keep("delivered")
        assert "post.published" in self.receiver.types

    async def sign_out(self) -> None:
        if self.seen.look.width < 768:
            await self.hands.tick(self.page.get_by_label("Show the navigation"))
        await self.hands.press(self.button("Sign out"))
        await self.sees_title("Sign in")


@pytest.mark.parametrize(
    ("hands", "look"),
    [
        pytest.param(Mouse(), Look("light", 1280), id="mouse-light-1280"),
        pytest.param(Keyboard(), Look("dark", 390), id="keyboard-dark-390"),
    ],
)
async def test_the_whole_way(
    server: Server, chromium: Chromium, tmp_path: Path, hands: Hands, look: Look
) -> None:
    picture = tmp_path / "harbour.jpg"
    picture.write_bytes(image("JPEG"))
    noon = datetime.now(VIENNA).replace(hour=12, minute=15, second=0, microsecond=0)
    async with receiving() as receiver, visitor(chromium, look, server.url) as seen:
        way = Journey(server, seen, hands, receiver)
        await way.sign_up()
        handle = await way.connect_bluesky()
        await way.connect_x()
        await way.upload(picture)

        await way.compose(handle, TOO_LONG)
        await way.see_a_violation_and_fix_it()
        await way.publish()
        await way.see_it_on_the_timeline(handle)

        await way.compose("alice_on_x", "The ferry leaves at ten.")
        await way.schedule(noon + timedelta(days=2))
        await way.move(noon + timedelta(days=3))
        await way.cancel()

        await way.make_a_webhook()
        await server.fault(
            "status", status=400, route="createRecord", body={"error": "InvalidRecord"}
        )
        await way.compose(handle, "A second boat came in.")
        await way.publish("Not published")
        await way.look_at_the_failed_attempt()
        await way.retry_what_may_be_there()
        await way.see_its_delivery()
        await way.sign_out()


async def test_the_keyboard_skips_to_the_content(server: Server, chromium: Chromium) -> None:
    async with visitor(chromium, Look("light", 1280), server.url) as seen, receiving() as receiver:
        way = Journey(server, seen, Keyboard(), receiver)
        await way.sign_up()
        await way.page.keyboard.press("Tab")
        await expect(way.page.get_by_role("link", name="Skip to the content")).to_be_focused()
        await way.page.keyboard.press("Enter")
        await way.page.keyboard.press("Tab")
        await expect(way.page.get_by_role("link", name="Connect an account")).to_be_focused()


async def test_a_chosen_theme_stays(server: Server, chromium: Chromium) -> None:
    async with visitor(chromium, Look("light", 1280), server.url) as seen, receiving() as receiver:
        way = Journey(server, seen, Mouse(), receiver)
        await way.sign_up()
        await way.hands.press(way.button("Light or dark"))
        root = way.page.locator("html")
        await expect(root).to_have_attribute("data-theme", "dark")
        await way.page.reload()
        await expect(root).to_have_attribute("data-theme", "dark")
