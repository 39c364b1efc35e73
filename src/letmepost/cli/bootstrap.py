"""`letmepost bootstrap`: the first organization, its default profile, and a key."""


def bootstrap() -> None:
    """Make the organization and a live key with every scope; print them as one line of JSON."""
    import asyncio  # noqa: PLC0415 - loaded when it runs
    import json  # noqa: PLC0415 - as above
    import os  # noqa: PLC0415 - as above

    import typer  # noqa: PLC0415 - as above

    from letmepost.administration import make_first_key  # noqa: PLC0415 - as above
    from letmepost.configuration import read_configuration  # noqa: PLC0415 - as above

    made = asyncio.run(make_first_key(read_configuration(os.environ)))
    typer.echo(json.dumps(made))
