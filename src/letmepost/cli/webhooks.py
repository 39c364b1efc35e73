"""`lmp webhooks`: endpoints, their deliveries, and events as they come."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from letmepost.cli.client.options import AsJson, Cursor, Limit, Output, Profile, identifier
from letmepost.cli.client.screen import Column, Row, details, field, moment, note
from letmepost.cli.client.session import connect
from letmepost.cli.client.stop import ExitCode, Stop

app = typer.Typer(
    help="Make, test and replay webhooks, or listen to events here.",
    no_args_is_help=True,
    add_completion=False,
)
EndpointId = Annotated[str, identifier("The endpoint, whe_...")]
Events = Annotated[
    list[str] | None,
    typer.Option("--event", help="Only events of this type; may be repeated. None means all."),
]


def _many(given: list[str] | None) -> list[str]:
    return [each for entry in given or () for each in entry.split(",") if each]


@app.command()
def listen(  # noqa: PLR0913 - its options
    *,
    forward_to: Annotated[
        str | None, typer.Option(help="Post each event to this address, signed as webhooks are.")
    ] = None,
    secret: Annotated[
        str | None,
        typer.Option(help="Sign with this secret (whsec_...); a new one unless it is given."),
    ] = None,
    event: Events = None,
    profile: Profile = None,
    cursor: Annotated[
        str | None, typer.Option(help="Begin after this cursor; with the next event without it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print events as they come, until Ctrl-C; --json prints one JSON document a line."""
    from letmepost.cli.client.listening import (  # noqa: PLC0415 - loaded when it runs
        Forward,
        Wanted,
        listen_on,
    )

    session = connect(as_json=as_json)
    if secret and not forward_to:
        raise Stop("--secret signs what is forwarded, and nothing is.", "Give --forward-to too.")
    forward = Forward.to(forward_to, secret) if forward_to else None
    wanted = Wanted(types=_many(event), profile_id=session.profile(profile))
    listen_on(session, wanted, cursor, forward)


@app.command("list")
def list_endpoints(
    *,
    limit: Limit = 20,
    cursor: Cursor = None,
    profile: Profile = None,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """List webhook endpoints, newest first."""
    session = connect(as_json=as_json, output=output)
    query = {"limit": limit, "cursor": cursor, "profileId": session.profile(profile)}
    found = session.get("/v1/webhook-endpoints", query)
    session.screen.show_table(
        found,
        found["data"],
        field("id", whole=True),
        field("url"),
        Column("events", lambda row: row["events"] or "all"),
        Column("state", _state),
        none="There are no endpoints. Make one with `lmp webhooks create`.",
    )


def _state(endpoint: Row) -> str:
    if not endpoint["active"]:
        return "paused"
    return "failing" if endpoint["failingSince"] else "active"


@app.command()
def create(  # noqa: PLR0913 - its options
    url: Annotated[str, typer.Argument(help="The address that events are posted to.")],
    *,
    event: Events = None,
    description: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    profile: Profile = None,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """Make an endpoint. Its signing secret is shown here and never again."""
    session = connect(as_json=as_json, output=output)
    body: dict[str, Any] = {"url": url, "events": _many(event)}
    if description:
        body["description"] = description
    if profile_id := session.profile(profile):
        body["profileId"] = profile_id
    made = session.send("POST", "/v1/webhook-endpoints", body)
    session.screen.show(
        made,
        lambda console: console.print(
            details(made, field("id"), field("url"), field("events"), field("signingSecret"))
        ),
    )
    if not as_json:
        note("Keep the secret now: it is not shown again.")


@app.command("test")
def try_endpoint(
    endpoint_id: EndpointId,
    *,
    event: Annotated[str, typer.Option("--event", help="The type of event.")] = "post.published",
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """Deliver a made-up event now; exit code 2 when the endpoint did not take it."""
    session = connect(as_json=as_json, output=output)
    path = f"/v1/webhook-endpoints/{endpoint_id}/test"
    tried = session.send("POST", path, {"type": event})
    session.screen.show(
        tried,
        lambda console: console.print(
            details(
                tried,
                field("delivered"),
                field("status", "answer"),
                field("errorName", "failure"),
                Column("took", lambda row: f"{row['durationMs']} ms"),
                field("responseBody", "body"),
            )
        ),
    )
    if not tried["delivered"]:
        raise typer.Exit(ExitCode.REFUSED)


@app.command()
def replay(
    endpoint_id: EndpointId,
    *,
    since: Annotated[
        str, typer.Option(help='From when on, such as "2 hours ago", in your time zone.')
    ],
    event: Events = None,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """Deliver everything since a time once more."""
    from letmepost.cli.client.times import (  # noqa: PLC0415 - loaded when it runs
        local_zone,
        past_moment_of,
        spelled,
        wire,
    )

    session = connect(as_json=as_json, output=output)
    after = past_moment_of(since, datetime.now(UTC), local_zone())
    note(f"Since {spelled(after)}.")
    body = {"after": wire(after), "types": _many(event)}
    queued = session.send("POST", f"/v1/webhook-endpoints/{endpoint_id}/replay", body)
    session.screen.say(queued, f"{queued['queued']} events are delivered once more.")


@app.command()
def deliveries(  # noqa: PLR0913 - its options
    endpoint_id: EndpointId,
    *,
    status: Annotated[
        list[str] | None, typer.Option(help="Only with this status; may be repeated.")
    ] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """List the deliveries to an endpoint, newest first."""
    session = connect(as_json=as_json, output=output)
    query = {"limit": limit, "cursor": cursor, "status": status}
    found = session.get(f"/v1/webhook-endpoints/{endpoint_id}/deliveries", query)
    session.screen.show_table(
        found,
        found["data"],
        field("id", whole=True),
        field("eventType", "event"),
        field("status"),
        field("responseStatus", "answer"),
        Column("tries", lambda row: row["attempts"]),
        moment("createdAt", "made"),
        none="Nothing was delivered yet.",
    )


@app.command()
def redeliver(
    endpoint_id: EndpointId,
    delivery_id: Annotated[str, identifier("The delivery, whd_...")],
    *,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """Deliver one event once more."""
    session = connect(as_json=as_json, output=output)
    path = f"/v1/webhook-endpoints/{endpoint_id}/deliveries/{delivery_id}/redeliver"
    queued = session.send("POST", path)
    session.screen.say(queued, f"{queued['eventId']} is delivered once more: {queued['id']}.")


@app.command()
def pause(endpoint_id: EndpointId, *, as_json: AsJson = False, output: Output = None) -> None:
    """Send an endpoint nothing until it is resumed."""
    session = connect(as_json=as_json, output=output)
    paused = session.send("PATCH", f"/v1/webhook-endpoints/{endpoint_id}", {"active": False})
    session.screen.say(paused, f"{endpoint_id} is paused.")


@app.command()
def resume(endpoint_id: EndpointId, *, as_json: AsJson = False, output: Output = None) -> None:
    """Send a paused endpoint events again; `replay` brings what it missed."""
    session = connect(as_json=as_json, output=output)
    resumed = session.send("PATCH", f"/v1/webhook-endpoints/{endpoint_id}", {"active": True})
    session.screen.say(resumed, f"{endpoint_id} is resumed.")


@app.command("rotate-secret")
def rotate_secret(
    endpoint_id: EndpointId, *, as_json: AsJson = False, output: Output = None
) -> None:
    """Give an endpoint another secret; the one before is good for another day."""
    session = connect(as_json=as_json, output=output)
    rotated = session.send("POST", f"/v1/webhook-endpoints/{endpoint_id}/rotate-secret")
    session.screen.say(rotated, rotated["signingSecret"])


@app.command()
def delete(endpoint_id: EndpointId, *, as_json: AsJson = False, output: Output = None) -> None:
    """Delete an endpoint; nothing more is sent to it."""
    session = connect(as_json=as_json, output=output)
    deleted = session.send("DELETE", f"/v1/webhook-endpoints/{endpoint_id}")
    session.screen.say(deleted, f"{endpoint_id} is deleted.")
