"""The list of posts, and the page of one with every attempt."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import Response

from letmepost.dashboard.compose_draft import ComposeDraft
from letmepost.dashboard.visit import Acts, CallFailedError, Visit
from letmepost.dashboard.zone import day_of, zone_of
from letmepost.kit.clock import wire_time
from letmepost.platforms import platforms
from letmepost.posts.calendar import days_of
from letmepost.preflight.resource_rules import OUTCOME_UNKNOWN

STATUSES: Final = (
    "draft",
    "queued",
    "publishing",
    "published",
    "failed",
    "rejected",
    "canceled",
    "deleted",
)
_RETRIED: Final = frozenset({"failed", "rejected", "canceled"})
_PAGE: Final = "25"
_FILTERS: Final = ("q", "status", "platform", "from", "to", "zone")
_OF_THE_PAGE: Final = frozenset({"from", "to", "zone"})


async def show_list(visit: Visit, failures: Sequence[tuple[str, Any]] = ()) -> Response:
    """The page; `failures` are posts that a bulk change did not reach, with the error of each."""
    given = [(name, each) for name, each in visit.request.query_params.multi_items() if each]
    filters = [(name, each) for name, each in given if name in _FILTERS]
    cursor = [(name, each) for name, each in given if name == "cursor"]
    told = [(name, each) for name, each in filters if name not in _OF_THE_PAGE]
    times = _times(visit)
    asked = [*visit.of_profile, *told, *times, *cursor, ("limit", _PAGE)]
    found = await visit.get("/v1/posts", asked)
    older = found["nextCursor"]
    return await visit.page(
        "posts.html",
        posts=found["data"],
        older=f"?{urlencode([*filters, ('cursor', older)])}" if older else None,
        newest=f"?{urlencode(filters)}" if cursor else None,
        asked=f"?{urlencode([*filters, *cursor])}" if filters or cursor else "",
        words=dict(filters).get("q", ""),
        chosen_statuses=[each for name, each in filters if name == "status"],
        chosen_platform=dict(filters).get("platform", ""),
        is_filtered=bool(told or times),
        first=visit.query.get("from", ""),
        last=visit.query.get("to", ""),
        zone=visit.query.get("zone", ""),
        statuses=STATUSES,
        platform_names=list(platforms()),
        failures=failures,
    )


def _times(visit: Visit) -> list[tuple[str, str]]:
    """The first and the last day of the filters as times, in the visitor's time zone."""
    zone = zone_of(visit)
    first, last = (day_of(visit.query.get(name, "")) for name in ("from", "to"))
    times = []
    if first is not None:
        times.append(("timeFrom", wire_time(days_of(first, 1, zone)[0].start)))
    if last is not None:
        times.append(("timeBefore", wire_time(days_of(last, 1, zone)[0].end)))
    return times


async def change_list(visit: Visit) -> Response:
    """Cancel or retry what was ticked, one after the other: each tells what came of it."""
    act, ids = visit.form.get("do"), visit.form.every("post")
    done, failures = 0, []
    for post_id in ids if act in ("cancel", "retry") else ():
        try:
            if act == "cancel":
                await visit.do("DELETE", f"/v1/posts/{post_id}")
            else:
                await visit.do("POST", f"/v1/posts/{post_id}/retry")
            done += 1
        except CallFailedError as failure:
            failures.append((post_id, failure.error))
    if not ids:
        visit.problem = {
            "message": "No post is ticked.",
            "remediation": "Tick the posts that you mean, and press the button again.",
        }
    elif done:
        words = "canceled" if act == "cancel" else "put back into the queue"
        visit.notice = f"{done} of {len(ids)} posts {'is' if done == 1 else 'are'} {words}."
    return await show_list(visit, failures)


async def show_one(visit: Visit) -> Response:
    """The page of one post."""
    post = await visit.get(f"/v1/posts/{visit.part('id')}")
    error = post["error"] or {}
    return await visit.page(
        "post.html",
        post=post,
        can_retry=post["status"] in _RETRIED,
        is_risky=error.get("rule") == OUTCOME_UNKNOWN.id,
        is_moving=_is_moving(post, visit.dashboard.clock.now()),
    )


def _is_moving(post: Mapping[str, Any], now: datetime) -> bool:
    """Whether something is about to happen to it, so that the page is worth asking for again."""
    if post["status"] == "queued":
        due = post["scheduledAt"]
        return due is None or datetime.fromisoformat(due) <= now
    return post["status"] == "publishing" or (post["deletion"] or {}).get("status") == "pending"


async def change_one(visit: Visit) -> Response:
    """Move, publish, cancel or remove it, try it again, or delete it where it is published."""
    await visit.perform(_ACTS)
    if visit.form.get("do") == "remove" and visit.problem is None:
        # It is not there any more.
        return visit.to("/posts?status=draft")
    return await show_one(visit)


async def _cancel(visit: Visit) -> None:
    await visit.do("DELETE", f"/v1/posts/{visit.part('id')}")
    visit.notice = "The post is canceled. It can be retried."


async def _retry(visit: Visit) -> None:
    body = {"acceptDuplicateRisk": True} if visit.form.get("risk") == "accepted" else None
    await visit.do("POST", f"/v1/posts/{visit.part('id')}/retry", body)
    visit.notice = "The post is in the queue again, and goes out in a moment."


async def _publish(visit: Visit) -> None:
    post = await visit.do("POST", f"/v1/posts/{visit.part('id')}/publish")
    visit.notice = f"The draft is {post['status']}."


async def _delete(visit: Visit) -> None:
    deleted = await visit.do(
        "DELETE", f"/v1/posts/{visit.part('id')}", query=[("upstream", "true")]
    )
    gone = deleted["status"] == "deleted"
    visit.notice = (
        "The platform has deleted the post."
        if gone
        else "The platform is asked to delete the post."
    )


async def _move(visit: Visit) -> None:
    await visit.do("PATCH", f"/v1/posts/{visit.part('id')}", ComposeDraft.of(visit.form).time())
    visit.notice = "The post goes out at the new time."


_ACTS: Acts = {
    "cancel": _cancel,
    "remove": _cancel,
    "publish": _publish,
    "retry": _retry,
    "delete": _delete,
    "move": _move,
}
