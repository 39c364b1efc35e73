"""`letmepost restore`: an archive of `letmepost backup`, into an empty installation."""

from pathlib import Path
from typing import Annotated

import typer


def restore(
    file: Annotated[Path, typer.Argument(help="An archive that letmepost backup has written.")],
    *,
    without_keys: Annotated[
        bool,
        typer.Option("--without-keys", help="Restore though its secrets open with no key here."),
    ] = False,
    go_on: Annotated[
        bool,
        typer.Option("--go-on", help="Pause no account: nothing was published since the backup."),
    ] = False,
) -> None:
    """Fill an empty database and an empty media store from an archive, all of it or nothing.

    Accounts with posts that have not ended are paused: the old server may have published some of
    them after the backup, and they must not go out twice.
    """
    import asyncio  # noqa: PLC0415 - loaded when it runs
    import os  # noqa: PLC0415 - as above

    from letmepost.backup.restore import Wanted  # noqa: PLC0415 - as above
    from letmepost.backup.restore import restore as restore_archive  # noqa: PLC0415 - as above
    from letmepost.cli.progress import counting, said_plainly  # noqa: PLC0415 - as above
    from letmepost.configuration import read_configuration  # noqa: PLC0415 - as above

    configuration = read_configuration(os.environ)
    wanted = Wanted(without_keys=without_keys, go_on=go_on)
    with said_plainly(), counting() as begun:
        done = asyncio.run(restore_archive(configuration, file, wanted, begun))
    made = done.manifest
    typer.echo(
        f"Restored as of {made.created_at:%Y-%m-%d %H:%M:%S} UTC: {made.row_count} rows, "
        f"{len(made.files)} files."
    )
    if made.files_elsewhere:
        typer.echo(f"The files lie in {made.files_elsewhere}: LETMEPOST_STORAGE_URL must name it.")
    if done.secrets.unreadable:
        typer.echo(f"{done.secrets.unreadable} secrets are lost: connect their accounts again.")
    for account in done.paused:
        typer.echo(f"{account} is paused. Cancel what was published since, then: resume {account}")
