"""`letmepost export`: all that is kept of an organization or a profile, as one archive."""

from pathlib import Path
from typing import Annotated

import typer


def export(
    organization: Annotated[str, typer.Argument(help="The organization, org_...")],
    archive: Annotated[Path, typer.Argument(help="The ZIP file to write; it must not be there.")],
    profile: Annotated[
        str | None, typer.Option(help="Only what belongs to this profile, prof_...")
    ] = None,
) -> None:
    """Write all data of an organization, or of one profile, into an archive.

    Each table is a file of JSON lines, and every stored file is beside them. Keys, tokens and
    passwords are left out.
    """
    import asyncio  # noqa: PLC0415 - loaded when it runs
    import os  # noqa: PLC0415 - as above

    from letmepost.administration import export_data  # noqa: PLC0415 - as above
    from letmepost.configuration import read_configuration  # noqa: PLC0415 - as above
    from letmepost.data_protection.belongings import Subject  # noqa: PLC0415 - as above

    subject = Subject(organization, profile)
    try:
        written = asyncio.run(export_data(read_configuration(os.environ), subject, archive))
    except FileExistsError:
        typer.secho(f"{archive} is there already.", fg=typer.colors.RED, err=True)
        raise typer.Exit(1) from None
    if written is None:
        typer.secho("There is no such organization or profile.", fg=typer.colors.RED, err=True)
        raise typer.Exit(1)
    for name, number in written.items():
        typer.echo(f"{number:>8} {name}")
    typer.echo(f"{archive} is written.")
