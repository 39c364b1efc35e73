"""The overview: what went out, what is due, and what needs somebody."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from starlette.responses import Response

from letmepost.dashboard.visit import CallFailedError, Visit
from letmepost.kit.clock import wire_time

LOOKED_BACK: Final = timedelta(days=7)
SHOWN: Final = 5
MOST: Final = "200"
# Of more accounts the page tells nothing by itself; each has its own page.
HEALTH_OF_MOST: Final = 50


async def show(visit: Visit) -> Response:
    """The page."""
    since = wire_time(visit.dashboard.clock.now() - LOOKED_BACK)

    def posts(statuses: Sequence[str], *more: tuple[str, str]) -> Any:  # noqa: ANN401 - JSON
        asked = [*visit.of_profile, *[("status", each) for each in statuses], ("limit", MOST)]
        return visit.get("/v1/posts", [*asked, *more])

    went, queued, under_way, broken, accounts, endpoints, versions = await asyncio.gather(
        posts(["published"], ("after", since)),
        posts(["queued"]),
        posts(["publishing"]),
        posts(["failed", "rejected"], ("after", since)),
        visit.get("/v1/accounts", visit.of_profile),
        visit.get("/v1/webhook-endpoints", [*visit.of_profile, ("limit", MOST)]),
        visit.get("/v1/platform-versions"),
    )
    used = {each["platform"] for each in accounts["data"]}
    health = await asyncio.gather(
        *(_health(visit, each["id"]) for each in accounts["data"][:HEALTH_OF_MOST])
    )
    names = {each["id"]: each for each in accounts["data"]}
    return await visit.page(
        "overview.html",
        went=went["data"],
        more_went=went["nextCursor"] is not None,
        due=sorted(queued["data"], key=lambda each: each["scheduledAt"] or ""),
        more_due=queued["nextCursor"] is not None,
        under_way=under_way["data"],
        broken=broken["data"],
        unknown=[each for each in under_way["data"] if each["phase"] == "unknown"],
        accounts=accounts["data"],
        ending=[
            (each, names[each["accountId"]]) for each in health if each and each["status"] != "ok"
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


async def _health(visit: Visit, account_id: str) -> Any:  # noqa: ANN401 - JSON
    try:
        return await visit.get(f"/v1/accounts/{account_id}/health")
    except CallFailedError:
        # Disconnected meanwhile: there is nothing to tell of it.
        return None
