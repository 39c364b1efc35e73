"""`lmp login`: get a key with a browser, or keep one that was pasted."""

import os
from dataclasses import replace
from typing import Annotated, Any

import typer

from letmepost.cli.client.options import AsJson, Output
from letmepost.cli.client.screen import note, typed_in
from letmepost.cli.client.session import Session, connect
from letmepost.cli.client.settings import KEY_VARIABLES, Stored, keep
from letmepost.cli.client.stop import Stop


def login(
    *,
    base: Annotated[
        str | None, typer.Option(help="The server, such as https://letmepost.example.com.")
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="Keep this key; - reads it from standard input.")
    ] = None,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the browser, or ask for a key.")
    ] = True,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """Log in at a server, with a browser or by a key, and remember both.

    The key is kept in ~/.letmepost/config.json, for you alone to read.
    """
    session = connect(as_json=as_json, output=output, base=base)
    if key is not None:
        got = _from_key(session, typed_in() if key == "-" else key)
    elif browser:
        got = _from_browser(session)
    else:
        got = _from_key(session, _asked())
    settings = session.settings
    keep(settings.path, replace(got, profile_id=settings.profile_id))
    for name in KEY_VARIABLES:
        if os.environ.get(name):
            note(f"{name} is set too: commands use that key and not the stored one.")
            break
    told = {"apiBase": got.api_base, "organizationId": got.organization_id}
    session.screen.say(told, f"Logged in at {got.api_base}; the key is in {settings.path}.")


def _from_browser(session: Session) -> Stored:
    from letmepost.cli.client.browser_login import (  # noqa: PLC0415 - loaded when it runs
        NoBrowserLoginError,
        authorized,
    )

    try:
        token = authorized(session)
    except NoBrowserLoginError as error:
        note(f"{error} Paste a key in place of that.")
        return _from_key(session, _asked())
    with_token = {"Authorization": f"Bearer {token}"}
    answer = session.call(
        "POST", "/v1/oauth-exchange", {}, headers=with_token, authorized=False
    ).document
    if not isinstance(answer, dict) or not isinstance(answer.get("key"), str):
        raise Stop("The server gave no key for the login.", "Paste one: `lmp login --key -`.")
    return Stored(
        api_base=session.settings.base,
        api_key=answer["key"],
        organization_id=answer.get("organizationId"),
    )


def _asked() -> str:
    asked: Any = typer.prompt("Key (lmp_live_... or lmp_test_...)", hide_input=True, err=True)
    return str(asked)


def _from_key(session: Session, given: str) -> Stored:
    """Keep a key that the server takes; raise `Stop` for one that it refuses."""
    key = given.strip()
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise Stop(
            "That is no key: one begins with lmp_live_ or lmp_test_, and has no spaces.",
            "Copy it whole from where it was made.",
        )
    session.call(
        "GET", "/v1/profiles", headers={"Authorization": f"Bearer {key}"}, authorized=False
    )
    return Stored(api_base=session.settings.base, api_key=key)
