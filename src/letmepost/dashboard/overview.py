"""The overview: what went out, what is due, and what needs somebody."""

from starlette.responses import Response

from letmepost.dashboard.visit import Visit


async def show(visit: Visit) -> Response:
    """The page."""
    return await visit.page("overview.html")
