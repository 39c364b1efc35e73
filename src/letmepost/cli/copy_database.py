"""`letmepost copy-database`: move an installation to another database."""

from typing import Annotated

import typer


def copy_database(
    source: Annotated[
        str, typer.Argument(metavar="FROM", help="sqlite:///... or postgresql://...")
    ],
    target: Annotated[str, typer.Argument(metavar="TO", help="The same; it must be empty.")],
) -> None:
    """Copy every row into an empty database, SQLite or PostgreSQL, and compare all of them.

    Stop every server and worker first. A password may come from PGPASSWORD or ~/.pgpass.
    """
    import asyncio  # noqa: PLC0415 - loaded when it runs

    from letmepost.backup.copy_database import copy_database as copy  # noqa: PLC0415 - as above
    from letmepost.cli.progress import counting, said_plainly  # noqa: PLC0415 - as above

    with said_plainly(), counting() as begun:
        rows = asyncio.run(copy(source, target, begun))
    for name, each in rows.items():
        typer.echo(f"{name}: {each.count}")
    typer.echo("Copied; every row was read back and is the same. Media files were not touched.")
