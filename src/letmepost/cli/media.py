"""`lmp media`: upload files, list and delete them."""

from pathlib import Path
from typing import Annotated

import typer

from letmepost.cli.client.options import AsJson, Cursor, Limit, Output, Profile, identifier
from letmepost.cli.client.screen import Column, Row, field, moment
from letmepost.cli.client.session import connect
from letmepost.cli.client.upload import upload_all

app = typer.Typer(help="Upload, list and delete files.", no_args_is_help=True, add_completion=False)
_MEGABYTE = 1_000_000
_KILOBYTE = 1_000


def _size_words(size_bytes: int) -> str:
    if size_bytes >= _MEGABYTE:
        return f"{size_bytes / _MEGABYTE:.1f} MB"
    return f"{max(1, round(size_bytes / _KILOBYTE))} kB"


def _shape(row: Row) -> str:
    size = f"{row['width']}x{row['height']}" if row["width"] else ""
    length = f"{row['durationSeconds']:g} s" if row["durationSeconds"] else ""
    return ", ".join(filter(None, (size, length)))


_COLUMNS = (
    field("id", whole=True),
    field("contentType", "type", whole=True),
    Column("size", lambda row: _size_words(row["sizeBytes"]), whole=True),
    Column("what", _shape),
    moment("createdAt", "stored"),
)


@app.command()
def upload(
    files: Annotated[list[Path], typer.Argument(help="The files.")],
    *,
    profile: Profile = None,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """Upload files; their ids can be given to `lmp post --media`."""
    session = connect(as_json=as_json, output=output)
    stored = upload_all(session, files, session.profile(profile))
    document = stored[0] if len(files) == 1 else {"data": stored}
    session.screen.show_table(document, stored, *_COLUMNS, none="")


@app.command("list")
def list_media(
    *,
    limit: Limit = 20,
    cursor: Cursor = None,
    profile: Profile = None,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """List uploaded files, newest first."""
    session = connect(as_json=as_json, output=output)
    query = {"limit": limit, "cursor": cursor, "profileId": session.profile(profile)}
    found = session.get("/v1/media", query)
    session.screen.show_table(found, found["data"], *_COLUMNS, none="No file is stored.")


@app.command()
def delete(
    media_id: Annotated[str, identifier("The file, med_...")],
    *,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """Delete a file for good, unless a post that has not ended needs it."""
    session = connect(as_json=as_json, output=output)
    deleted = session.send("DELETE", f"/v1/media/{media_id}")
    session.screen.say(deleted, f"{media_id} is deleted.")
