"""`letmepost demo`: see it work, on this machine alone."""

from typing import Annotated

import typer


def demo(
    once: Annotated[  # noqa: FBT002 - an option of the command line
        bool, typer.Option("--once", help="End when the tour is over.")
    ] = False,
    port: Annotated[int, typer.Option(help="Port of the server; 0 takes any free one.")] = 0,
) -> None:
    """Start a server with simulated platforms and take a tour: publish, refuse, replay."""
    import asyncio  # noqa: PLC0415 - loaded when it runs

    from letmepost.cli.tour import take_tour  # noqa: PLC0415 - as above

    asyncio.run(take_tour(once=once, port=port))
