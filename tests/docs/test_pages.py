"""Every page is there as HTML and as Markdown, and says what the registry says."""

import re
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from urllib.parse import urljoin

import pytest
from starlette.applications import Starlette

from letmepost.content.errors import ErrorCode
from letmepost.docs.html import static_files
from letmepost.docs.pages import PageSet
from letmepost.docs.site import Site
from letmepost.platforms import catalogue
from tests.asgi_client import AsgiClient, Reply
from tests.docs.conftest import DOCS_URL
from tests.environment import cannot_test

_SNIPPET = re.compile(r"^<!-- snippet: ([a-z-]+) -->\n```bash$", re.MULTILINE)


async def get(app: Starlette, path: str) -> Reply:
    return await AsgiClient(app).call("GET", path)


async def test_every_page_is_served_as_html_and_as_markdown(app: Starlette, pages: PageSet) -> None:
    assert len(pages.pages) > len(catalogue()) + len(ErrorCode)
    for page in pages.pages:
        address = f"/docs/{page.path}" if page.path else "/docs"
        html = await get(app, address)
        assert html.status == 200, address
        assert html.headers["content-type"] == "text/html; charset=utf-8"
        assert page.title in re.sub(r"<wbr>", "", html.text), address
        markdown = await get(app, f"/docs/{page.path or 'index'}.md")
        assert markdown.status == 200, address
        assert markdown.headers["content-type"] == "text/markdown; charset=utf-8"
        assert markdown.text.startswith("# "), address
        assert "](/docs" not in markdown.text, address


async def test_html_runs_nothing_inline_and_forbids_it(app: Starlette, pages: PageSet) -> None:
    for page in pages.pages:
        html = await get(app, f"/docs/{page.path}")
        policy = html.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self'")
        assert "connect-src 'self'; " in policy
        assert "unsafe" not in policy
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?! src=)", html.text), page.path


@pytest.mark.parametrize("address", ["/llms.txt", "/docs/llms.txt"])
async def test_llms_txt_lists_every_page_by_its_markdown_address(
    app: Starlette, pages: PageSet, address: str
) -> None:
    answer = await get(app, address)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text.startswith("# letmepost\n\n> ")
    for page in pages.pages:
        line = f"- [{page.title}]({DOCS_URL}/{page.path or 'index'}.md): "
        assert line in answer.text
        described = answer.text.partition(line)[2].partition("\n")[0]
        assert len(described) > 10, page.path


@pytest.mark.parametrize("address", ["/llms-full.txt", "/docs/llms-full.txt"])
async def test_llms_full_txt_holds_every_page(app: Starlette, pages: PageSet, address: str) -> None:
    answer = await get(app, address)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    for page in pages.pages:
        assert f"<!-- {DOCS_URL}/{page.path or 'index'}.md -->\n\n# " in answer.text
        assert pages.published_markdown(page).strip() in answer.text


@pytest.mark.parametrize(
    "address",
    [
        "/docs/preflight/bluesky-text-max_graphemes",
        "/docs/preflight/Bluesky-Text-MAX_GRAPHEMES",
        "/docs/preflight/scheduledAt-future",
        "/docs/preflight/scheduledat-future",
        "/docs/preflight/SCHEDULEDAT-FUTURE.md",
        "/docs/Errors/NOT_FOUND",
    ],
)
async def test_a_page_is_found_whatever_its_case(app: Starlette, address: str) -> None:
    assert (await get(app, address)).status == 200


@pytest.mark.parametrize("address", ["/docs/errors", "/docs/preflight", "/docs/", "/docs/index"])
async def test_a_folder_shows_its_index(app: Starlette, address: str) -> None:
    assert (await get(app, address)).status == 200


@pytest.mark.parametrize(
    "address",
    [
        "/docs/nothing-here",
        "/docs/preflight/bluesky-text-no_such_rule",
        "/docs/preflight/unknown-0-text",
        "/docs/preflight/targets-<b>",
        "/docs/preflight/targets/0/text",
        "/docs/errors/no_such_code.md",
        "/docs/static/../routes.py",
        "/docs/static/nothing.js",
    ],
)
async def test_an_unknown_address_is_left_to_the_error_envelope(
    app: Starlette, address: str
) -> None:
    assert (await get(app, address)).status == 404


@pytest.mark.parametrize("ending", ["", ".md"])
async def test_the_path_of_a_body_field_has_a_page(app: Starlette, ending: str) -> None:
    answer = await get(app, f"/docs/preflight/targets-0-text{ending}")
    assert answer.status == 200
    assert "targets.0.text" in answer.text.replace("<wbr>", "")
    assert "This is a field of the request body" in answer.text
    lowered = await get(app, "/docs/preflight/targets-3-accountid.md")
    assert lowered.text.startswith("# targets.3.accountId\n")
    top = await get(app, "/docs/preflight/targets.md")
    assert "The accounts that the post goes to." in top.text
    assert "`targets.accountId` | text | Which account. |" in top.text


async def test_a_rule_goes_before_a_field_of_the_same_name(app: Starlette) -> None:
    answer = await get(app, "/docs/preflight/targets-required.md")
    assert answer.text.startswith("# targets.required\n")


def test_a_rule_page_shows_number_source_examples_and_message(pages: PageSet) -> None:
    page = pages.find("preflight/bluesky-text-max_graphemes")
    assert page is not None
    text = pages.published_markdown(page)
    rule = catalogue()["bluesky.text.max_graphemes"]
    assert rule.limit is not None
    assert f"**{rule.limit.value} graphemes**" in text
    assert f"({rule.limit.source}), read on" in text
    assert f'"text": "aaaa… ({rule.limit.value} graphemes)"' in text
    assert f'"text": "aaaa… ({rule.limit.value + 1} graphemes)"' in text
    assert f"> The text is {rule.limit.value + 1} graphemes" in text
    assert rule.remediation in text
    assert "counts **1**" in text


def test_a_retired_rule_says_so_and_an_alias_names_its_successor(pages: PageSet) -> None:
    retired = pages.find("preflight/scheduledat-text_only")
    alias = pages.find("preflight/bluesky-video-container")
    assert retired is not None
    assert alias is not None
    assert "**Retired.**" in pages.markdown(retired)
    assert "[`bluesky.media.mime_allowed`](/docs/preflight/" in pages.markdown(alias)


def test_a_limit_that_a_setting_moves_names_it(pages: PageSet) -> None:
    page = pages.find("preflight/bluesky-media-image_size_max")
    assert page is not None
    text = pages.markdown(page)
    assert "`LETMEPOST_BLUESKY_IMAGE_MAX_BYTES`" in text
    assert "## Difference" in text


def test_the_settings_page_names_type_and_default(pages: PageSet) -> None:
    page = pages.find("settings")
    assert page is not None
    assert "| `LETMEPOST_BLUESKY_IMAGE_MAX_BYTES` | whole number | `1000000` |" in pages.markdown(
        page
    )


async def test_navigation_marks_the_page_and_works_at_any_depth(app: Starlette, site: Site) -> None:
    for address, root in (
        ("/docs", "docs/"),
        ("/docs/", "./"),
        ("/docs/quickstart", "./"),
        ("/docs/errors/not_found", "../"),
    ):
        html = (await get(app, address)).text
        assert html.count('aria-current="page"') == 1, address
        for name in site.platforms:
            assert f'href="{root}platforms/{name}"' in html
        assert f'href="{root}preflight/index"' in html
        assert f'href="{root}static/docs.css?v=' in html


async def test_static_files_are_kept_by_browsers_and_named_by_their_content(
    app: Starlette,
) -> None:
    html = (await get(app, "/docs")).text
    for name, kind in (
        ("colors.css", "text/css; charset=utf-8"),
        ("docs.css", "text/css; charset=utf-8"),
        ("docs.js", "text/javascript; charset=utf-8"),
        ("search.js", "text/javascript; charset=utf-8"),
        ("logo.svg", "image/svg+xml"),
    ):
        assert re.search(rf"docs/static/{re.escape(name)}\?v=[0-9a-f]{{12}}\"", html)
        answer = await get(app, f"/docs/static/{name}")
        assert answer.headers["content-type"] == kind
        assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize("name", ["docs.js", "search.js", "theme.js", "try.js"])
def test_a_script_is_one_that_an_engine_reads(tmp_path: Path, name: str) -> None:
    if (node := shutil.which("node")) is None:
        cannot_test("node", "it is not installed")
    script = tmp_path / name
    script.write_bytes(static_files()[name])
    checked = subprocess.run([node, "--check", str(script)], capture_output=True, check=False)
    assert checked.returncode == 0, checked.stderr.decode()


def test_snippets_are_marked_in_markdown_and_unseen_in_html(pages: PageSet) -> None:
    marks: list[str] = []
    for page in pages.pages:
        marks += _SNIPPET.findall(pages.markdown(page))
    assert "quickstart-publish" in marks
    assert "quickstart-replay" in marks
    assert len(marks) == len(set(marks))


async def test_snippet_marks_do_not_show(app: Starlette) -> None:
    assert "snippet:" not in (await get(app, "/docs/quickstart")).text


def test_no_renderer_is_loaded_before_a_page_is_asked_for() -> None:
    program = (
        "import sys\n"
        "from letmepost.content.errors import ERROR_PAGES\n"
        "from letmepost.docs.routes import docs_routes\n"
        "from letmepost.docs.site import Site\n"
        "nothing = {'catalogue': {}, 'platforms': {}, 'versions': {}}\n"
        "docs_routes(Site(docs_url='http://127.0.0.1/docs', **nothing))\n"
        "sys.exit(any(name in sys.modules for name in ('jinja2', 'markdown_it')))\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_headings_leave_out_no_level(pages: PageSet) -> None:
    for page in pages.pages:
        text = re.sub(r"^```.*?^```$", "", pages.markdown(page), flags=re.DOTALL | re.MULTILINE)
        levels = [len(marks) for marks in re.findall(r"^(#+) ", text, re.MULTILINE)]
        assert all(after <= before + 1 for before, after in pairwise(levels)), page.path


@pytest.mark.parametrize("address", ["/docs/", "/docs/quickstart/", "/docs/errors/not_found/"])
async def test_a_slash_at_the_end_breaks_no_link(app: Starlette, address: str) -> None:
    html = (await get(app, address)).text
    styles = re.findall(r'<link rel="stylesheet" href="([^"]+)"', html)
    assert [urljoin(address, each).partition("?v=")[0] for each in styles] == [
        "/docs/static/colors.css",
        "/docs/static/docs.css",
    ]
