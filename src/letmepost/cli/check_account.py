"""`letmepost check-account`: look an account over at its platform, from this machine."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from letmepost.accounts.check import AccountCheck

PROBLEM_FOUND = 2


def check_account(
    account_id: Annotated[str, typer.Argument(help="The account, acc_...")],
    as_json: Annotated[  # noqa: FBT002 - an option of the command line
        bool, typer.Option("--json", help="Print JSON, with every call that was made.")
    ] = False,
) -> None:
    """Ask the platform about scopes, quotas and versions; nothing is changed there.

    Exit code 2 when something needs to be done.
    """
    import asyncio  # noqa: PLC0415 - loaded when it runs
    import json  # noqa: PLC0415 - as above

    from rich.console import Console  # noqa: PLC0415 - as above

    from letmepost.content.errors import LetmepostError  # noqa: PLC0415 - as above
    from letmepost.kit.logs import configure_logs  # noqa: PLC0415 - as above

    configure_logs("error")
    try:
        checked = asyncio.run(_check(account_id))
    except LetmepostError as error:
        typer.secho(error.message, fg=typer.colors.RED, err=True)
        raise typer.Exit(1) from None
    if as_json:
        typer.echo(json.dumps(checked.to_json(), ensure_ascii=False, indent=2))
    else:
        _print(Console(highlight=False), checked)
    if not checked.ok:
        raise typer.Exit(PROBLEM_FOUND)


async def _check(account_id: str) -> "AccountCheck":
    import os  # noqa: PLC0415 - loaded when it runs

    from letmepost.accounts.check import check_account as check  # noqa: PLC0415 - as above
    from letmepost.accounts.queries import connected_account  # noqa: PLC0415 - as above
    from letmepost.configuration import read_configuration  # noqa: PLC0415 - as above
    from letmepost.worker import open_parts  # noqa: PLC0415 - as above

    async with open_parts(read_configuration(os.environ), claiming=False) as parts:
        account = await parts.database.read(
            lambda connection: connected_account(connection, account_id)
        )
        return await check(parts.renewals, account)


def _print(console: "Console", checked: "AccountCheck") -> None:
    from rich.table import Table  # noqa: PLC0415 - loaded when it runs
    from rich.text import Text  # noqa: PLC0415 - as above

    from letmepost.platforms import platforms  # noqa: PLC0415 - as above

    account = checked.account
    title = platforms()[account.platform].title
    console.print(Text.assemble((f"{title}: {account.display_name}", "bold"), f"  {account.id}"))
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for finding in checked.findings:
        mark = Text("ok", "green") if finding.problem is None else Text("look", "yellow")
        found = Text(finding.found)
        if finding.problem is not None:
            found.append(f"\n{finding.problem}", "yellow")
        table.add_row(mark, finding.name, found)
    console.print(table)
