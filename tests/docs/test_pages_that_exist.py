"""Addresses that others have linked to stay good, and lead to a page that is worth the visit."""

import re
from pathlib import Path
from urllib.parse import urljoin

import pytest
from starlette.applications import Starlette

from letmepost.docs.pages import PageSet
from tests.asgi_client import AsgiClient, Reply
from tests.docs.conftest import DOCS_URL
from tests.links import links_of

PATHS = Path(__file__).with_name("pages_that_exist.txt").read_text("utf-8").split()
CHARACTERS_MIN = 600
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#{1,3} ", re.MULTILINE)


async def get(app: Starlette, path: str) -> Reply:
    return await AsgiClient(app).call("GET", path)


@pytest.mark.parametrize("path", PATHS)
async def test_a_page_that_others_link_to_is_more_than_a_stub(app: Starlette, path: str) -> None:
    markdown = await get(app, f"/docs/{path}.md")
    assert markdown.status == 200
    assert len(markdown.text) > CHARACTERS_MIN
    assert len(_HEADING.findall(_FENCE.sub("", markdown.text))) > 1
    assert not re.search(r"\b(TODO|TBD|FIXME|coming soon)\b", markdown.text, re.IGNORECASE)
    html = await get(app, f"/docs/{path}")
    assert html.status == 200
    title = markdown.text.partition("\n")[0].removeprefix("# ")
    assert re.search(r"<h1[^>]*>", html.text)
    assert title in html.text.replace("<wbr>", "").replace("&#39;", "'").replace("&amp;", "&")


async def test_the_openapi_document_is_where_it_was(app: Starlette) -> None:
    answer = await get(app, "/docs/api-reference/openapi.json")
    assert answer.status == 200
    assert answer.body["paths"]["/v1/posts"]["post"]["operationId"] == "createPost"


async def test_two_addresses_of_a_page_say_the_same_and_name_one_of_them(
    app: Starlette, pages: PageSet
) -> None:
    several = [page for page in pages.pages if page.also_at]
    assert len(several) > 20
    for page in several:
        for path in page.also_at:
            other = await get(app, f"/docs/{path}.md")
            assert other.text == pages.published_markdown(page)
            html = await get(app, f"/docs/{path}")
            assert f'<link rel="canonical" href="{DOCS_URL}/{page.path}">' in html.text


async def test_every_link_leads_to_a_page_and_to_a_place_on_it(
    app: Starlette, pages: PageSet
) -> None:
    places: dict[str, list[str]] = {}
    wanted: list[tuple[str, str, str]] = []
    also = [path for page in pages.pages for path in page.also_at]
    for path in [page.path for page in pages.pages] + also:
        address = f"/docs/{path}" if path else "/docs"
        read = links_of((await get(app, address)).text)
        places[address] = read.ids
        assert len(read.ids) == len(set(read.ids)), address
        for target in read.targets:
            found, _, place = urljoin(f"http://docs.test{address}", target).partition("#")
            if found.startswith("http://docs.test/docs"):
                wanted.append((address, found.removeprefix("http://docs.test"), place))
    answered: dict[str, int] = {}
    for address, found, place in wanted:
        if found not in answered:
            answered[found] = (await get(app, found)).status
        assert answered[found] == 200, f"{address} links to {found}"
        if place and found in places:
            assert place in places[found], f"{address} links to {found}#{place}"
