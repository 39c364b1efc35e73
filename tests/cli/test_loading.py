"""What a command loads, and that the help, the commands and their page say the same."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from letmepost.cli.app import app
from letmepost.cli.commands import PANELS, load
from tests.cli.conftest import Terminal
from tests.cli.unhelpful import response, unhelpful
from tests.server_process import environment

NAMES = [name for panel in PANELS.values() for name in panel]
HEAVY = ("mcp", "sqlalchemy", "fastapi", "aiohttp", "starlette", "dateparser")
LOOK = """
import atexit, json, sys
atexit.register(lambda: print(json.dumps(sorted(sys.modules)), file=sys.stderr))
from letmepost.cli import main
main()
"""

INTERRUPTED = """
import os, signal, sys
from letmepost.cli import main
module = sys.argv[1]

class Interrupts:
    def find_spec(self, name, path=None, target=None):
        if name == module:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupts())
sys.argv = ["lmp", "whoami", "--help"]
main()
"""


def loaded(terminal: Terminal, *words: str) -> set[str]:
    """The modules that a run of a command has loaded."""
    ended = subprocess.run(
        [sys.executable, "-c", LOOK, *words],
        env=terminal.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended
    return set(json.loads(ended.stderr.splitlines()[-1]))


def test_help_and_whoami_load_nothing_of_the_server(tmp_path: Path) -> None:
    profiles = response("200 OK", "application/json", '{"data":[]}')
    with unhelpful(profiles) as server:
        terminal = Terminal(tmp_path, {"LMP_API_BASE": server.url, "LMP_API_KEY": "lmp_live_x"})
        helped, asked = loaded(terminal, "--help"), loaded(terminal, "whoami")
    assert not helped & {*HEAVY, "urllib3", "rich.progress"}
    assert not asked & set(HEAVY)
    commands = {f"letmepost.cli.{name.replace('-', '_')}" for name in NAMES}
    assert helped & commands == set()
    assert asked & commands == {"letmepost.cli.whoami"}


@pytest.mark.parametrize(
    "module", ["typer", "letmepost.cli.endings", "letmepost.cli.whoami", "rich.console"]
)
def test_ctrl_c_while_something_is_loaded_ends_quietly(module: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, module],
        env=environment({}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (130, "")
    assert ended.stderr in ("", "Stopped.\n")


@pytest.mark.parametrize("name", NAMES)
def test_every_command_of_the_help_can_be_loaded(name: str) -> None:
    command = load(name)
    assert command.name == name
    assert command.help
    if isinstance(command, TyperGroup):
        assert all(each.help for each in command.commands.values())


def test_a_line_of_the_help_fits_into_80_columns() -> None:
    longest = max(len(name) for name in NAMES)
    for panel in PANELS.values():
        assert all(len(summary) + longest + 6 <= 80 for summary in panel.values())


def test_a_mistyped_command_is_guessed(tmp_path: Path) -> None:
    ended = Terminal(tmp_path, {}).lmp("acounts")
    assert (ended.code, "Did you mean 'accounts'" in ended.err) == (1, True)


def test_the_help_lists_every_command_once() -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    assert list(group.commands) == NAMES
    assert len({*NAMES}) == len(NAMES)
