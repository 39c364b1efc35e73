"""The log of requests: what was asked of the API, found by request id, and what it was about."""

from typing import Any, Final
from urllib.parse import urlencode

from sqlalchemy import Connection
from starlette.responses import Response

from letmepost.dashboard.visit import CallFailedError, Visit
from letmepost.tenancy.request_log import RequestFilters, keys_of, list_requests

_PAGE: Final = 50
_KEYS: Final = 200
_OF_ONE_ID: Final = 50
CLASSES: Final = {"2xx": (200, 299), "3xx": (300, 399), "4xx": (400, 499), "5xx": (500, 599)}
METHODS: Final = ("GET", "POST", "PATCH", "PUT", "DELETE")
_PLACE_MAX: Final = 2**62


async def show_list(visit: Visit) -> Response:
    """The page, the newest requests first."""
    query = visit.query
    asked = {name: query.get(name, "").strip() for name in ("q", "status", "method", "key")}
    place = query.get("before", "")
    before = int(place) if place.isdecimal() and int(place) < _PLACE_MAX else None
    filters = RequestFilters(
        request_id=asked["q"] or None,
        statuses=CLASSES.get(asked["status"]),
        method=asked["method"] if asked["method"] in METHODS else None,
        key_id=asked["key"] or None,
    )
    organization_id = visit.member.organization_id

    def read(connection: Connection) -> tuple[Any, Any]:
        return list_requests(
            connection, organization_id, filters, limit=_PAGE + 1, before=before
        ), keys_of(connection, organization_id, _KEYS)

    found, keys = await visit.dashboard.database.read(read)
    kept = [(name, value) for name, value in asked.items() if value]
    older = found[_PAGE - 1].id if len(found) > _PAGE else None
    return await visit.page(
        "logs.html",
        requests=found[:_PAGE],
        keys=keys,
        asked=asked,
        classes=list(CLASSES),
        methods=METHODS,
        is_filtered=bool(kept),
        newest=f"?{urlencode(kept)}" if before is not None else None,
        older=f"?{urlencode([*kept, ('before', older)])}" if older else None,
        days=visit.dashboard.request_log_days,
    )


async def show_one(visit: Visit) -> Response:
    """The requests of one id: usually one, several where a program or a page gave it to several."""
    request_id = visit.request.path_params["id"]
    found = await visit.dashboard.database.read(
        lambda connection: list_requests(
            connection,
            visit.member.organization_id,
            RequestFilters(request_id=request_id),
            limit=_OF_ONE_ID,
            before=None,
        )
    )
    if not found:
        visit.status = 404
    posts = {each.post_id: await _post(visit, each.post_id) for each in found if each.post_id}
    return await visit.page(
        "log.html",
        wanted=request_id,
        requests=found,
        posts=posts,
        days=visit.dashboard.request_log_days,
    )


async def _post(visit: Visit, post_id: str) -> Any:  # noqa: ANN401 - JSON
    try:
        return await visit.get(f"/v1/posts/{post_id}")
    except CallFailedError:
        # The log may name what never was, or is deleted by now.
        return None
