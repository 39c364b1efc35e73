"""The index of the search box knows every page, and stays small enough for a phone."""

from typing import Any

import pytest
from starlette.applications import Starlette

from letmepost.docs.pages import PageSet
from tests.asgi_client import AsgiClient, Reply

SIZE_MAX_BYTES = 250_000


@pytest.fixture
async def answer(app: Starlette) -> Reply:
    return await AsgiClient(app).call("GET", "/docs/search.json")


def _entry(answer: Reply, path: str) -> list[Any]:
    [found] = [each for each in answer.body["pages"] if each[0] == path]
    assert isinstance(found, list)
    return found


async def test_every_page_is_in_it_with_its_one_line(answer: Reply, pages: PageSet) -> None:
    assert answer.headers["content-type"] == "application/json"
    listed = [each[:4] for each in answer.body["pages"]]
    assert listed == [
        [page.path, page.title, page.section, page.describe()] for page in pages.pages
    ]


async def test_a_guide_is_found_by_its_headings_and_its_words(answer: Reply) -> None:
    *_, headings, words = _entry(answer, "guides/schedule-post")
    assert ["the-time", "The time"] in headings
    assert "offset" in words.split()
    assert "curl" not in words.split()


async def test_a_rule_is_found_by_its_id_and_its_sentence_alone(answer: Reply) -> None:
    _, title, _, line, headings, words = _entry(answer, "preflight/bluesky-text-max_graphemes")
    assert title == "bluesky.text.max_graphemes"
    assert "graphemes" in line
    assert (headings, words) == ([], "")


async def test_it_is_small(answer: Reply) -> None:
    assert len(answer.text.encode()) < SIZE_MAX_BYTES


async def test_every_page_has_the_box_and_says_where_the_index_is(app: Starlette) -> None:
    for address, root in (("/docs", "docs/"), ("/docs/errors/not_found", "../")):
        html = (await AsgiClient(app).call("GET", address)).text
        assert f'role="search" data-root="{root}"' in html
        assert 'role="combobox"' in html
