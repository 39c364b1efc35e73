"""`letmepost mcp`: tools for an agent on this machine, over stdin and stdout."""

import typer

URL_VARIABLES = ("LETMEPOST_API_URL", "LMP_API_BASE")
KEY_VARIABLES = ("LETMEPOST_API_KEY", "LMP_API_KEY")


def mcp() -> None:
    """Serve a server's API to an agent by MCP, over stdin and stdout.

    The server is that of LETMEPOST_API_URL (or LMP_API_BASE), the key that of LETMEPOST_API_KEY
    (or LMP_API_KEY). An agent that speaks HTTP needs no command: it calls /mcp of the server.
    """
    import asyncio  # noqa: PLC0415 - loaded when it runs
    import os  # noqa: PLC0415 - as above

    from letmepost.api.errors import describe  # noqa: PLC0415 - as above
    from letmepost.content.errors import LetmepostError  # noqa: PLC0415 - as above
    from letmepost.kit.logs import configure_logs  # noqa: PLC0415 - as above
    from letmepost.kit.settings import SettingsError  # noqa: PLC0415 - as above
    from letmepost.mcp.stdio import serve_stdio  # noqa: PLC0415 - as above

    url, key = (
        next((os.environ[name] for name in names if os.environ.get(name)), None)
        for names in (URL_VARIABLES, KEY_VARIABLES)
    )
    missing = [
        f"{names[0]} is not set: {what}"
        for names, found, what in (
            (URL_VARIABLES, url, "give the address of the server."),
            (KEY_VARIABLES, key, "give a key of the server; `letmepost bootstrap` prints one."),
        )
        if not found
    ]
    if url is None or key is None:
        raise SettingsError(missing)
    # stdout is the agent's.
    configure_logs("warning")
    try:
        asyncio.run(serve_stdio(url.rstrip("/"), key, describe))
    except LetmepostError as error:
        typer.secho(error.message, fg=typer.colors.RED, err=True)
        raise typer.Exit(1) from None
