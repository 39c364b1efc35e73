"""The docs check is silent on this code, and speaks when something is missing."""

import importlib.util
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from letmepost.content.draft import Draft
from letmepost.docs.page import Page
from letmepost.docs.pages import PageSet
from letmepost.docs.site import Setting, Site
from letmepost.preflight.example import draft
from letmepost.preflight.rule import Violation, rule

_TOOL = Path(__file__).parents[2] / "tools" / "check_docs.py"


@pytest.fixture(scope="module")
def tool() -> Any:
    spec = importlib.util.spec_from_file_location("check_docs", _TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_this_code_has_no_problems(tool: Any) -> None:
    assert tool.problems(tool.site_of_this_code()) == []


def _check(checked: Draft) -> Iterator[Violation]:
    if checked.text != "Hello":
        yield Violation(at="text")


def test_a_rule_without_source_reason_or_examples_is_named(tool: Any) -> None:
    bare = rule("demo.text.bare", field="text", message="No.", remediation="Say hello.")(_check)
    found = " ".join(tool.rule_problems(bare))
    assert "names no source" in found
    assert "does not say why" in found
    assert "lacks an example" in found


def test_an_example_that_does_not_behave_is_named(tool: Any) -> None:
    wrong = rule(
        "demo.text.wrong",
        field="text",
        message="No.",
        remediation="Say hello.",
        accepts=lambda _: draft("Bye"),
        refuses=lambda _: draft("Hello"),
    )(_check)
    found = " ".join(tool.rule_problems(wrong))
    assert "should pass breaks the rule" in found
    assert "should fail does not" in found


def test_a_setting_without_a_description_is_named(tool: Any, site: Site) -> None:
    row = Setting(
        group="Server", variable="LETMEPOST_X", type="text", default="none", description=""
    )
    found = tool.problems(replace(site, settings=[row]))
    assert "LETMEPOST_X: it has no description." in found


def test_a_page_that_is_thin_unfinished_or_misleads_is_named(tool: Any, site: Site) -> None:
    page = Page(
        path="thin",
        title="Thin",
        section="Start",
        write=lambda: "# Thin\n\nTODO: [more](/docs/nowhere)\n",
        describe=lambda: "",
    )
    found = " ".join(tool.page_problems(PageSet(site), page))
    assert "it says TODO" in found
    assert "less than 300 characters" in found
    assert "it links to /docs/nowhere" in found
    assert "no description" in found


def test_an_openapi_document_of_other_code_is_found(
    tool: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert list(tool.openapi_problems()) == []
    stale = tmp_path / "openapi.json"
    monkeypatch.setattr(tool, "OPENAPI_FILE", stale)
    [missing] = tool.openapi_problems()
    stale.write_text(tool.openapi_text().replace("createPost", "makePost"))
    [changed] = tool.openapi_problems()
    assert missing == changed
    assert "make docs" in changed


def test_a_changelog_page_without_the_newest_fragment_is_found(
    tool: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert list(tool.changelog_problems()) == []
    stale = tmp_path / "changelog.md"
    monkeypatch.setattr(tool, "CHANGELOG_PAGE", stale)
    [missing] = tool.changelog_problems()
    stale.write_text(tool.changelog_page() + "- Something else.\n", "utf-8")
    [changed] = tool.changelog_problems()
    assert missing == changed
    assert "make docs" in changed


def test_an_operation_without_a_page_is_named(
    tool: Any, monkeypatch: pytest.MonkeyPatch, site: Site
) -> None:
    pages = PageSet(site)
    found = pages.find
    monkeypatch.setattr(
        pages, "find", lambda path: None if path.endswith("/create-post") else found(path)
    )
    assert "/docs/api-reference/posts/create-post: this page is missing." in list(
        tool.missing_pages(pages)
    )
