"""The overview: what went out, what is due, and what needs somebody."""

import asyncio
from datetime import timedelta
from typing import Final

from starlette.responses import Response

from letmepost.dashboard.account_health import health_by_account
from letmepost.dashboard.visit import Visit
from letmepost.kit.clock import wire_time
from letmepost.posts.standing import COUNTED_MAX, Standing, standing
from letmepost.tenancy.rest import RestRequest

LOOKED_BACK: Final = timedelta(days=7)
SHOWN: Final = 5
# As many endpoints as the API gives at once.
ENDPOINTS: Final = 200


async def show(visit: Visit) -> Response:
    """The page."""
    stands, accounts, endpoints, versions, health = await asyncio.gather(
        _standing(visit),
        visit.get("/v1/accounts", visit.of_profile),
        visit.get("/v1/webhook-endpoints", [*visit.of_profile, ("limit", str(ENDPOINTS))]),
        visit.get("/v1/platform-versions"),
        health_by_account(visit),
    )
    used = {each["platform"] for each in accounts["data"]}
    return await visit.page(
        "overview.html",
        stands=stands,
        counted_max=COUNTED_MAX,
        accounts=accounts["data"],
        ending=[
            (found, each)
            for each in accounts["data"]
            if (found := health.get(each["id"])) and found["status"] != "ok"
        ],
        paused=[each for each in accounts["data"] if each["pausedAt"]],
        endpoints=[
            each for each in endpoints["data"] if not each["active"] or each["failingSince"]
        ],
        versions=[
            each
            for each in versions["data"]
            if each["status"] != "supported" and each["platform"] in used
        ],
        shown=SHOWN,
    )


async def _standing(visit: Visit) -> Standing:
    """How the posts stand, in one read; a program asks for the same by these calls."""
    since = visit.dashboard.clock.now() - LOOKED_BACK
    after, shown = ("after", wire_time(since)), ("limit", str(SHOWN))
    for asked in (
        [("status", "published"), after],
        [("status", "queued")],
        [("status", "publishing")],
        [("status", "failed"), ("status", "rejected"), after],
    ):
        visit.tell(RestRequest(path="/v1/posts", query=[*visit.of_profile, *asked, shown]))
    caller, profile_id = visit.member.caller, visit.session.profile_id
    return await visit.dashboard.database.read(
        lambda connection: standing(connection, caller, profile_id, since=since, shown=SHOWN)
    )
