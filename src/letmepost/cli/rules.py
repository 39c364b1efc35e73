"""`letmepost rules`: the catalogue in the terminal."""

from typing import Annotated

import typer


def rules(
    platform: Annotated[
        str | None, typer.Option(help="Only this platform; any for rules of all.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,  # noqa: FBT002 - an option
) -> None:
    """List every rule with its limit."""
    import json  # noqa: PLC0415 - loaded when it runs

    from rich.console import Console  # noqa: PLC0415 - as above
    from rich.table import Table  # noqa: PLC0415 - as above

    from letmepost.platforms import catalogue, platforms  # noqa: PLC0415 - as above
    from letmepost.posts.offline import DOCS_URL  # noqa: PLC0415 - as above
    from letmepost.preflight.entry import entry  # noqa: PLC0415 - as above

    if platform not in (None, "any", *platforms()):
        names = ", ".join(("any", *platforms()))
        raise typer.BadParameter(f"{platform} is not one of {names}.", param_hint="--platform")
    found = [
        entry(each, DOCS_URL)
        for each in catalogue().values()
        if platform in (None, each.platform or "any")
    ]
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    for title in ("rule", "limit", "phase", "severity", "what it says"):
        table.add_column(title, overflow="fold")
    for each in found:
        limit = each["limit"]
        shown = ", ".join(limit) if isinstance(limit, list) else limit
        number = "" if limit is None else f"{shown} {each['unit']}"
        status = "" if each["status"] == "live" else f" ({each['status']})"
        table.add_row(each["id"] + status, number, each["phase"], each["severity"], each["message"])
    Console(highlight=False).print(table)
