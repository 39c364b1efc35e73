"""`lmp profiles`: which profiles there are, and which one commands work on."""

import re
from typing import Annotated, Final

import typer

from letmepost.cli.client.options import AsJson, Output, identifier
from letmepost.cli.client.screen import Column, details, field, local_time, moment
from letmepost.cli.client.session import connect
from letmepost.cli.client.settings import keep
from letmepost.cli.client.stop import Stop
from letmepost.cli.client.times import local_zone

app = typer.Typer(
    help="List, make and choose profiles, and set their queue slots.",
    no_args_is_help=True,
    add_completion=False,
)
_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TIME_OF_DAY: Final = re.compile(r"\d{1,2}:\d\d")
ProfileId = Annotated[str, identifier("The profile, prof_...")]


@app.command("list")
def list_profiles(*, as_json: AsJson = False, output: Output = None) -> None:
    """List the profiles that the key may see."""
    session = connect(as_json=as_json, output=output)
    used = session.settings.profile_id
    found = session.get("/v1/profiles")
    session.screen.show_table(
        found,
        found["data"],
        Column("", lambda row: "*" if row["id"] == used else ""),
        field("id", whole=True),
        field("name"),
        field("slug"),
        moment("createdAt", "made"),
        none="There are no profiles.",
    )


@app.command()
def slots(
    profile_id: ProfileId,
    times: Annotated[
        list[str] | None,
        typer.Argument(help='New weekly times, such as "mon 9:00" "fri 17:30"; shown without.'),
    ] = None,
    *,
    zone: Annotated[
        str | None, typer.Option(help="The time zone of the new times; that of this machine.")
    ] = None,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """Show the queue slots of a profile, or set its weekly times."""
    session = connect(as_json=as_json, output=output)
    path = f"/v1/profiles/{profile_id}/slots"
    if times:
        weekly = [_weekly_time(each) for each in times]
        body = {"timeZone": zone or local_zone().key, "times": weekly}
        found = session.send("PUT", path, body)
    else:
        found = session.get(path)
    shown = {
        "times": [f"{each['weekday']} {each['time']}" for each in found["times"]],
        "zone": found["timeZone"],
        "next": [local_time(each) for each in found["nextFree"]],
    }
    columns = [field("zone"), field("times"), Column("next free", lambda row: row["next"])]
    session.screen.show(found, lambda console: console.print(details(shown, *columns)))


def _weekly_time(words: str) -> dict[str, str]:
    """A weekday and a time of day, as the API takes them; raise `Stop` for anything else."""
    day, _, at = words.strip().lower().partition(" ")
    weekday = next((each for each in _WEEKDAYS if len(day) > 1 and each.startswith(day)), None)
    if weekday is None or not _TIME_OF_DAY.fullmatch(at):
        raise Stop(f'"{words}" is no weekly time.', 'Write it as "mon 9:00" or "friday 17:30".')
    return {"weekday": weekday, "time": at.zfill(5)}


@app.command()
def use(
    profile_id: Annotated[
        str | None, identifier("The profile, prof_...; without it, all of them.")
    ] = None,
    *,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """Work on one profile from now on, unless --profile names another."""
    session = connect(as_json=as_json, output=output)
    settings = session.settings
    if profile_id is None:
        keep(settings.path, settings.using_profile(None))
        session.screen.say({"id": None}, "Commands work on every profile that the key may see.")
        return
    found = session.get(f"/v1/profiles/{profile_id}")
    keep(settings.path, settings.using_profile(found["id"]))
    session.screen.say(found, f"Commands work on {found['name']} ({found['id']}) now.")


@app.command()
def current(*, as_json: AsJson = False, output: Output = None) -> None:
    """Show the profile in use."""
    session = connect(as_json=as_json, output=output)
    used = session.settings.profile_id
    if used is None:
        raise Stop(
            "No profile is in use: commands work on every profile that the key may see.",
            "Choose one with `lmp profiles use`.",
        )
    found = session.get(f"/v1/profiles/{used}")
    session.screen.say(found, f"{found['id']}  {found['name']}")


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Its name.")],
    *,
    slug: Annotated[
        str | None, typer.Option(help="Its short name; made from the name unless it is given.")
    ] = None,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """Make a profile, for a customer or a brand."""
    session = connect(as_json=as_json, output=output)
    body = {"name": name, "slug": slug} if slug else {"name": name}
    made = session.send("POST", "/v1/profiles", body)
    session.screen.say(made, f"{made['id']}  {made['name']}")


@app.command()
def rename(
    profile_id: ProfileId,
    name: Annotated[str, typer.Argument(help="Its new name.")],
    *,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """Give a profile another name."""
    session = connect(as_json=as_json, output=output)
    changed = session.send("PATCH", f"/v1/profiles/{profile_id}", {"name": name})
    session.screen.say(changed, f"{changed['id']}  {changed['name']}")


@app.command()
def delete(profile_id: ProfileId, *, as_json: AsJson = False, output: Output = None) -> None:
    """Delete a profile that nothing belongs to any more."""
    session = connect(as_json=as_json, output=output)
    deleted = session.send("DELETE", f"/v1/profiles/{profile_id}")
    if session.settings.profile_id == profile_id:
        keep(session.settings.path, session.settings.using_profile(None))
    session.screen.say(deleted, f"{profile_id} is deleted.")
