"""What of a linked page becomes its card, and that no page can do harm."""

import time

import pytest

from letmepost.platforms.bluesky.card import PAGE_CHARACTERS, _head


def test_open_graph_goes_before_the_plain_title() -> None:
    page = """<!doctype html><html><head><TITLE> Plain &amp; simple </TITLE>
    <meta content='It&#39;s > here' property="og:title"/>
    <META NAME=description CONTENT=Short>
    <meta property="og:image" content="/a.png?x=1&amp;y=2">
    <meta property="og:title" content="Second"><meta charset="utf-8"></head>"""
    assert _head(page) == {
        "title": "Plain & simple",
        "og:title": "It's > here",
        "description": "Short",
        "og:image": "/a.png?x=1&y=2",
    }


@pytest.mark.parametrize(
    "page",
    ["", "<title></title>", "<title", "<meta", '<meta content="x', "<metal property=og:title>"],
)
def test_page_that_says_nothing_of_itself_has_nothing(page: str) -> None:
    assert _head(page) == {}


@pytest.mark.parametrize(
    "piece",
    [
        "<!--",
        "<",
        "<meta ",
        '<meta a="',
        "<meta '\"",
        "<title",
        "<title>",
        "<a ",
        "</",
        "<meta a=b ",
    ],
)
def test_no_page_keeps_the_server_busy(piece: str) -> None:
    page = piece * (8 * PAGE_CHARACTERS // len(piece))
    began = time.process_time()
    _head(page)
    assert time.process_time() - began < 1
