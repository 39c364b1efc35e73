"""`letmepost rules`: the catalogue in the terminal."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from letmepost.cli.client.options import AsJson, Output
from letmepost.cli.client.screen import Screen

if TYPE_CHECKING:
    from rich.console import Console


def rules(
    *,
    platform: Annotated[
        str | None, typer.Option(help="Only this platform; any for rules of all.")
    ] = None,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """List every rule with its limit."""
    screen = Screen(as_json=as_json, output=output)
    found = _catalogue(platform)
    screen.show(found, lambda console: _tell(console, found))


def _catalogue(platform: str | None) -> list[dict[str, Any]]:
    from letmepost.platforms import catalogue, platforms  # noqa: PLC0415 - loaded when it runs
    from letmepost.posts.offline import DOCS_URL  # noqa: PLC0415 - as above
    from letmepost.preflight.entry import entry  # noqa: PLC0415 - as above

    by_alias = {alias: name for name, each in platforms().items() for alias in each.aliases}
    wanted = by_alias.get(platform or "", platform)
    if wanted not in (None, "any", *platforms()):
        names = ", ".join(("any", *platforms()))
        raise typer.BadParameter(f"{platform} is not one of {names}.", param_hint="--platform")
    return [
        entry(each, DOCS_URL)
        for each in catalogue().values()
        if wanted in (None, each.platform or "any")
    ]


def _tell(console: "Console", rules: list[dict[str, Any]]) -> None:
    from rich.padding import Padding  # noqa: PLC0415 - loaded when it runs
    from rich.text import Text  # noqa: PLC0415 - as above

    for each in rules:
        head = Text.assemble((each["id"], "bold"), "  ", (_limit(each), "cyan"))
        console.print(head, "".join(f" ({word})" for word in _besides(each)), soft_wrap=True)
        console.print(Padding(Text(each["message"]), (0, 0, 0, 2)))


def _besides(rule: dict[str, Any]) -> list[str]:
    """What sets a rule apart from most."""
    usual = {"phase": "preflight", "severity": "error", "status": "live"}
    return [rule[name] for name, value in usual.items() if rule[name] != value]


def _limit(rule: dict[str, Any]) -> str:
    limit = rule["limit"]
    if limit is None:
        return ""
    shown = ", ".join(limit) if isinstance(limit, list) else limit
    return f"{shown} {rule['unit']}"
