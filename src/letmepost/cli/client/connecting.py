"""Connect an account from a terminal: fill in its login, or send its owner to a consent page."""

import time
from typing import Any, Final

import typer

from letmepost.cli.client.browser import open_page
from letmepost.cli.client.screen import note
from letmepost.cli.client.session import Session
from letmepost.cli.client.stop import ExitCode, Stop
from letmepost.cli.client.targets import platform_of

WAIT_SECONDS: Final = 600.0
_LOOK_AGAIN_SECONDS: Final = 2.0


def connected(
    session: Session, word: str, fields: list[str], profile_id: str | None, *, browser: bool
) -> Any:  # noqa: ANN401 - JSON
    """The account that was connected; raise `Stop` where that failed."""
    given = _by_name(fields)
    platform = platform_of(session, word)
    path = f"/v1/accounts/connect/{platform}"
    own = {"profileId": profile_id} if profile_id else {}
    descriptor = session.call("POST", path, own, key_part="-begin").document["descriptor"]
    if descriptor["kind"] == "oauth":
        if given:
            raise Stop(
                f"Accounts of {platform} are connected on a consent page, which takes no --field.",
                "Leave it out.",
            )
        return _by_consent(session, platform, descriptor["authorizationUrl"], browser=browser)
    return session.send("POST", f"{path}/complete", {**_asked(descriptor, given), **own})


def _by_name(fields: list[str]) -> dict[str, str]:
    given = {}
    for each in fields:
        name, equals, value = each.partition("=")
        if not equals or not name:
            raise Stop(f"--field {each} is not name=value.", "Write it as --field name=value.")
        given[name] = value
    return given


def _asked(descriptor: dict[str, Any], given: dict[str, str]) -> dict[str, str]:
    """The fields of a login: those that were given, and those that are asked for now."""
    names = [each["name"] for each in descriptor["fields"]]
    if unknown := sorted({*given} - {*names}):
        raise Stop(f"The login has no field {unknown[0]}.", f"It has {', '.join(names)}.")
    filled = dict(given)
    wanted = [each for each in descriptor["fields"] if each["name"] not in given]
    if any(each["required"] for each in wanted) and descriptor["helpText"]:
        note(descriptor["helpText"])
    for each in wanted:
        if each["required"]:
            filled[each["name"]] = typer.prompt(
                each["label"], hide_input=each["type"] == "password", err=True
            )
    return filled


def _by_consent(session: Session, platform: str, address: str, *, browser: bool) -> Any:  # noqa: ANN401 - JSON
    """Send the browser to the consent page, and look until the account is there."""
    before = {each["id"]: each["updatedAt"] for each in _accounts(session, platform)}
    note("Give your consent on this page; it is used up by one visit, and works for ten minutes:")
    note(f"  {address}")
    if browser:
        open_page(address)
    ends_at = time.monotonic() + WAIT_SECONDS
    try:
        while time.monotonic() < ends_at:
            for each in _accounts(session, platform):
                if before.get(each["id"]) != each["updatedAt"]:
                    return each
            time.sleep(_LOOK_AGAIN_SECONDS)
    except KeyboardInterrupt:
        raise Stop(
            "Stopped waiting for the consent.",
            "`lmp accounts list` shows whether the account is there.",
            code=ExitCode.INTERRUPTED,
        ) from None
    raise Stop(
        "No account was connected in ten minutes.",
        f"Run `lmp accounts connect {platform}` again; the page in the browser says what it lacks.",
    )


def _accounts(session: Session, platform: str) -> list[dict[str, Any]]:
    return [each for each in session.get("/v1/accounts")["data"] if each["platform"] == platform]
