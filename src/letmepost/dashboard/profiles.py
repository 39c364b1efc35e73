"""Profiles: the page that lists and changes them, and the choice of the one that is shown."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from starlette.responses import Response

from letmepost.dashboard.door import local_path
from letmepost.dashboard.visit import Acts, Visit, go
from letmepost.posts.slot_times import WEEKDAYS
from letmepost.tenancy import sessions


async def choose(visit: Visit) -> Response:
    """Show one profile from here on, or all."""
    profile_id = visit.form.get("profile") or None
    await visit.dashboard.database.write(
        lambda connection: sessions.choose_profile(connection, visit.session, profile_id)
    )
    return go(visit.request, f"{visit.dashboard.path}{local_path(visit.form.get('back'))}")


async def show(visit: Visit) -> Response:
    """The page, with the queue slots of every profile."""
    found = await visit.get("/v1/profiles")
    slots = [await visit.get(f"/v1/profiles/{each['id']}/slots") for each in found["data"]]
    return await visit.page(
        "profiles.html",
        slots={each["profileId"]: {**each, "days": _by_day(each["times"])} for each in slots},
        weekdays=WEEKDAYS,
    )


def _by_day(times: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The times of each weekday as its field shows them."""
    return {
        day: ", ".join(each["time"] for each in times if each["weekday"] == day) for day in WEEKDAYS
    }


async def change(visit: Visit) -> Response:
    """What one of the page's buttons does."""
    await visit.perform(_ACTS)
    return await show(visit)


async def _create(visit: Visit) -> None:
    made = await visit.do("POST", "/v1/profiles", {"name": visit.form.get("name")})
    visit.notice = f"The profile {made['name']} is made."


async def _rename(visit: Visit) -> None:
    changed = await visit.do(
        "PATCH", f"/v1/profiles/{_id(visit)}", {"name": visit.form.get("name")}
    )
    visit.notice = f"The profile is called {changed['name']} now."


async def _delete(visit: Visit) -> None:
    await visit.do("DELETE", f"/v1/profiles/{_id(visit)}")
    visit.notice = "The profile is deleted."


async def _set_slots(visit: Visit) -> None:
    times = [
        {"weekday": day, "time": each.zfill(len("00:00"))}
        for day in WEEKDAYS
        for each in visit.form.get(day).replace(",", " ").split()
    ]
    body = {"timeZone": visit.form.get("zone") or "UTC", "times": times}
    await visit.do("PUT", f"/v1/profiles/{_id(visit)}/slots", body)
    visit.notice = "The queue slots are set." if times else "The profile has no queue slots now."


def _id(visit: Visit) -> str:
    return quote(visit.form.get("id"), safe="")


_ACTS: Acts = {"create": _create, "rename": _rename, "slots": _set_slots, "delete": _delete}
