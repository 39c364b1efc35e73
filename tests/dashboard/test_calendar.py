"""The calendar: posts on their days in the visitor's time zone, moved with a script or without."""

import re
from html import unescape

import pytest
from playwright.async_api import Page, expect

from tests.api.server import Server
from tests.dashboard.browser import PASSWORD, Browser, Shown
from tests.dashboard.conftest import NewBrowser
from tests.dashboard.deeds import connected, curls, published

# What pages show does not depend on the database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

CALENDAR = "/dashboard/calendar"


async def _scheduled(browser: Browser, text: str, at: str, zone: str = "Europe/Vienna") -> str:
    """Schedule a post on the only account; its id."""
    shown = await published(browser, text, when="later", at=at, zone=zone)
    return shown.url.rpartition("/")[2]


def _days(page: Shown) -> dict[str, str]:
    """What stands on each day of a month."""
    parts = re.split(r'data-day="([\d-]+)"', page.html)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _on(page: Shown, text: str) -> list[str]:
    """The days on which a text stands."""
    return [day for day, html in _days(page).items() if text in html]


async def test_a_month_begins_on_the_monday_of_its_first_week(owner: Browser) -> None:
    page = await owner.open(f"{CALENDAR}?day=2026-11-24&zone=UTC")
    assert "November 2026" in page.text
    days = list(_days(page))
    assert (days[0], days[-1], len(days)) == ("2026-10-26", "2026-12-06", 42)
    february = list(_days(await owner.open(f"{CALENDAR}?day=2027-02-11")))
    assert (february[0], len(february)) == ("2027-02-01", 28)
    for step, day in (("before", "2026-10-01"), ("after", "2026-12-01")):
        found = re.search(rf'href="([^"]+)" aria-label="The month {step}"', page.html)
        assert found is not None
        assert f"day={day}" in found[1]


async def test_a_post_stands_on_its_day_in_the_chosen_zone(server: Server, owner: Browser) -> None:
    await connected(server, owner)
    await _scheduled(owner, "Late on Sunday", "2026-11-29T23:30")
    assert _on(await owner.open(f"{CALENDAR}?zone=Europe/Vienna"), "Late on") == ["2026-11-29"]
    # What was chosen is remembered.
    assert owner.cookies["lmp_zone"].strip('"') == "Europe/Vienna"
    assert _on(await owner.open(CALENDAR), "Late on Sunday") == ["2026-11-29"]
    assert _on(await owner.open(f"{CALENDAR}?zone=Asia/Tokyo"), "Late on") == ["2026-11-30"]
    owner.cookies["lmp_zone"] = "Nowhere/At_all"
    assert (await owner.open(f"{CALENDAR}?zone=../etc")).status == 200


async def test_the_days_on_which_clocks_change_have_their_posts(
    server: Server, owner: Browser
) -> None:
    await connected(server, owner)
    # Half past two comes twice on that night: once an hour after the other.
    for at in ("2027-10-31T00:30", "2027-10-31T01:30"):
        await _scheduled(owner, f"At {at} UTC", at, "UTC")
    # And not at all on this one; the post goes out an hour later.
    await _scheduled(owner, "Skipped", "2027-03-28T02:30")
    autumn = await owner.open(f"{CALENDAR}?view=week&day=2027-10-31&zone=Europe/Vienna")
    hours = re.findall(
        r'data-hour="(\d\d)">(.*?)</li>\s*(?=<li class="hour|</ol>)', autumn.html, re.DOTALL
    )
    assert [hour for hour, html in hours if "At 2027" in html] == ["02"]
    assert autumn.html.count(">02:30</time>") == 2
    spring = await owner.open(f"{CALENDAR}?view=week&day=2027-03-28&zone=Europe/Vienna")
    assert ">03:30</time>" in spring.html
    assert len(set(re.findall(r'data-day="([\d-]+)"', spring.html))) == 7


async def test_what_does_not_fit_on_a_day_is_a_link_to_the_posts_of_it(
    server: Server, owner: Browser
) -> None:
    await connected(server, owner)
    for minute in range(6):
        await _scheduled(owner, f"Number {minute}", f"2026-11-27T09:0{minute}")
    page = await owner.open(f"{CALENDAR}?zone=Europe/Vienna")
    found = re.search(r'href="([^"]+)">All of this day', page.html)
    assert found is not None
    assert ("Number 1" in page.text, "Number 2" in page.text) == (True, False)
    listed = await owner.open(unescape(found[1]))
    assert listed.text.count("Number ") == 6
    week = await owner.open(f"{CALENDAR}?view=week&zone=Europe/Vienna")
    assert "Number 5" in week.text


async def test_a_post_is_moved_by_its_form_and_the_page_says_how(
    server: Server, owner: Browser
) -> None:
    await connected(server, owner)
    post = await _scheduled(owner, "Good morning", "2026-11-25T09:00")
    page = await owner.open(f"{CALENDAR}?zone=Europe/Vienna")
    moved = await owner.send(page, do="move", id=post, at="2026-11-27T08:15", zone="Europe/Vienna")
    assert "goes out on Friday, 27 November 2026 at 08:15 (CET)" in moved.text
    assert _on(moved, "Good morning") == ["2026-11-27"]
    assert f"curl -X PATCH {server.url}/v1/posts/{post}" in curls(moved)
    assert '"scheduledAt": "2026-11-27T07:15:00.000Z"' in curls(moved)


async def test_a_refused_move_says_why_and_changes_nothing(server: Server, owner: Browser) -> None:
    await connected(server, owner)
    post = await _scheduled(owner, "Good morning", "2026-11-25T09:00")
    page = await owner.open(f"{CALENDAR}?zone=Europe/Vienna")
    for at, zone in (
        ("2026-11-23T09:00", "Europe/Vienna"),
        ("tomorrow", "Europe/Vienna"),
        ("9999-12-31T23:59", "America/New_York"),
        ("2026-11-27T09:00", "Europe/Atlantis"),
    ):
        refused = await owner.send(page, do="move", id=post, at=at, zone=zone)
        assert (refused.status, 'role="alert"' in refused.html) == (400, True), at
        assert _on(refused, "Good morning") == ["2026-11-25"]
    sent = await published(owner, "Out already")
    gone = await owner.send(
        page, do="move", id=sent.url.rpartition("/")[2], at="2026-11-27T09:00", zone="UTC"
    )
    assert gone.status == 409
    assert (await owner.send(page, do="move", id=post, at="x", form_token="x")).status == 403


async def test_only_what_waits_can_be_moved_and_only_by_who_may(
    server: Server, owner: Browser, new_browser: NewBrowser
) -> None:
    await connected(server, owner)
    await published(owner, "Out already")
    page = await owner.open(CALENDAR)
    assert _on(page, "Out already") == ["2026-11-24"]
    assert 'draggable="true"' not in page.html
    post = await _scheduled(owner, "Later", "2026-11-25T09:00")
    assert 'draggable="true"' in (await owner.open(CALENDAR)).html
    viewer = await new_browser().joined(owner, "viewer", "v@example.com")
    seen = await viewer.open(CALENDAR)
    assert _on(seen, "Later") == ["2026-11-25"]
    assert 'draggable="true"' not in seen.html
    sent = await viewer.send(seen, do="move", id=post, at="2026-11-27T09:00", zone="UTC")
    assert sent.status == 403


async def test_composing_begins_at_the_chosen_time(server: Server, owner: Browser) -> None:
    await connected(server, owner)
    page = await owner.open(f"{CALENDAR}?zone=Europe/Vienna")
    links = [unescape(each) for each in re.findall(r'class="add" href="([^"]+)"', page.html)]
    # Today at the next full hour, on other days in the morning, and never on a day that is over.
    assert "at=2026-11-24T14%3A00" in links[0]
    assert "at=2026-11-25T09%3A00" in links[1]
    compose = await owner.open(links[1])
    assert 'value="later" checked' in compose.html
    assert 'value="2026-11-25T09:00"' in compose.html
    assert 'value="Europe/Vienna"' in compose.html


async def _signed_in(server: Server, page: Page) -> None:
    await page.goto(f"{server.url}/dashboard/sign-in")
    await page.get_by_label("E-mail").fill("owner@example.com")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    await page.get_by_role("navigation").get_by_role("link", name="Calendar").click()
    await expect(page.get_by_role("heading", name="November 2026")).to_be_visible()


async def test_a_card_is_dragged_to_another_day_and_back_from_where_it_must_not_be(
    server: Server, owner: Browser, page: Page, troubles: list[str]
) -> None:
    await connected(server, owner)
    post = await _scheduled(owner, "Good morning", "2026-11-25T09:00")
    await _signed_in(server, page)
    # The browser's own zone is used before anybody has chosen one.
    card = page.locator('[data-day="2026-11-25"] .event', has_text="Good morning")
    await expect(card).to_contain_text("09:00")
    await card.drag_to(page.locator('[data-day="2026-11-28"]'))
    await expect(page.get_by_role("status")).to_contain_text("Saturday, 28 November 2026 at 09:00")
    card = page.locator('[data-day="2026-11-28"] .event', has_text="Good morning")
    await expect(card).to_be_visible()
    stored = await owner.open(f"/dashboard/posts/{post}")
    assert "2026-11-28 08:00 UTC" in stored.text
    await page.locator("summary", has_text="Do this by program").click()
    await expect(page.locator("#calls")).to_contain_text("curl -X PATCH")

    await card.drag_to(page.locator('[data-day="2026-11-20"]'))
    await expect(page.get_by_role("alert")).to_be_visible()
    await expect(card).to_be_visible()
    await expect(page.locator('[data-day="2026-11-20"] .event')).to_have_count(0)
    # The refusal is an answer that the console tells of too.
    assert all("400" in each for each in troubles), troubles
    troubles.clear()

    await page.get_by_role("link", name="Week").click()
    await page.locator(".event", has_text="Good morning").drag_to(
        page.locator('[data-day="2026-11-27"][data-hour="15"]')
    )
    await expect(page.get_by_role("status")).to_contain_text("Friday, 27 November 2026 at 15:00")


async def test_a_card_goes_back_where_the_server_is_gone(
    server: Server, owner: Browser, page: Page, troubles: list[str]
) -> None:
    await connected(server, owner)
    await _scheduled(owner, "Good morning", "2026-11-25T09:00")
    await _signed_in(server, page)
    await page.route("**/dashboard/calendar**", lambda route: route.abort())
    await page.locator(".event", has_text="Good morning").drag_to(
        page.locator('[data-day="2026-11-28"]')
    )
    await expect(page.get_by_text("The server could not be reached")).to_be_visible()
    await expect(page.locator('[data-day="2026-11-25"] .event')).to_have_count(1)
    assert troubles
    troubles.clear()


async def test_a_card_is_moved_by_the_keyboard_alone(
    server: Server, owner: Browser, page: Page
) -> None:
    await connected(server, owner)
    await _scheduled(owner, "Good morning", "2026-11-25T09:00")
    await _signed_in(server, page)
    await page.get_by_role("link", name="Good morning").focus()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    at = page.get_by_label("New date and time")
    await expect(at).to_be_focused()
    await at.fill("2026-11-26T10:45")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_contain_text("Thursday, 26 November 2026 at 10:45")
    await expect(page.locator('[data-day="2026-11-26"] .event')).to_be_visible()
