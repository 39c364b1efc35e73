"""`letmepost doctor`: look at everything that a server needs, and say what to do."""


def doctor() -> None:
    """Check everything that a server needs, with a remedy each; exit code 1 when it is wrong.

    The public address, keys, platforms and their versions, database, clock, queue, storage, Redis
    and disk.
    """
    import asyncio  # noqa: PLC0415 - loaded when it runs
    import os  # noqa: PLC0415 - as above

    import typer  # noqa: PLC0415 - as above
    from rich.console import Console  # noqa: PLC0415 - as above
    from rich.markup import escape  # noqa: PLC0415 - as above
    from rich.table import Table  # noqa: PLC0415 - as above

    from letmepost.checkup import examine  # noqa: PLC0415 - as above
    from letmepost.configuration import read_configuration  # noqa: PLC0415 - as above

    findings = asyncio.run(examine(read_configuration(os.environ)))
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    marks = {"ok": "[green]ok[/]", "warning": "[yellow]look[/]", "error": "[red]wrong[/]"}
    for finding in findings:
        table.add_row(marks[finding.level], finding.subject, escape(finding.words))
        if finding.remedy:
            table.add_row("", "", f"[bold]{escape(finding.remedy)}[/]")
    Console(highlight=False).print(table)
    if any(finding.level == "error" for finding in findings):
        raise typer.Exit(1)
