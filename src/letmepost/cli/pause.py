"""`letmepost pause` and `letmepost resume`: hold an account's posts back, on this database."""

from typing import Annotated

import typer

AccountId = Annotated[str, typer.Argument(help="The account, acc_...")]


def pause(account_id: AccountId) -> None:
    """Send nothing new on an account; its posts are kept."""
    _change(account_id, paused=True)
    typer.echo(f"{account_id} is paused.")


def resume(account_id: AccountId) -> None:
    """Send on a paused account again; posts that were due meanwhile go out now."""
    woken = _change(account_id, paused=False)
    typer.echo(f"{account_id} is resumed; {woken or 0} posts go out now.")


def _change(account_id: str, *, paused: bool) -> int | None:
    import asyncio  # noqa: PLC0415 - loaded when it runs
    import os  # noqa: PLC0415 - as above

    from letmepost.configuration import open_database, read_configuration  # noqa: PLC0415 - as above
    from letmepost.content.errors import LetmepostError  # noqa: PLC0415 - as above
    from letmepost.kit.clock import SystemClock  # noqa: PLC0415 - as above
    from letmepost.posts.pause import pause as pause_account  # noqa: PLC0415 - as above
    from letmepost.posts.pause import resume as resume_account  # noqa: PLC0415 - as above
    from letmepost.tenancy.audit import COMMAND  # noqa: PLC0415 - as above

    change = pause_account if paused else resume_account

    async def run() -> int | None:
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
