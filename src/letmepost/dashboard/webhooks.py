"""Webhook endpoints, and what became of the deliveries to each."""

from typing import Any, Final
from urllib.parse import quote, urlencode

from starlette.responses import Response

from letmepost.dashboard.visit import Acts, CallFailedError, Visit
from letmepost.webhooks.event_types import EVENT_TYPES

_PAGE: Final = "25"


async def show_list(visit: Visit) -> Response:
    """The page of all endpoints."""
    query = [*visit.of_profile, ("limit", "200")]
    endpoints = (await visit.get("/v1/webhook-endpoints", query))["data"]
    return await visit.page(
        "webhooks.html", endpoints=endpoints, event_types=EVENT_TYPES, secret=None
    )


async def create(visit: Visit) -> Response:
    """Make an endpoint; its page shows the secret once."""
    form = visit.form
    body: dict[str, Any] = {"url": form.get("url").strip(), "events": form.every("event")}
    if form.get("description").strip():
        body["description"] = form.get("description").strip()
    body |= dict(visit.of_profile)
    try:
        made = await visit.do("POST", "/v1/webhook-endpoints", body)
    except CallFailedError as failure:
        visit.refused(failure)
        return await show_list(visit)
    visit.notice = "The endpoint is made. Its secret is shown here once."
    visit.secret = made["signingSecret"]
    return await _page(visit, made["id"])


async def show_one(visit: Visit) -> Response:
    """The page of one endpoint with its deliveries."""
    return await _page(visit, visit.part("id"))


async def change_one(visit: Visit) -> Response:
    """What one of the page's buttons does."""
    if visit.form.get("do") == "delete":
        await visit.do("DELETE", f"/v1/webhook-endpoints/{visit.part('id')}")
        visit.notice = "The endpoint is deleted."
        return await show_list(visit)
    test = None
    if visit.form.get("do") == "test":
        try:
            path = f"/v1/webhook-endpoints/{visit.part('id')}/test"
            test = await visit.do("POST", path, {"type": visit.form.get("type")})
        except CallFailedError as failure:
            visit.refused(failure)
    else:
        await visit.perform(_ACTS)
    return await _page(visit, visit.part("id"), test)


async def _page(visit: Visit, endpoint_id: str, test: Any = None) -> Response:  # noqa: ANN401 - JSON
    path = f"/v1/webhook-endpoints/{endpoint_id}"
    endpoint = await visit.get(path)
    asked = [
        (name, each)
        for name, each in visit.request.query_params.multi_items()
        if name in ("status", "cursor") and each
    ]
    found = await visit.get(f"{path}/deliveries", [*asked, ("limit", _PAGE)])
    older = found["nextCursor"]
    kept = [(name, each) for name, each in asked if name == "status"]
    return await visit.page(
        "webhook.html",
        endpoint=endpoint,
        event_types=endpoint["events"] or list(EVENT_TYPES),
        deliveries=found["data"],
        older=f"?{urlencode([*kept, ('cursor', older)])}" if older else None,
        chosen_status=dict(kept).get("status", ""),
        secret=visit.secret,
        test=test,
        address=f"{visit.dashboard.path}/dashboard/webhooks/{endpoint_id}",
    )


async def _pause(visit: Visit) -> None:
    await visit.do("PATCH", f"/v1/webhook-endpoints/{visit.part('id')}", {"active": False})
    visit.notice = "The endpoint is paused: nothing is delivered to it."


async def _resume(visit: Visit) -> None:
    await visit.do("PATCH", f"/v1/webhook-endpoints/{visit.part('id')}", {"active": True})
    visit.notice = "The endpoint gets events again."


async def _rotate(visit: Visit) -> None:
    made = await visit.do("POST", f"/v1/webhook-endpoints/{visit.part('id')}/rotate-secret")
    visit.secret = made["signingSecret"]
    visit.notice = "The endpoint has another secret, which is shown here once."


async def _redeliver(visit: Visit) -> None:
    delivery = quote(visit.form.get("delivery"), safe="")
    path = f"/v1/webhook-endpoints/{visit.part('id')}/deliveries/{delivery}/redeliver"
    await visit.do("POST", path)
    visit.notice = "The event is delivered once more."


_ACTS: Acts = {"pause": _pause, "resume": _resume, "rotate": _rotate, "redeliver": _redeliver}
