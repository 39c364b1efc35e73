"""`letmepost pause` and `letmepost resume`: hold an account's posts back, on this database."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from letmepost.posts.pause import Resumed

AccountId = Annotated[str, typer.Argument(help="The account, acc_...")]


def pause(account_id: AccountId) -> None:
    """Send nothing new on an account; its posts are kept."""
    _change(account_id, paused=True)
    typer.echo(f"{account_id} is paused.")


def resume(account_id: AccountId) -> None:
    """Send on a paused account again; posts that were due meanwhile go out now."""
    resumed = _change(account_id, paused=False)
    if resumed is None:
        return
    when = "now"
    if resumed.slow_until is not None:
        when = f"at {resumed.slow_until:%Y-%m-%d %H:%M} UTC, as its platform asked for"
    typer.echo(f"{account_id} is resumed; {resumed.due} posts go out {when}.")


def _change(account_id: str, *, paused: bool) -> "Resumed | None":
    import asyncio  # noqa: PLC0415 - loaded when it runs
    import os  # noqa: PLC0415 - as above

    from letmepost.configuration import open_database, read_configuration  # noqa: PLC0415 - as above
    from letmepost.content.errors import LetmepostError  # noqa: PLC0415 - as above
    from letmepost.kit.clock import SystemClock  # noqa: PLC0415 - as above
    from letmepost.posts.pause import pause as pause_account  # noqa: PLC0415 - as above
    from letmepost.posts.pause import resume as resume_account  # noqa: PLC0415 - as above
    from letmepost.tenancy.audit import COMMAND  # noqa: PLC0415 - as above

    change = pause_account if paused else resume_account

    async def run() -> "Resumed | None":
        database = open_database(read_configuration(os.environ).server)
        now = SystemClock().now()
        try:
            return await database.write(
                lambda connection: change(connection, None, account_id, COMMAND, now)
            )
        finally:
            await database.close()

    try:
        return asyncio.run(run())
    except LetmepostError as error:
        typer.secho(error.message, fg=typer.colors.RED, err=True)
        raise typer.Exit(1) from None
