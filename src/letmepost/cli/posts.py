"""`lmp posts`: what became of posts, and what can still be changed about them."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from letmepost.cli.client.options import AsJson, Cursor, Limit, Output, Profile, identifier
from letmepost.cli.client.results import exit_code, tell_batch, tell_outcome, until_ended
from letmepost.cli.client.screen import Column, Row, details, field, local_time, moment, note
from letmepost.cli.client.session import Session, connect
from letmepost.cli.client.targets import platform_of
from letmepost.cli.client.times import local_zone, scheduled_of

app = typer.Typer(
    help="List, watch, publish, move, cancel and retry posts.",
    no_args_is_help=True,
    add_completion=False,
)
_BATCH_PREFIX = "batch_"
PostId = Annotated[str, identifier("The post on one account, post_...")]
PostOrBatchId = Annotated[
    str, identifier("The post, batch_..., or the post on one account, post_...")
]


@app.command("list")
def list_posts(  # noqa: PLR0913 - its options
    *,
    limit: Limit = 20,
    status: Annotated[
        list[str] | None, typer.Option(help="Only with this status; may be repeated.")
    ] = None,
    platform: Annotated[
        list[str] | None, typer.Option(help="Only on this platform; may be repeated.")
    ] = None,
    search: Annotated[str | None, typer.Option(help="Only with this in the text.")] = None,
    profile: Profile = None,
    cursor: Cursor = None,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """List posts, newest first, a line for each account."""
    session = connect(as_json=as_json, output=output)
    query = {
        "limit": limit,
        "status": status,
        "platform": [platform_of(session, each) for each in platform or []] or None,
        "q": search,
        "profileId": session.profile(profile),
        "cursor": cursor,
    }
    found = session.get("/v1/posts", query)
    session.screen.show_table(
        found,
        found["data"],
        field("id", whole=True),
        Column("when", lambda row: local_time(_when(row), short=True), whole=True),
        field("status", whole=True),
        field("platform", whole=True),
        field("text", cut=True),
        none="There are no such posts.",
    )


def _when(row: Row) -> str | None:
    """When it went out or will, or when it was made."""
    found: str | None = row["publishedAt"] or row["scheduledAt"] or row["createdAt"]
    return found


@app.command()
def get(post_id: PostOrBatchId, *, as_json: AsJson = False, output: Output = None) -> None:
    """Show a post with every attempt; exit code 2 when it has failed."""
    session = connect(as_json=as_json, output=output)
    _show(session, _read(session, post_id))


def _path(post_id: str) -> str:
    return f"/v1/{'batches' if post_id.startswith(_BATCH_PREFIX) else 'posts'}/{post_id}"


def _read(session: Session, post_id: str) -> Any:  # noqa: ANN401 - JSON
    return session.get(_path(post_id))


def _show(session: Session, found: Any) -> None:  # noqa: ANN401 - JSON
    session.screen.show(found, lambda console: _tell(console, found))
    raise typer.Exit(exit_code(found))


def _tell(console: Any, found: Any) -> None:  # noqa: ANN401 - rich is not loaded here; JSON
    if "results" in found:
        tell_batch(console, found)
        return
    console.print(
        details(
            found,
            field("id"),
            field("status"),
            field("phase"),
            field("platform"),
            Column("account", lambda row: row["account"]["displayName"] or row["accountId"]),
            field("text"),
            Column("files", lambda row: [each["mediaId"] for each in row["mediaRefs"]]),
            moment("scheduledAt", "scheduled"),
            moment("publishedAt", "published"),
        )
    )
    tell_outcome(console, found)
    for each in found.get("attempts") or ():
        ended = each["outcome"] or "under way"
        console.print(
            f"  {local_time(each['startedAt'])}  {each['purpose']} {each['attemptNumber']}: {ended}"
        )


@app.command()
def watch(post_id: PostOrBatchId, *, as_json: AsJson = False, output: Output = None) -> None:
    """Follow a post until it has ended; exit code 2 when it has failed."""
    session = connect(as_json=as_json, output=output)
    seen: list[str] = []

    def tell(found: Any) -> None:  # noqa: ANN401 - JSON
        phase = f" ({found['phase']})" if found.get("phase") else ""
        if seen[-1:] != [words := f"{found['status']}{phase}"]:
            note(f"{datetime.now().astimezone():%H:%M:%S}  {words}")
            seen.append(words)

    first = _read(session, post_id)
    _show(
        session,
        until_ended(lambda: _read(session, post_id), first, watched=post_id, told=tell),
    )


@app.command()
def publish(
    post_id: PostOrBatchId,
    *,
    schedule: Annotated[
        str | None,
        typer.Option(help='When, such as "tomorrow 9:00", or next-slot; now unless it is given.'),
    ] = None,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """Publish a draft, now or at a time; exit code 2 when it is refused or has failed."""
    session = connect(as_json=as_json, output=output)
    body = {}
    if schedule is not None:
        body["scheduledAt"] = scheduled_of(schedule, datetime.now(UTC), local_zone())
    _show(session, session.send("POST", f"{_path(post_id)}/publish", body))


@app.command()
def cancel(
    post_id: PostId,
    *,
    upstream: Annotated[
        bool, typer.Option("--upstream", help="Delete it on its platform if it is published.")
    ] = False,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """Cancel a post while its time is ahead, remove a draft, or delete what is published."""
    session = connect(as_json=as_json, output=output)
    query = {"upstream": "true"} if upstream else None
    ended = session.send("DELETE", f"/v1/posts/{post_id}", query=query)
    words = f"{post_id} is {ended['status']}."
    if (ended.get("deletion") or {}).get("status") == "pending":
        words = f"{post_id} is still there; its platform is asked again."
    session.screen.say(ended, words)


@app.command()
def reschedule(
    post_id: PostId,
    time: Annotated[
        str,
        typer.Argument(help='When, such as "friday 14:30", in your time zone, or next-slot.'),
    ],
    *,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """Move a post to another time, while its time is ahead."""
    session = connect(as_json=as_json, output=output)
    at = scheduled_of(time, datetime.now(UTC), local_zone())
    moved = session.send("PATCH", f"/v1/posts/{post_id}", {"scheduledAt": at})
    session.screen.say(moved, f"{post_id} goes out at {local_time(moved['scheduledAt'])}.")


@app.command()
def retry(
    post_id: PostId,
    *,
    schedule: Annotated[
        str | None,
        typer.Option(help='When, such as "in 2 hours", or next-slot; now unless it is given.'),
    ] = None,
    accept_duplicate_risk: Annotated[
        bool,
        typer.Option(
            "--accept-duplicate-risk", help="Also where nobody knows whether it is out already."
        ),
    ] = False,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """Try a post again that has failed or was canceled."""
    session = connect(as_json=as_json, output=output)
    body: dict[str, Any] = {"acceptDuplicateRisk": accept_duplicate_risk}
    if schedule is not None:
        body["scheduledAt"] = scheduled_of(schedule, datetime.now(UTC), local_zone())
    queued = session.send("POST", f"/v1/posts/{post_id}/retry", body)
    session.screen.say(queued, f"{post_id} is queued; `lmp posts watch {post_id}` follows it.")
