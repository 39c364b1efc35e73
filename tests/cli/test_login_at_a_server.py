"""`lmp login` with a browser, at a real server: its own consent page, its own tokens."""

import json
from pathlib import Path

from tests.cli.conftest import CONSENTING, House, Terminal


def test_a_browser_login_ends_with_a_key_of_its_own(tmp_path: Path, house: House) -> None:
    settings = {"BROWSER": CONSENTING, "CONSENTING_KEY": house.server.key}
    terminal = Terminal(tmp_path, settings)
    ended = terminal.lmp("login", "--base", house.server.url)
    assert ended.code == 0, ended
    kept = json.loads(terminal.config.read_text())
    assert kept["apiBase"] == house.server.url
    assert kept["apiKey"].startswith("lmp_live_")
    assert kept["apiKey"] != house.server.key
    assert kept["organizationId"].startswith("org_")
    told = terminal.json("post", "By the key of a login", "--to", "bluesky", "--wait")
    assert told["status"] == "published"
