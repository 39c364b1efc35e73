"""`letmepost rotate-encryption`: put everything that is sealed under the newest key."""


def rotate_encryption() -> None:
    """Re-seal all secrets with the newest of LETMEPOST_ENCRYPTION_KEYS; safe to repeat.

    First put a new key in front of the others and restart every process with both; then run this;
    then take the old key away. Exit code 1 while anything is left under an older key.
    """
    import asyncio  # noqa: PLC0415 - loaded when it runs
    import os  # noqa: PLC0415 - as above

    import typer  # noqa: PLC0415 - as above

    from letmepost.configuration import read_configuration  # noqa: PLC0415 - as above
    from letmepost.rotation import rotate  # noqa: PLC0415 - as above

    left = False
    for table, done in asyncio.run(rotate(read_configuration(os.environ))).items():
        typer.echo(f"{table}: {done.changed} re-sealed.")
        if done.busy:
            typer.echo(f"{table}: {done.busy} were being changed; run this again in a minute.")
        if done.unreadable:
            typer.echo(f"{table}: {done.unreadable} open with none of the keys that are set.")
        left = left or bool(done.busy or done.unreadable)
    if left:
        raise typer.Exit(1)
    typer.echo("Nothing is left under an older key.")
