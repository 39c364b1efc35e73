"""`letmepost doctor`: look at everything that a server needs, and say what to do."""


def doctor() -> None:
    """Check settings, database, storage and queue; exit code 1 when something is wrong."""
    import asyncio  # noqa: PLC0415 - loaded when it runs
    import os  # noqa: PLC0415 - as above

    import typer  # noqa: PLC0415 - as above
    from rich.console import Console  # noqa: PLC0415 - as above
    from rich.table import Table  # noqa: PLC0415 - as above

    from letmepost.checkup import examine  # noqa: PLC0415 - as above
    from letmepost.configuration import read_configuration  # noqa: PLC0415 - as above

    findings = asyncio.run(examine(read_configuration(os.environ)))
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    marks = {"ok": "[green]ok[/]", "warning": "[yellow]look[/]", "error": "[red]wrong[/]"}
    for finding in findings:
        table.add_row(marks[finding.level], finding.subject, finding.words)
    Console(highlight=False).print(table)
    if any(finding.level == "error" for finding in findings):
        raise typer.Exit(1)
