"""`lmp audit-log`: who changed what, when and from where."""

from typing import Annotated

import typer

from letmepost.cli.client.options import AsJson, Cursor, Limit, Output
from letmepost.cli.client.screen import Column, field, moment
from letmepost.cli.client.session import connect


def audit_log(  # noqa: PLR0913 - its options
    *,
    action: Annotated[
        list[str] | None,
        typer.Option(help="Only such changes, as key.created; may be repeated."),
    ] = None,
    actor: Annotated[
        str | None, typer.Option(help="Only changes by this key, member or grant.")
    ] = None,
    target: Annotated[
        str | None, typer.Option(help="Only changes of this key, account or other thing.")
    ] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """List who changed what, newest first; the key needs the scope audit:read."""
    session = connect(as_json=as_json, output=output)
    found = session.get(
        "/v1/audit-log",
        {
            "action": ",".join(action) if action else None,
            "actorId": actor,
            "targetId": target,
            "limit": limit,
            "cursor": cursor,
        },
    )
    session.screen.show_table(
        found,
        found["data"],
        moment("createdAt", "when"),
        field("action", whole=True),
        Column("by", lambda row: row["actor"]["id"] or row["actor"]["kind"]),
        field("targetId", "what"),
        field("address", "from"),
        none="Nothing was changed.",
    )
