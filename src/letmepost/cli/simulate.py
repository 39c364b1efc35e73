"""`letmepost simulate`: every simulated platform on one port."""

from typing import Annotated

import typer


def simulate(
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes any free one.")] = 9100,
    latency: Annotated[float, typer.Option(help="Seconds before each answer.")] = 0.0,
) -> None:
    """Simulate every platform; one line of JSON says how to point a server at them."""
    from letmepost.platform_kit.simulator_server import (  # noqa: PLC0415 - loaded when it runs
        serve_simulators,
    )
    from letmepost.platforms import simulators  # noqa: PLC0415 - as above

    serve_simulators(port, simulators(), latency_seconds=latency)
