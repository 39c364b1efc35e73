"""The calendar: a month or a week of posts, each of which can be moved while its time is ahead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Literal
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from starlette.responses import Response

from letmepost.dashboard.visit import Acts, Visit
from letmepost.dashboard.zone import day_of, moment, remember_zone, zone_of
from letmepost.posts.calendar import COUNTED_MAX
from letmepost.tenancy.keys import Scope

View = Literal["month", "week"]
WEEK: Final = timedelta(days=7)
OF_A_MONTH: Final = "4"
OF_A_WEEK: Final = "24"
HOURS: Final = range(24)
# What "compose on this day" proposes, where that is ahead.
MORNING: Final = time(9)


@dataclass(frozen=True)
class Card:
    """A post on its day: `at` is its time there, as a field of a form holds it."""

    post: Mapping[str, Any]
    at: datetime

    @property
    def can_move(self) -> bool:
        """Whether it still waits for its time."""
        return bool(self.post["status"] == "queued")


@dataclass(frozen=True)
class ShownDay:
    """A day of the page. `compose_at` is None where all of it is over."""

    date: date
    cards: Sequence[Card]
    more: int
    is_today: bool
    is_over: bool
    is_outside: bool
    compose_at: str | None

    def at_hour(self, hour: int) -> Sequence[Card]:
        """The posts of one hour; of one that comes twice, of both."""
        return [each for each in self.cards if each.at.hour == hour]

    def compose_in(self, hour: int, now: datetime) -> str | None:
        """The time that composing in an hour proposes; None where it is over."""
        at = datetime.combine(self.date, time(hour))
        return at.isoformat(timespec="minutes") if at > now.replace(tzinfo=None) else None


async def show(visit: Visit) -> Response:
    """The page."""
    zone = zone_of(visit)
    now = visit.dashboard.clock.now().astimezone(zone)
    view: View = "week" if visit.query.get("view") == "week" else "month"
    day = day_of(visit.query.get("day", "")) or now.date()
    first, count = _week(day) if view == "week" else _month(day)
    asked = [
        ("first", first.isoformat()),
        ("days", str(count)),
        ("zone", zone.key),
        ("perDay", OF_A_WEEK if view == "week" else OF_A_MONTH),
    ]
    found = await visit.get("/v1/calendar", [*visit.of_profile, *asked])
    days = [_shown(each, day if view == "month" else None, zone, now) for each in found["days"]]

    def address(**changed: str) -> str:
        kept = {"view": view, "day": day.isoformat(), "zone": zone.key}
        return f"{visit.dashboard.path}/dashboard/calendar?{urlencode({**kept, **changed})}"

    response = await visit.page(
        "calendar.html",
        view=view,
        day=day,
        days=days,
        hours=HOURS,
        counted=COUNTED_MAX,
        now=now,
        zone=zone.key,
        address=address,
        before=_other(day, view, -1).isoformat(),
        after=_other(day, view, 1).isoformat(),
        is_empty=not any(each.cards for each in days),
    )
    remember_zone(visit, response)
    return response


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


def _shown(
    told: Mapping[str, Any], of_month: date | None, zone: ZoneInfo, now: datetime
) -> ShownDay:
    day = date.fromisoformat(told["date"])
    cards = [
        Card(
            each, datetime.fromisoformat(each["scheduledAt"] or each["createdAt"]).astimezone(zone)
        )
        for each in told["posts"]
    ]
    return ShownDay(
        date=day,
        cards=cards,
        more=told["more"],
        is_today=day == now.date(),
        is_over=day < now.date(),
        is_outside=of_month is not None and day.month != of_month.month,
        compose_at=_proposed(day, now),
    )


def _proposed(day: date, now: datetime) -> str | None:
    """In the morning, or at the next full hour; None where the day is over."""
    if day < now.date():
        return None
    at = datetime.combine(day, MORNING)
    local = now.replace(tzinfo=None)
    if at <= local:
        at = local.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return at.isoformat(timespec="minutes") if at.date() == day else None
