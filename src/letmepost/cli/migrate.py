"""`letmepost migrate`: bring the database up to date."""


def migrate() -> None:
    """Bring the database up to date."""
    import asyncio  # noqa: PLC0415 - loaded when it runs
    import os  # noqa: PLC0415 - as above

    import typer  # noqa: PLC0415 - as above

    from letmepost.administration import migrate_once  # noqa: PLC0415 - as above
    from letmepost.configuration import read_configuration  # noqa: PLC0415 - as above

    revision = asyncio.run(migrate_once(read_configuration(os.environ)))
    typer.echo(f"The database stands at step {revision}.")
