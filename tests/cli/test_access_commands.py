"""Keys, profiles, accounts and the login by a key, against a running server."""

import json
import re
import signal
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import update

from letmepost.accounts.tables import accounts
from letmepost.configuration import open_database, read_configuration
from tests.cli.conftest import CONSENTING, House, Terminal
from tests.databases import run_apart
from tests.server_process import STOP_SECONDS

NOBODY = {"LMP_API_KEY": "", "LMP_API_BASE": ""}


def stranger(terminal: Terminal) -> Terminal:
    """Somebody with nothing in the environment."""
    return Terminal(terminal.folder, NOBODY)


def logged_in(terminal: Terminal, house: House) -> Terminal:
    somebody = stranger(terminal)
    words = ("login", "--base", house.server.url, "--key", "-")
    ended = somebody.lmp(*words, stdin=f"{house.server.key}\n")
    assert (ended.code, ended.err) == (0, "")
    assert house.server.url in ended.out
    return somebody


def test_a_key_is_kept_for_its_owner_alone(terminal: Terminal, house: House) -> None:
    somebody = logged_in(terminal, house)
    assert stat.S_IMODE(somebody.config.stat().st_mode) == 0o600
    kept = json.loads(somebody.config.read_text())
    assert kept == {"apiBase": house.server.url, "apiKey": house.server.key}
    told = somebody.json("whoami")
    assert told["apiBase"] == house.server.url
    assert told["key"] == f"lmp_live_...{house.server.key[-4:]}"
    assert [each["name"] for each in told["profiles"]] == ["Default"]


def test_a_logout_forgets_the_key(terminal: Terminal, house: House) -> None:
    somebody = logged_in(terminal, house)
    assert somebody.lmp("logout").out == "The stored key is forgotten.\n"
    assert house.server.key not in somebody.config.read_text()
    ended = somebody.lmp("whoami")
    assert (ended.code, ended.out) == (1, "")
    assert f"There is no key for {house.server.url}.\nRun `lmp login`" in ended.err
    assert somebody.json("logout") == {"loggedOut": False}


def test_a_key_is_not_shown_to_another_server(terminal: Terminal, house: House) -> None:
    somebody = logged_in(terminal, house)
    ended = somebody.lmp("whoami", LMP_API_BASE="http://127.0.0.1:1")
    assert ended.code == 1
    assert f"the stored one is for {house.server.url}" in ended.err


def test_both_spellings_of_the_settings_win_over_the_file(terminal: Terminal, house: House) -> None:
    somebody = logged_in(terminal, house)
    for name in ("LMP_API_KEY", "LETMEPOST_API_KEY"):
        ended = somebody.lmp("whoami", **{name: "lmp_live_wrong"})
        assert (ended.code, "Run `lmp login`, or correct LMP_API_KEY." in ended.err) == (1, True)
    other = stranger(terminal)
    named = {"LETMEPOST_API_URL": house.server.url, "LETMEPOST_API_KEY": house.server.key}
    assert other.lmp("whoami", **named).code == 0


def test_a_key_that_the_server_refuses_is_not_kept(terminal: Terminal, house: House) -> None:
    somebody = stranger(terminal)
    for key, words in (
        ("lmp_live_wrong", "Remedy: "),
        ("", "That is no key"),
        ("a b", "That is no key"),
        ("schlüssel", "That is no key"),
    ):
        ended = somebody.lmp("login", "--base", house.server.url, "--key", key)
        assert (ended.code, words in ended.err) == (1, True), ended
    assert not somebody.config.exists()


def test_a_profile_is_made_chosen_and_used(terminal: Terminal, house: House) -> None:
    somebody = logged_in(terminal, house)
    none = somebody.lmp("profiles", "current")
    assert (none.code, "No profile is in use" in none.err) == (1, True)
    made = somebody.json("profiles", "create", "A brand")
    used = somebody.lmp("profiles", "use", made["id"])
    assert (used.code, used.out) == (0, f"Commands work on A brand ({made['id']}) now.\n")
    assert somebody.json("profiles", "current")["id"] == made["id"]
    assert somebody.json("accounts", "list") == {"data": []}
    (default,) = [
        each["id"]
        for each in somebody.json("profiles", "list")["data"]
        if each["name"] == "Default"
    ]
    assert len(somebody.json("accounts", "list", "--profile", default)["data"]) == 1
    assert re.search(rf"^\* +{made['id']}", somebody.lmp("profiles", "list").out, re.MULTILINE)
    assert somebody.json("profiles", "rename", made["id"], "Brand")["name"] == "Brand"
    assert somebody.lmp("profiles", "delete", made["id"]).code == 0
    assert len(somebody.json("accounts", "list")["data"]) == 1
    unknown = somebody.lmp("profiles", "use", "prof_nobody")
    assert (unknown.code, "Remedy: " in unknown.err) == (1, True)


def test_an_account_is_connected_by_its_fields(terminal: Terminal, house: House) -> None:
    fields = [f"--field={name}={value}" for name, value in house.login.items()]
    account = terminal.json("accounts", "connect", "bluesky", *fields)
    assert account["displayName"] == house.login["identifier"]
    listed = terminal.lmp("accounts", "list")
    assert re.search(rf"^{account['id']}  bluesky   \S+", listed.out, re.MULTILINE)
    assert terminal.json("accounts", "health", account["id"])["status"] == "ok"
    assert terminal.lmp("accounts", "health").out.count("bluesky   ok  ") == 1
    assert terminal.json("accounts", "check", account["id"])["ok"] is True
    assert terminal.json("accounts", "pause", account["id"])["pausedAt"]
    assert terminal.json("accounts", "resume", account["id"])["pausedAt"] is None


def _slow(house: House, until: datetime | None) -> None:
    async def change() -> None:
        database = open_database(read_configuration(house.server.all_settings).server)
        slowed = update(accounts).values(slow_until=until)
        await database.write(lambda connection: connection.execute(slowed))
        await database.close()

    run_apart(change())


def test_resuming_a_slowed_account_says_until_when_its_posts_wait(
    terminal: Terminal, house: House
) -> None:
    account = terminal.json("accounts", "list")["data"][0]["id"]
    settings = house.server.all_settings
    assert "0 posts go out now." in terminal.lmp("resume", account, **settings).out
    _slow(house, datetime.now(UTC) + timedelta(hours=1))
    try:
        here = terminal.lmp("resume", account, **settings).out
        assert "0 posts go out at 20" in here
        assert "as its platform asked for" in here
        there = terminal.lmp("accounts", "resume", account).out
        assert "Its posts wait until " in there
        assert terminal.lmp("accounts", "list").out.rstrip().endswith("slow")
    finally:
        _slow(house, None)
    assert terminal.lmp("accounts", "resume", account).out == f"{account} is resumed.\n"


def test_a_wrong_field_of_a_login_is_named(terminal: Terminal) -> None:
    for field, words in (
        ("password=x", "The login has no field password.\nIt has identifier, appPassword"),
        ("x", "--field x is not name=value."),
    ):
        ended = terminal.lmp("accounts", "connect", "bluesky", "--field", field)
        assert (ended.code, ended.out, words in ended.err) == (1, "", True), ended
    asked = terminal.lmp("accounts", "connect", "bluesky")
    assert (asked.code, "nobody to ask" in asked.err) == (1, True)


def test_ctrl_c_at_a_question_stops_the_command(terminal: Terminal) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "letmepost", "accounts", "connect", "bluesky"],
        env=terminal.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        said = ""
        while not re.search(r"\n\w[^\n]*:$", said):
            said += process.stderr.read(1)
        process.send_signal(signal.SIGINT)
        _, rest = process.communicate(timeout=STOP_SECONDS)
        assert (process.returncode, rest.strip()) == (130, "Stopped.")


def test_an_account_is_connected_on_its_consent_page(terminal: Terminal) -> None:
    ended = terminal.lmp("accounts", "connect", "x", "--json", BROWSER=CONSENTING)
    assert ended.code == 0, ended
    assert ended.document["platform"] == "twitter"
    gone = terminal.json("accounts", "disconnect", ended.document["id"])
    assert gone["deleted"] is True


def test_a_link_lets_somebody_else_connect(terminal: Terminal, house: House) -> None:
    made = terminal.json("accounts", "link", "--platform", "x", "--days", "1")
    assert made["platforms"] == ["twitter"]
    assert made["url"].startswith(f"{house.server.url}/connect/")


def test_a_key_is_made_used_and_revoked(terminal: Terminal) -> None:
    made = terminal.json("keys", "create", "reader", "--scope", "posts:read,accounts:read")
    assert made["scopes"] == ["posts:read", "accounts:read"]
    reader = Terminal(terminal.folder, {**terminal.settings, "LMP_API_KEY": made["key"]})
    assert reader.lmp("posts", "list").code == 0
    refused = reader.lmp("post", "Hello", "--to", "bluesky")
    assert (refused.code, "posts:write" in refused.err) == (1, True)
    assert terminal.lmp("keys", "revoke", made["id"]).out == f"{made['id']} is revoked.\n"
    assert re.search(r"lmp_live_\.\.\.\w{4}  revoked", terminal.lmp("keys", "list").out)
    test_key = terminal.json("keys", "create", "rehearsal", "--test")
    assert test_key["prefix"] == "lmp_test_"


def test_versions_are_told(terminal: Terminal) -> None:
    told = terminal.json("versions")
    assert told["program"] == told["server"] == terminal.lmp("--version").out.strip()
    assert "bluesky" in [each["platform"] for each in told["platforms"]]
    assert terminal.lmp("versions").code == 0


def test_a_shell_completes_commands(terminal: Terminal) -> None:
    script = terminal.lmp("completion", "bash")
    assert (script.code, "complete -o default -F _lmp_completion lmp" in script.out) == (0, True)
    for typed, expected in (("lmp pos", "post\nposts\n"), ("lmp posts can", "cancel\n")):
        asked = {
            "_LMP_COMPLETE": "complete_bash",
            "COMP_WORDS": typed,
            "COMP_CWORD": str(typed.count(" ")),
        }
        ended = subprocess.run(
            [Path(sys.executable).with_name("lmp")],
            env={**terminal.environment, **asked},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ended.returncode, ended.stdout) == (0, expected), ended.stderr
