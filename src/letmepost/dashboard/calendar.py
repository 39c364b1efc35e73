"""The calendar: a month or a week of posts, each of which can be moved while its time is ahead."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final, Literal
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from markupsafe import escape
from starlette.responses import Response

from letmepost.dashboard.calendar_grid import DAYS, Filled, Grid
from letmepost.dashboard.forms import token_field
from letmepost.dashboard.visit import Acts, Visit
from letmepost.dashboard.zone import day_of, moment, remember_zone, zone_of
from letmepost.posts.brief import in_brief
from letmepost.posts.calendar import Day, days_of, read_days
from letmepost.tenancy.keys import Scope
from letmepost.tenancy.rest import RestRequest

View = Literal["month", "week"]
WEEK: Final = timedelta(days=7)
# As many as the height of a day has room for.
OF_A_MONTH: Final = 2
OF_A_WEEK: Final = 24


async def show(visit: Visit) -> Response:
    """The page."""
    zone = zone_of(visit)
    now = visit.dashboard.clock.now().astimezone(zone)
    view: View = "week" if visit.query.get("view") == "week" else "month"
    day = day_of(visit.query.get("day", "")) or now.date()
    first, count = _week(day) if view == "week" else _month(day)
    per_day = OF_A_WEEK if view == "week" else OF_A_MONTH
    filled = await _read(visit, days_of(first, count, zone), zone, per_day)
    base = f"{visit.dashboard.path}/dashboard"
    asked = {"view": view, "day": day.isoformat(), "zone": zone.key}

    def address(**changed: str) -> str:
        return f"{base}/calendar?{urlencode({**asked, **changed})}"

    grid = Grid(
        base=base,
        action=str(escape(address())),
        zone=zone,
        zone_query=urlencode({"zone": zone.key}),
        token=token_field(visit.form_token),
        now=now,
        may_write=visit.may(Scope.POSTS_WRITE),
    )
    response = await visit.page(
        "calendar.html",
        view=view,
        day=day,
        first=first,
        last=filled[-1].day.date,
        grid=grid.week(filled) if view == "week" else grid.month(filled, day.month),
        weekdays=[each[:3] for each in DAYS],
        now=now,
        zone=zone.key,
        address=address,
        before=_other(day, view, -1).isoformat(),
        after=_other(day, view, 1).isoformat(),
        is_empty=not any(each.publications for each in filled),
    )
    remember_zone(visit, response)
    return response


async def _read(
    visit: Visit, days: Sequence[Day], zone: ZoneInfo, per_day: int
) -> Sequence[Filled]:
    """What a program asks `/v1/calendar` for, in brief: a month has some two hundred posts."""
    asked = [
        ("first", days[0].date.isoformat()),
        ("days", str(len(days))),
        ("zone", zone.key),
        ("perDay", str(per_day)),
    ]
    visit.tell(RestRequest(path="/v1/calendar", query=[*visit.of_profile, *asked]))
    caller, profile_id = visit.member.caller, visit.session.profile_id
    return await visit.dashboard.database.read(
        lambda connection: read_days(
            connection,
            caller,
            days,
            in_brief,
            profile_id=profile_id,
            shown=per_day,
            # Only whether there are any: the link leads to where they stand.
            counted=1,
        )
    )


async def change(visit: Visit) -> Response:
    """Move a post, by dragging it or by its form: both send the same."""
    visit.member.caller.need(Scope.POSTS_WRITE)
    await visit.perform(_ACTS)
    return await show(visit)


async def _move(visit: Visit) -> None:
    form = visit.form
    zone = form.get("zone") or "UTC"
    at = moment(form.get("at"), zone)
    path = f"/v1/posts/{quote(form.get('id'), safe='')}"
    moved = await visit.do("PATCH", path, {"scheduledAt": at})
    local = datetime.fromisoformat(moved["scheduledAt"]).astimezone(ZoneInfo(zone))
    visit.notice = (
        f"The post goes out on {_spoken(local.date())} at {local:%H:%M} ({local.tzname()})."
    )


_ACTS: Acts = {"move": _move}


def _spoken(day: date) -> str:
    return f"{day:%A}, {day.day} {day:%B %Y}"


def _week(day: date) -> tuple[date, int]:
    """The week of a day, from its Monday on."""
    return day - timedelta(days=day.weekday()), WEEK.days


def _month(day: date) -> tuple[date, int]:
    """The weeks of a month, from the Monday of the first one on."""
    begin = day.replace(day=1)
    first, _ = _week(begin)
    end = _other(day, "month", 1)
    return first, -(-(end - first).days // WEEK.days) * WEEK.days


def _other(day: date, view: View, step: int) -> date:
    """The same place in the week, or the first day of the month, one further or one back."""
    if view == "week":
        return day + WEEK * step
    months = day.year * 12 + day.month - 1 + step
    return date(months // 12, months % 12 + 1, 1)
