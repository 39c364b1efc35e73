"""The page of the command line tells of the commands that there are."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperGroup

from letmepost.cli.commands import PANELS, load
from letmepost.configuration import read_configuration
from letmepost.docs.pages import PageSet
from letmepost.server import docs_site

_TOOL = Path(__file__).parents[2] / "tools" / "write_cli_reference.py"


@pytest.fixture(scope="module")
def tool() -> Any:
    spec = importlib.util.spec_from_file_location("write_cli_reference", _TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_is_that_of_these_commands(tool: Any) -> None:
    written = tool.PAGE.read_text("utf-8")
    assert written == tool.reference(), "run `python tools/write_cli_reference.py`"


def test_every_command_is_on_the_page() -> None:
    pages = PageSet(docs_site(read_configuration({})))
    page = pages.find("cli")
    assert page is not None
    shown = pages.markdown(page)
    for name in [each for panel in PANELS.values() for each in panel]:
        command = load(name)
        inner = command.commands if isinstance(command, TyperGroup) else {}
        for words in [f"lmp {name} {each}" for each in inner] or [f"lmp {name}"]:
            assert f"#### `{words}`" in shown, words
