"""`lmp accounts`: list, connect, look after and disconnect accounts."""

from typing import Annotated, Any

import typer

from letmepost.cli.client.options import AsJson, Output, Profile, identifier
from letmepost.cli.client.screen import Column, Row, details, field, local_time, moment
from letmepost.cli.client.session import Session, connect
from letmepost.cli.client.stop import ExitCode
from letmepost.cli.client.targets import platform_of

app = typer.Typer(
    help="List, connect, look after and disconnect accounts.",
    no_args_is_help=True,
    add_completion=False,
)
AccountId = Annotated[str, identifier("The account, acc_...")]


@app.command("list")
def list_accounts(
    *,
    platform: Annotated[str | None, typer.Option(help="Only of this platform.")] = None,
    profile: Profile = None,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """List connected accounts, oldest first."""
    session = connect(as_json=as_json, output=output)
    name = platform_of(session, platform) if platform else None
    found = session.get("/v1/accounts", {"profileId": session.profile(profile)})
    found["data"] = [each for each in found["data"] if name in (None, each["platform"])]
    session.screen.show_table(
        found,
        found["data"],
        field("id", whole=True),
        field("platform"),
        Column("name", lambda row: row["displayName"] or row["platformAccountId"]),
        Column("", _state),
        none="No account is connected. Connect one with `lmp accounts connect`.",
    )


def _state(account: Row) -> str:
    words = ["paused"] if account["pausedAt"] else []
    words += ["slow"] if account["slowUntil"] else []
    return ", ".join([*words, *(["test"] if account["sandbox"] else [])])


@app.command("connect")
def connect_account(  # noqa: PLR0913 - its options
    platform: Annotated[str, typer.Argument(help="The platform.")],
    *,
    given: Annotated[
        list[str] | None,
        typer.Option(
            "--field", help="A field of the login, as name=value; what is missing is asked for."
        ),
    ] = None,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the consent page, or name it.")
    ] = True,
    profile: Profile = None,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """Connect an account: by its login, or on the platform's consent page."""
    from letmepost.cli.client.connecting import connected  # noqa: PLC0415 - loaded when it runs

    session = connect(as_json=as_json, output=output)
    account = connected(session, platform, given or [], session.profile(profile), browser=browser)
    name = account["displayName"] or account["platformAccountId"]
    session.screen.say(account, f"{account['id']}  {account['platform']}  {name}")


@app.command()
def link(
    *,
    platform: Annotated[
        list[str] | None, typer.Option(help="A platform that it is for; may be repeated.")
    ] = None,
    days: Annotated[float | None, typer.Option(help="How long it works.", min=0.001)] = None,
    profile: Profile = None,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """Make a link by which somebody without a key connects an account."""
    session = connect(as_json=as_json, output=output)
    body: dict[str, Any] = {"profileId": session.profile(profile)}
    if platform:
        body["platforms"] = [platform_of(session, each) for each in platform]
    if days is not None:
        body["expiresInSeconds"] = round(days * 86_400)
    made = session.send("POST", "/v1/connect-links", body)
    session.screen.say(made, made["url"])


@app.command()
def disconnect(account_id: AccountId, *, as_json: AsJson = False, output: Output = None) -> None:
    """Disconnect an account: its queued posts are canceled, its tokens wiped."""
    session = connect(as_json=as_json, output=output)
    gone = session.send("DELETE", f"/v1/accounts/{account_id}")
    left = gone["revocation"]["reason"]
    access = f"Its access was not revoked: {left}" if left else "Its access is revoked."
    session.screen.say(
        gone, f"{account_id} is disconnected; {gone['canceledPosts']} posts were canceled. {access}"
    )


@app.command()
def health(
    account_id: Annotated[
        str | None, identifier("The account, acc_...; all of them without it.")
    ] = None,
    *,
    profile: Profile = None,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """Show how accounts' access stands; exit code 2 when one has ended."""
    session = connect(as_json=as_json, output=output)
    found = _healths(session, account_id, profile)
    session.screen.show_table(
        found[0] if account_id else {"data": found},
        found,
        Column("account", lambda row: row["accountId"], whole=True),
        field("platform"),
        field("status"),
        moment("tokenExpiresAt", "token ends"),
        Column("missing scopes", lambda row: row["missingScopes"]),
        none="No account is connected.",
    )
    if any(each["status"] == "ended" for each in found):
        raise typer.Exit(ExitCode.REFUSED)


def _healths(session: Session, account_id: str | None, profile: str | None) -> list[Any]:
    if account_id is not None:
        return [session.get(f"/v1/accounts/{account_id}/health")]
    accounts = session.get("/v1/accounts", {"profileId": session.profile(profile)})["data"]
    return [session.get(f"/v1/accounts/{each['id']}/health") for each in accounts]


@app.command()
def check(account_id: AccountId, *, as_json: AsJson = False, output: Output = None) -> None:
    """Ask the platform about an account; exit code 2 when something needs to be done."""
    session = connect(as_json=as_json, output=output)
    found = session.get(f"/v1/accounts/{account_id}/check")
    session.screen.show_table(
        found,
        found["findings"],
        Column("", lambda row: "look" if row["problem"] else "ok"),
        field("name"),
        Column("found", lambda row: "\n".join(filter(None, (row["found"], row["problem"])))),
        none="The platform can be asked nothing about it.",
    )
    if not found["ok"]:
        raise typer.Exit(ExitCode.REFUSED)


@app.command()
def refresh(account_id: AccountId, *, as_json: AsJson = False, output: Output = None) -> None:
    """Renew an account's token now."""
    session = connect(as_json=as_json, output=output)
    found = session.send("POST", f"/v1/accounts/{account_id}/refresh")
    session.screen.show(
        found,
        lambda console: console.print(
            details(
                found,
                field("accountId", "account"),
                field("status"),
                moment("tokenExpiresAt", "token ends"),
            )
        ),
    )


@app.command()
def pause(account_id: AccountId, *, as_json: AsJson = False, output: Output = None) -> None:
    """Send nothing new on an account; its posts are kept."""
    session = connect(as_json=as_json, output=output)
    paused = session.send("POST", f"/v1/accounts/{account_id}/pause")
    session.screen.say(paused, f"{account_id} is paused.")


@app.command()
def resume(account_id: AccountId, *, as_json: AsJson = False, output: Output = None) -> None:
    """Send on a paused account again; what was due meanwhile goes out now."""
    session = connect(as_json=as_json, output=output)
    resumed = session.send("POST", f"/v1/accounts/{account_id}/resume")
    slow = resumed["slowUntil"]
    wait = f" Its posts wait until {local_time(slow)}, as its platform asked for." if slow else ""
    session.screen.say(resumed, f"{account_id} is resumed.{wait}")
