"""The changelog of the docs has every fragment, and what was released before."""

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

from letmepost.docs.pages import PageSet

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def tool() -> Any:
    spec = importlib.util.spec_from_file_location(
        "changelog_page", REPOSITORY / "tools" / "changelog_page.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_page_holds_each_fragment_under_its_kind(tool: Any, tmp_path: Path) -> None:
    fragments = tmp_path / "changelog.d"
    fragments.mkdir()
    (fragments / "README.md").write_text("How to write one.\n", "utf-8")
    (fragments / "+new.feature.md").write_text("There is a `{{ new }}` thing\nto use.\n", "utf-8")
    (fragments / "12.bugfix.md").write_text("It ends now.\n", "utf-8")
    (tmp_path / "CHANGELOG.md").write_text("# letmepost 0.1.0\n\n## Features\n\n- All.\n", "utf-8")
    page = tool.changelog_page(tmp_path)
    assert "## Not released yet\n\n### New\n\n- There is a `{{ new }}` thing to use.\n" in page
    assert "### Mended\n\n- It ends now.\n" in page
    assert "## letmepost 0.1.0\n\n### Features\n\n- All.\n" in page
    assert "How to write one" not in page
    assert page.startswith("{% raw %}# Changelog\n")


def test_without_fragments_nothing_waits(tool: Any, tmp_path: Path) -> None:
    (tmp_path / "changelog.d").mkdir()
    assert "Not released yet" not in tool.changelog_page(tmp_path)


def test_the_server_shows_what_the_repository_holds(pages: PageSet) -> None:
    page = pages.find("changelog")
    assert page is not None
    written = pages.markdown(page)
    for fragment in (REPOSITORY / "changelog.d").glob("*.feature.md"):
        assert " ".join(fragment.read_text("utf-8").split()) in written, fragment.name
