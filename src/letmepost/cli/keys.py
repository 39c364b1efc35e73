"""`lmp keys`: make, list and revoke API keys."""

from typing import Annotated

import typer

from letmepost.cli.client.options import AsJson, Cursor, Limit, Output, Profile, identifier
from letmepost.cli.client.screen import Column, details, field, moment, note
from letmepost.cli.client.session import connect

app = typer.Typer(
    help="List, make and revoke API keys.", no_args_is_help=True, add_completion=False
)


@app.command("list")
def list_keys(
    *, limit: Limit = 20, cursor: Cursor = None, as_json: AsJson = False, output: Output = None
) -> None:
    """List keys, newest first; of each, only the last four characters are known."""
    session = connect(as_json=as_json, output=output)
    found = session.get("/v1/api-keys", {"limit": limit, "cursor": cursor})
    session.screen.show_table(
        found,
        found["data"],
        field("id", whole=True),
        field("name"),
        Column("key", lambda row: f"{row['prefix']}...{row['last4']}", whole=True),
        Column("", lambda row: "revoked" if row["revokedAt"] else ""),
        moment("lastUsedAt", "last used"),
        none="There are no keys.",
    )


@app.command()
def create(  # noqa: PLR0913 - its options
    name: Annotated[str, typer.Argument(help="What it is for.")],
    *,
    scope: Annotated[
        list[str] | None,
        typer.Option(help="What it may do, such as posts:write; may be repeated."),
    ] = None,
    test: Annotated[bool, typer.Option("--test", help="A test key, which reaches nobody.")] = False,
    profile: Profile = None,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """Make a key. It is shown here and never again; --profile pins it to one profile."""
    session = connect(as_json=as_json, output=output)
    body: dict[str, object] = {"name": name}
    if scope:
        body["scopes"] = [each for entry in scope for each in entry.split(",") if each]
    if test:
        body["prefix"] = "lmp_test_"
    if profile:
        body["profileId"] = profile
    made = session.send("POST", "/v1/api-keys", body)
    session.screen.show(
        made,
        lambda console: console.print(
            details(made, field("id"), field("name"), field("key"), field("scopes"))
        ),
    )
    if not as_json:
        note("Keep the key now: it is not shown again.")


@app.command()
def revoke(
    key_id: Annotated[str, identifier("The key, key_...")],
    *,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """End a key; it stops working within a second."""
    session = connect(as_json=as_json, output=output)
    ended = session.send("DELETE", f"/v1/api-keys/{key_id}")
    session.screen.say(ended, f"{key_id} is revoked.")
