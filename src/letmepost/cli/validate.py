"""`letmepost validate`: check a post in a file, without a server."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

REFUSED = 2


def validate(
    file: Annotated[Path, typer.Argument(help="A JSON file: the body of POST /v1/posts.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,  # noqa: FBT002 - an option
) -> None:
    """Check a post offline; exit code 2 when a rule would refuse it."""
    import json  # noqa: PLC0415 - loaded when it runs

    from letmepost.content.errors import LetmepostError  # noqa: PLC0415 - as above
    from letmepost.posts.offline import BodyError  # noqa: PLC0415 - as above
    from letmepost.posts.offline import validate as check  # noqa: PLC0415 - as above

    try:
        told = check(json.loads(file.read_text(encoding="utf-8")))
    except OSError as error:
        _stop(f"{file}: {error.strerror}.")
    except UnicodeDecodeError:
        _stop(f"{file} is not UTF-8.")
    except json.JSONDecodeError as error:
        _stop(f"{file} is not JSON: {error.msg} in line {error.lineno}.")
    except RecursionError:
        _stop(f"{file} is nested too deeply.")
    except (BodyError, LetmepostError) as error:
        _stop(str(error))
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        _print(told)
    if not told["valid"]:
        raise typer.Exit(REFUSED)


def _stop(message: str) -> NoReturn:
    typer.secho(message, fg=typer.colors.RED, err=True)
    raise typer.Exit(1)


def _widest_id(target: Mapping[str, Any]) -> int:
    found = [*target["violations"], *target["warnings"]]
    return max((len(each["rule"]) for each in found), default=0)


def _print(told: Mapping[str, Any]) -> None:
    from rich.console import Console  # noqa: PLC0415 - as above
    from rich.table import Table  # noqa: PLC0415 - as above
    from rich.text import Text  # noqa: PLC0415 - as above

    console = Console(highlight=False)
    for target in told["targets"]:
        mark = "[green]would go out[/]" if target["valid"] else "[red]would be refused[/]"
        console.print(f"\n[bold]{target['platform']}[/]  {mark}")
        for length in target["lengths"]:
            console.print(
                f"  {length['field']}: {length['used']} of {length['limit']} {length['unit']}",
                markup=False,
            )
        table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
        table.add_column()
        # The id is what somebody looks up, so it is never cut.
        table.add_column(no_wrap=True, min_width=_widest_id(target))
        for mark, found in (("refused", "violations"), ("warning", "warnings")):
            for each in target[found]:
                # A message may quote the post, where brackets are no markup.
                table.add_row(mark, each["rule"], Text(each["message"]), Text(each["remediation"]))
        if table.row_count:
            console.print(table)
        for fix in target["fixes"]:
            console.print(f"  fix ({fix['kind']}): {fix['value']}", markup=False)
