"""What several journeys have in common: connecting an account, publishing a post."""

import re
from html import unescape

from tests.api.server import Server
from tests.dashboard.browser import Browser, Shown


async def connected(server: Server, browser: Browser) -> str:
    """Connect a simulated account by the form; its handle."""
    login = await server.new_login()
    page = await browser.open("/dashboard/accounts/connect/bluesky")
    shown = await browser.press(page, **login)
    assert f"{login['identifier']} is connected." in shown.text, shown.text
    return login["identifier"]


def account_id(page: Shown) -> str:
    found = re.search(r'value="(acc_[^"]+)"', page.html)
    assert found is not None, page.text
    return found[1]


async def published(browser: Browser, text: str, **more: str) -> Shown:
    """Compose a post on the only account; the page of the post."""
    page = await browser.open("/dashboard/compose")
    sent = await browser.press(page, do="publish", account=account_id(page), text=text, **more)
    found = re.search(r'href="(/dashboard/posts/post_[^"]+)"', sent.html)
    assert found is not None, sent.text
    return await browser.open(found[1])


def curls(page: Shown) -> str:
    return unescape(" ".join(re.findall(r"<code>(curl .*?)</code>", page.html, re.DOTALL)))


async def consented(browser: Browser, platform: str) -> Shown:
    """Connect an account by the simulated consent page of a platform; where that leads back to."""
    page = await browser.open(f"/dashboard/accounts/connect/{platform}")
    headers = {"Origin": browser.url, "HX-Request": "true"}
    form = {"form_token": page.form_token}
    begun = await browser.call("POST", page.url, data=form, headers=headers)
    address = begun.headers["HX-Redirect"]
    allowed = {"decision": "approve"}
    async with browser.http.post(address, data=allowed, allow_redirects=False) as answer:
        assert "Location" in answer.headers, (address, await answer.text())
        back = answer.headers["Location"].removeprefix(browser.url)
    returned = await browser.call("GET", back)
    return await browser.open(returned.headers["Location"].removeprefix(browser.url))
