"""`letmepost reset-password`: a link for a member who has lost the password, on this database."""

from typing import Annotated

import typer


def reset_password(
    email: Annotated[str, typer.Argument(help="The member's e-mail address.")],
) -> None:
    """Print a link that sets a new password, once and within an hour.

    Give it to the member by a way that you trust: whoever opens it is signed in.
    """
    import asyncio  # noqa: PLC0415 - loaded when it runs
    import os  # noqa: PLC0415 - as above

    from letmepost.administration import make_reset_link  # noqa: PLC0415 - as above
    from letmepost.configuration import read_configuration  # noqa: PLC0415 - as above

    link = asyncio.run(make_reset_link(read_configuration(os.environ), email))
    if link is None:
        typer.secho(f"Nobody has the e-mail address {email}.", fg=typer.colors.RED, err=True)
        raise typer.Exit(1)
    typer.echo(link)
