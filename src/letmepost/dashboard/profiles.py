"""Profiles: the page that lists and changes them, and the choice of the one that is shown."""

from starlette.responses import Response

from letmepost.dashboard.door import local_path
from letmepost.dashboard.visit import Visit, go
from letmepost.tenancy import sessions


async def choose(visit: Visit) -> Response:
    """Show one profile from here on, or all."""
    profile_id = visit.form.get("profile") or None
    await visit.dashboard.database.write(
        lambda connection: sessions.choose_profile(connection, visit.session, profile_id)
    )
    return go(visit.request, f"{visit.dashboard.path}{local_path(visit.form.get('back'))}")
