"""`lmp login` with a browser, against an authorization server as the RFCs have it."""

import asyncio
import json
import os
import pty
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from tests.cli.conftest import CONSENTING, Ended, Terminal
from tests.cli.oauth_server import KEY, OAuthServer
from tests.listening import free_port, listening


@asynccontextmanager
async def login_server(**more: Any) -> AsyncIterator[OAuthServer]:
    with free_port() as (listener, url):
        server = OAuthServer(url, **more)
        async with listening(server.app, listener):
            yield server


async def login(folder: Path, address: str, *words: str, **settings: str) -> Ended:
    terminal = Terminal(folder, {"BROWSER": CONSENTING})
    return await asyncio.to_thread(terminal.lmp, "login", "--base", address, *words, **settings)


async def test_a_login_with_a_browser_keeps_the_key(tmp_path: Path) -> None:
    async with login_server() as server:
        ended = await login(tmp_path, server.issuer)
        assert ended.code == 0, ended
        assert f"{server.issuer}/oauth/authorize?response_type=code" in ended.err
        terminal = Terminal(tmp_path, {})
        kept = json.loads(terminal.config.read_text())
        assert kept == {"apiBase": server.issuer, "apiKey": KEY, "organizationId": "org_1"}
        told = await asyncio.to_thread(terminal.json, "whoami")
        assert (told["apiBase"], told["organizationId"]) == (server.issuer, "org_1")
        assert KEY not in ended.out + ended.err


BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "another issuer": (
        {"told": {"issuer": "https://elsewhere.example"}},
        "calls itself https://elsewhere.example.\nLog in at that address",
    ),
    "an unsafe endpoint": (
        {"told": {"token_endpoint": "javascript:alert(1)"}},
        "which is not secure",
    ),
    "no token endpoint": ({"told": {"token_endpoint": None}}, "lacks its token_endpoint"),
    "a refusal": (
        {"answers": {"error": "access_denied", "error_description": "Not today"}},
        "The login was not allowed: Not today.",
    ),
    "an answer of another server": (
        {"answers": {"iss": "https://elsewhere.example"}},
        "came back from another server",
    ),
    "a wrong code": ({"answers": {"code": "guessed"}}, "It was invalid_grant."),
    "no code": ({"answers": {"code": ""}}, "came back without a code"),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_login_that_is_not_right_is_a_sentence(tmp_path: Path, name: str) -> None:
    more, sentence = BROKEN[name]
    async with login_server(**more) as server:
        ended = await login(tmp_path, server.issuer)
    assert (ended.code, ended.out, sentence in ended.err) == (1, "", True), ended
    assert not Terminal(tmp_path, {}).config.exists()


async def test_a_code_for_another_login_is_not_taken(tmp_path: Path) -> None:
    async with login_server(answers={"state": "guessed"}) as server:
        # The browser is told so, and the command waits on for the one that it sent.
        terminal = Terminal(tmp_path, {"BROWSER": CONSENTING})
        with terminal.running("login", "--base", server.issuer) as process:
            assert process.stderr is not None
            said = ""
            while "HTTP Error 400" not in said:
                said += await asyncio.to_thread(process.stderr.readline)
            assert process.poll() is None


@pytest.mark.parametrize(
    "told", [{"code_challenge_methods_supported": ["plain"]}, {"registration_endpoint": None}, {}]
)
async def test_without_a_browser_login_a_key_is_asked_for(
    tmp_path: Path, told: Mapping[str, Any]
) -> None:
    with free_port() as (listener, url):
        server = OAuthServer(url, told=told)
        app = server.app
        if not told:
            routes = [each for each in app.routes if "well-known" not in getattr(each, "path", "")]
            app = Starlette(routes=routes)
        async with listening(app, listener):
            code, shown = await asyncio.to_thread(_typed, tmp_path, url, KEY)
            assert code == 0, shown
            assert "Paste a key in place of that." in shown
            assert KEY not in shown
            nobody = await login(tmp_path / "nobody", url)
    assert json.loads(Terminal(tmp_path, {}).config.read_text())["apiKey"] == KEY
    assert (nobody.code, "Stopped: there is nobody to ask." in nobody.err) == (1, True), nobody


def _typed(folder: Path, address: str, answer: str) -> tuple[int, str]:
    """Log in at a terminal, and type the answer to its question; the exit code and the screen."""
    ours, theirs = pty.openpty()
    try:
        with subprocess.Popen(
            [sys.executable, "-m", "letmepost", "login", "--base", address],
            env=Terminal(folder, {}).environment,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        ) as process:
            shown = ""
            # What is typed before the last character of the question is thrown away.
            while "lmp_test_...): " not in shown:
                shown += os.read(ours, 4096).decode()
            os.write(ours, f"{answer}\n".encode())
            while "the key is in" not in shown:
                shown += os.read(ours, 4096).decode()
            return process.wait(30), shown
    finally:
        os.close(ours)
        os.close(theirs)
