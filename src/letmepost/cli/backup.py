"""`letmepost backup`: everything but the encryption keys, in one file, while servers go on."""

from pathlib import Path
from typing import Annotated

import typer


def backup(
    file: Annotated[Path, typer.Argument(help="The archive to write, such as monday.zip.")],
) -> None:
    """Write database and media files to one archive; servers may go on meanwhile.

    The encryption keys are not in it: keep a copy of them elsewhere. Neither are files in a bucket.
    """
    import asyncio  # noqa: PLC0415 - loaded when it runs
    import os  # noqa: PLC0415 - as above

    from letmepost.backup.make import back_up  # noqa: PLC0415 - as above
    from letmepost.cli.progress import counting, said_plainly  # noqa: PLC0415 - as above
    from letmepost.configuration import read_configuration  # noqa: PLC0415 - as above

    configuration = read_configuration(os.environ)
    with said_plainly(), counting() as begun:
        made = asyncio.run(back_up(configuration, file, begun))
    typer.echo(f"{file}: {made.row_count} rows, {len(made.files)} files, step {made.step}.")
    if made.files_elsewhere:
        typer.echo(f"Not in it: the files in {made.files_elsewhere}. Let the bucket keep versions.")
    if made.files_gone:
        typer.echo(f"Not in it: {len(made.files_gone)} files that were deleted meanwhile.")
    typer.echo("Not in it: the encryption keys, without which no account can be used again.")
