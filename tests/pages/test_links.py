"""Every link of a page leads somewhere that whoever sees it may go."""

from html import unescape
from urllib.parse import urljoin

import pytest

from tests.dashboard.browser import Browser, Shown
from tests.links import links_of
from tests.pages.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

PEOPLE = ("owner", "viewer", "newcomer", "onlooker")


async def _pages(stage: Stage, person: Browser) -> list[Shown]:
    """What a person sees at every address that is a page; that of the docs is tested with them."""
    shown = [
        await person.open(each.path)
        for each in stage.addresses()
        if not each.route.startswith(("/docs", "/v1/"))
    ]
    return [each for each in shown if each.is_html]


@pytest.mark.parametrize("name", PEOPLE)
async def test_every_link_leads_to_a_page_and_to_a_place_on_it(stage: Stage, name: str) -> None:
    person: Browser = getattr(stage, name)
    answered: dict[str, Shown] = {}
    for page in await _pages(stage, person):
        read = links_of(page.html)
        assert len(read.ids) == len(set(read.ids)), page.url
        for target in read.targets:
            found, _, place = urljoin(f"{person.url}{page.url}", target).partition("#")
            if not found.startswith(person.url):
                continue
            path = found.removeprefix(person.url)
            # The way to try a page again that is not there.
            if path == page.url and page.status != 200:
                continue
            if path not in answered:
                answered[path] = await person.call("GET", path)
            assert answered[path].status in (200, 303), f"{name}: {page.url} links to {path}"
            if place:
                ids = links_of(answered[path].html).ids
                assert place in ids, f"{name}: {page.url} links to {path}#{place}"
    assert len(answered) > 20


@pytest.mark.parametrize("name", PEOPLE)
async def test_nothing_is_a_dead_end(stage: Stage, name: str) -> None:
    """What is empty or refused has something in it that leads on, beside the navigation."""
    for page in await _pages(stage, getattr(stage, name)):
        if 'class="inside"' not in page.html:
            continue
        _, _, content = page.html.partition("<main")
        content, _, _ = content.partition('<details class="curl"')
        is_empty = 'class="empty"' in content or page.status != 200
        leads_on = "<a " in content or "<button" in content
        assert leads_on or not is_empty, f"{name}: {page.url}: {unescape(page.text)}"
