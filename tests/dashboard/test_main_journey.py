"""A person with a real browser, from the first visit to a post and its attempts."""

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.api.server import Server
from tests.dashboard.browser import PASSWORD
from tests.media.samples import image

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def test_from_the_first_visit_to_a_post_and_its_attempts(
    server: Server, page: Page, tmp_path: Path
) -> None:
    login = await server.new_login()
    await page.goto(server.url)
    await page.get_by_label("E-mail").fill("owner@example.com")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Create the account").click()

    await page.get_by_role("link", name="Connect an account").click()
    await page.get_by_role("link", name="Bluesky").click()
    await page.get_by_label("Handle or e-mail").fill(login["identifier"])
    await page.get_by_label("App password").fill(login["appPassword"])
    await page.get_by_role("button", name="Connect").click()
    await expect(page.get_by_role("status")).to_contain_text("is connected")

    await page.get_by_role("navigation").get_by_role("link", name="Compose").click()
    await page.get_by_label("Text", exact=True).fill("A harbour is a place of safety. " * 12)
    await expect(page.get_by_text("Bluesky accepts 300.")).to_be_visible()
    picture = tmp_path / "harbour.jpg"
    picture.write_bytes(image("JPEG"))
    await page.locator("#files").set_input_files(picture)
    await page.get_by_label("Description").fill("A boat")
    await page.get_by_role("button", name="Shorten it").click()
    await expect(page.get_by_text("ready")).to_be_visible()
    await expect(page.get_by_label("Description")).to_have_value("A boat")
    await page.get_by_role("button", name="Publish now").click()

    await expect(page.get_by_role("heading", name="Published")).to_be_visible()
    await page.get_by_role("link", name="See the post").click()
    await expect(page.get_by_text("Publishing, attempt 1: published")).to_be_visible()
    await page.locator("summary", has_text="com.atproto.repo.createRecord").click()
    await expect(page.get_by_text('"app.bsky.feed.post"')).to_be_visible()
    shown = (await server.timeline(login["identifier"]))[0]
    assert len(shown["text"]) <= 300
    assert shown["media"][0]["alt"] == "A boat"

    await page.get_by_role("button", name="Light or dark").click()
    assert await page.locator("html").get_attribute("data-theme") == "dark"
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


async def test_the_keyboard_skips_to_the_content(server: Server, page: Page) -> None:
    await page.goto(f"{server.url}/dashboard")
    await page.get_by_label("E-mail").fill("owner@example.com")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Connect an account")).to_be_focused()
