"""Plots on pages: their addresses in the HTML page and in the Markdown that is served."""

from letmepost.docs.html import _renderer, static_version
from letmepost.docs.markdown import internal_links, with_absolute_links

MARKDOWN = "![Words for a plot](/docs/static/logo.svg)"


def test_an_image_leads_to_its_file_from_wherever_the_page_is() -> None:
    shown = _renderer().render(MARKDOWN, {"root": "../", "headings": [], "slugs": []})
    assert f'src="../static/logo.svg?v={static_version("logo.svg")}"' in shown
    assert 'alt="Words for a plot"' in shown


def test_the_markdown_of_an_image_has_a_full_address_and_is_no_link_to_a_page() -> None:
    written = with_absolute_links(MARKDOWN, "https://letmepost.example/docs")
    assert written == "![Words for a plot](https://letmepost.example/docs/static/logo.svg)"
    assert internal_links(MARKDOWN) == []
