"""Profiles: the page that lists and changes them, and the choice of the one that is shown."""

from urllib.parse import quote

from starlette.responses import Response

from letmepost.dashboard.curl import curl
from letmepost.dashboard.door import local_path
from letmepost.dashboard.visit import Acts, Visit, go
from letmepost.tenancy import sessions
from letmepost.tenancy.rest import RestRequest


async def choose(visit: Visit) -> Response:
    """Show one profile from here on, or all."""
    profile_id = visit.form.get("profile") or None
    await visit.dashboard.database.write(
        lambda connection: sessions.choose_profile(connection, visit.session, profile_id)
    )
    return go(visit.request, f"{visit.dashboard.path}{local_path(visit.form.get('back'))}")


async def show(visit: Visit) -> Response:
    """The page; the frame of every page reads the profiles already."""
    visit.calls.append(curl(RestRequest(path="/v1/profiles"), visit.dashboard.public_url))
    return await visit.page("profiles.html")


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


def _id(visit: Visit) -> str:
    return quote(visit.form.get("id"), safe="")


_ACTS: Acts = {"create": _create, "rename": _rename, "delete": _delete}
