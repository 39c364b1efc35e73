"""Which version of each platform's API this server speaks, and how long it is answered."""

from starlette.responses import Response

from letmepost.dashboard.visit import Visit


async def show(visit: Visit) -> Response:
    """The page."""
    versions = await visit.get("/v1/platform-versions")
    return await visit.page("versions.html", versions=versions["data"])
