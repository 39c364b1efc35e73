"""`letmepost erase`: everything of an organization or a profile, gone for good."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from letmepost.accounts.revoking import Revoked


def erase(
    organization: Annotated[str, typer.Argument(help="The organization, org_...")],
    profile: Annotated[
        str | None, typer.Option(help="Only what belongs to this profile, prof_...")
    ] = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Erase it; nothing can be undone.")] = False,
) -> None:
    """Erase every row and every file of an organization, or of one profile.

    Without --yes it says what would go. What was published stays on the platforms, which are asked
    to take the access back. May be stopped and begun again.
    """
    import asyncio  # noqa: PLC0415 - loaded when it runs
    import os  # noqa: PLC0415 - as above

    from letmepost.administration import count_data, erase_data  # noqa: PLC0415 - as above
    from letmepost.configuration import read_configuration  # noqa: PLC0415 - as above
    from letmepost.data_protection.belongings import Subject  # noqa: PLC0415 - as above

    configuration, subject = read_configuration(os.environ), Subject(organization, profile)
    revoked: Sequence[Revoked] = ()
    if yes:
        found, revoked = asyncio.run(erase_data(configuration, subject))
    else:
        found = asyncio.run(count_data(configuration, subject))
    for name, number in found.items():
        typer.echo(f"{number:>8} {name}")
    if not found:
        typer.echo("There is nothing to erase.")
    elif yes:
        typer.echo("It is erased.")
        for each in revoked:
            name = f"{each.account.platform} {each.account.display_name or each.account.id}"
            why = f"not revoked: {each.reason}" if each.reason else "revoked."
            typer.echo(f"The access of {name} is {why}")
    else:
        typer.echo("Nothing is erased yet: give --yes.")
