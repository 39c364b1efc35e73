"""`letmepost serve`: the API, the docs and an embedded worker."""

from typing import Annotated

import typer


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    worker: Annotated[  # noqa: FBT002 - an option of the command line
        bool, typer.Option("--worker/--no-worker", help="Publish scheduled posts here too.")
    ] = True,
) -> None:
    """Serve the API, the docs and an embedded worker."""
    import os  # noqa: PLC0415 - loaded when it runs

    from letmepost.kit.collector import imports_kept  # noqa: PLC0415 - as above

    # Looking through the modules again and again would take an eighth of the start.
    with imports_kept():
        from letmepost.configuration import read_configuration  # noqa: PLC0415 - as above
        from letmepost.kit.http_server import run_until_done  # noqa: PLC0415 - as above
        from letmepost.kit.logs import configure_logs  # noqa: PLC0415 - as above
        from letmepost.server import run  # noqa: PLC0415 - as above

    configuration = read_configuration(os.environ)
    configure_logs(configuration.server.log_level)
    chosen = configuration.server
    run_until_done(
        run(
            configuration,
            host=host or chosen.host,
            port=chosen.port if port is None else port,
            worker=worker,
        )
    )
