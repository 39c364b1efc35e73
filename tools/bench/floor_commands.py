"""The floor of a command line: a typer application with two commands that do nothing."""

import typer

app = typer.Typer(add_completion=False)


@app.command()
def one() -> None:
    """Do nothing."""


@app.command()
def two() -> None:
    """Do nothing either."""


if __name__ == "__main__":
    app()
