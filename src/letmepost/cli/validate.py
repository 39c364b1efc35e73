"""`letmepost validate`: check a post in a file without a server, or a text at a server."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from letmepost.cli.client.options import AsJson, Output, Profile
from letmepost.cli.client.report import tell_report
from letmepost.cli.client.screen import Screen
from letmepost.cli.client.stop import ExitCode, Stop, disk_words


def validate(
    post: Annotated[
        str,
        typer.Argument(
            metavar="FILE|TEXT",
            help="A JSON file: the body of POST /v1/posts. With --to, the text of the post.",
        ),
    ],
    *,
    to: Annotated[
        list[str] | None,
        typer.Option(help="Ask the server about a text on these platforms or accounts."),
    ] = None,
    profile: Profile = None,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """Check a post offline, or at the server; exit code 2 when a rule would refuse it."""
    screen = Screen(as_json=as_json, output=output)
    if to:
        from letmepost.cli.client.session import connect  # noqa: PLC0415 - loaded when it runs
        from letmepost.cli.client.targets import targets_of  # noqa: PLC0415 - as above

        session = connect(as_json=as_json, output=output)
        body = {"targets": targets_of(session, to), "text": post}
        if profile_id := session.profile(profile):
            body["profileId"] = profile_id
        told = session.send("POST", "/v1/posts/validate", body)
    else:
        told = _offline(Path(post))
    screen.show(told, lambda console: tell_report(console, told))
    if not told["valid"]:
        raise typer.Exit(ExitCode.REFUSED)


def _offline(file: Path) -> dict[str, Any]:
    from letmepost.content.errors import LetmepostError  # noqa: PLC0415 - loaded when it runs
    from letmepost.posts.offline import BodyError, validate  # noqa: PLC0415 - as above

    try:
        return validate(json.loads(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise Stop(
            f"{file}: {disk_words(error)}.", "Name a JSON file, or give --to to check a text."
        ) from None
    except UnicodeDecodeError:
        raise Stop(f"{file} is not UTF-8.", "Save it as UTF-8.") from None
    except json.JSONDecodeError as error:
        raise Stop(
            f"{file} is not JSON: {error.msg} in line {error.lineno}.",
            "Give a JSON file, or --to to check a text.",
        ) from None
    except RecursionError:
        raise Stop(f"{file} is nested too deeply.", "A post needs a few levels only.") from None
    except (BodyError, LetmepostError) as error:
        raise Stop(str(error)) from None
