"""`lmp versions`: of this program, of the server, and of each platform's API."""

from typing import TYPE_CHECKING

from letmepost.cli.client.options import AsJson, Output
from letmepost.cli.client.screen import Column, field, table
from letmepost.cli.client.session import connect

if TYPE_CHECKING:
    from rich.console import Console


def versions(*, as_json: AsJson = False, output: Output = None) -> None:
    """Show the versions of this program, of the server and of each platform's API."""
    from importlib.metadata import version  # noqa: PLC0415 - loaded when it runs

    session = connect(as_json=as_json, output=output)
    server = session.call("GET", "/", authorized=False).document
    spoken = session.call("GET", "/v1/platform-versions", authorized=False).document["data"]
    told = {"program": version("letmepost"), "server": server.get("version"), "platforms": spoken}

    def tell(console: "Console") -> None:
        console.print(f"This program: {told['program']}")
        console.print(f"Server: {told['server']} at {session.settings.base}", soft_wrap=True)
        console.print()
        console.print(
            table(
                spoken,
                (
                    field("platform"),
                    field("currentVersion", "spoken"),
                    field("nextVersion", "newer"),
                    Column("sunset", lambda row: (row["sunsetAt"] or "")[:10], whole=True),
                    field("status"),
                ),
            )
        )

    session.screen.show(told, tell)
