"""The overview: what went out, what is due, and what needs somebody."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Connection
from starlette.responses import Response

from letmepost.accounts.queries import Account, can_use, visible
from letmepost.dashboard.account_health import health_of
from letmepost.dashboard.visit import Visit
from letmepost.kit.clock import wire_time
from letmepost.posts.standing import COUNTED_MAX, Standing, standing
from letmepost.tenancy.rest import RestRequest
from letmepost.webhooks.endpoints import list_endpoints

LOOKED_BACK: Final = timedelta(days=7)
SHOWN: Final = 5
# As many endpoints as the API gives at once.
ENDPOINTS: Final = 200


async def show(visit: Visit) -> Response:
    """The page."""
    stands, accounts, endpoints = await _read(visit)
    versions = await visit.get("/v1/platform-versions")
    health = health_of(visit, accounts)
    used = {each.platform for each in accounts}
    return await visit.page(
        "overview.html",
        stands=stands,
        counted_max=COUNTED_MAX,
        accounts=accounts,
        ending=[
            (found, each)
            for each in accounts
            if (found := health.get(each.id)) and found["status"] != "ok"
        ],
        paused=[each for each in accounts if each.paused_at],
        endpoints=[each for each in endpoints if each["paused_at"] or each["failing_since"]],
        versions=[
            each
            for each in versions["data"]
            if each["status"] != "supported" and each["platform"] in used
        ],
        shown=SHOWN,
    )


async def _read(visit: Visit) -> tuple[Standing, Sequence[Account], Sequence[Mapping[str, Any]]]:
    """The posts, accounts and endpoints, in one read; a program asks for the same by these calls.

    Of calls made one by one, each would cost as much again as what it reads.
    """
    now = visit.dashboard.clock.now()
    since = now - LOOKED_BACK
    after, shown = ("after", wire_time(since)), ("limit", str(SHOWN))
    for path, asked in (
        ("/v1/posts", [("status", "published"), after, shown]),
        ("/v1/posts", [("status", "queued"), shown]),
        ("/v1/posts", [("status", "publishing"), shown]),
        ("/v1/posts", [("status", "failed"), ("status", "rejected"), after, shown]),
        ("/v1/accounts", []),
        ("/v1/webhook-endpoints", [("limit", str(ENDPOINTS))]),
    ):
        visit.tell(RestRequest(path=path, query=[*visit.of_profile, *asked]))
    caller, profile_id = visit.member.caller, visit.session.profile_id

    def read(
        connection: Connection,
    ) -> tuple[Standing, Sequence[Account], Sequence[Mapping[str, Any]]]:
        return (
            standing(connection, caller, profile_id, since=since, shown=SHOWN),
            [
                each
                for each in visible(connection, caller.organization_id, now)
                if can_use(caller, each) and profile_id in (None, each.profile_id)
            ],
            list_endpoints(connection, caller, profile_id=profile_id, limit=ENDPOINTS, after=None),
        )

    return await visit.dashboard.database.read(read)
