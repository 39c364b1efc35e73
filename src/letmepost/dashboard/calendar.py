"""The calendar: a month or a week of posts, each of which can be moved while its time is ahead."""

from calendar import day_name, month_name
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property, lru_cache
from typing import Any, Final, Literal, NamedTuple
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape
from sqlalchemy import Row
from starlette.responses import Response

from letmepost.dashboard.visit import Acts, Visit
from letmepost.dashboard.words import platform_icon
from letmepost.dashboard.zone import day_of, moment, remember_zone, zone_of
from letmepost.posts.brief import in_brief
from letmepost.posts.calendar import Day, FilledDay, days_of, read_days
from letmepost.posts.show import status_of
from letmepost.tenancy.keys import Scope
from letmepost.tenancy.rest import RestRequest

View = Literal["month", "week"]
WEEK: Final = timedelta(days=7)
OF_A_MONTH: Final = 3
OF_A_WEEK: Final = 24
HOURS: Final = [(hour, f"{hour:02}") for hour in range(24)]
# What "compose on this day" proposes, where that is ahead.
MORNING: Final = time(9)


class Card(NamedTuple):
    """A post on its day: `at` is its time there, as a field of a form holds it."""

    post: Row[Any]
    at: datetime
    link: Markup
    # Whether it still waits for its time.
    can_move: bool
    # The whole card, where it cannot be moved.
    item: Markup


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

    @property
    def weekday(self) -> str:
        """Its name, by which readers who do not see the columns know it."""
        return day_name[self.date.weekday()]

    @property
    def month(self) -> str:
        """The name of its month."""
        return month_name[self.date.month]

    @cached_property
    def by_hour(self) -> Mapping[int, Sequence[Card]]:
        """Its posts by the hour; those of one that comes twice stand together."""
        found: dict[int, list[Card]] = {}
        for each in self.cards:
            found.setdefault(each.at.hour, []).append(each)
        return found

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
    per_day = OF_A_WEEK if view == "week" else OF_A_MONTH
    filled = await _read(visit, days_of(first, count, zone), zone, per_day)
    base = f"{visit.dashboard.path}/dashboard"
    days = [_shown(each, day if view == "month" else None, zone, now, base) for each in filled]

    def address(**changed: str) -> str:
        kept = {"view": view, "day": day.isoformat(), "zone": zone.key}
        return f"{base}/calendar?{urlencode({**kept, **changed})}"

    response = await visit.page(
        "calendar.html",
        view=view,
        day=day,
        days=days,
        hours=HOURS,
        may_write=visit.may(Scope.POSTS_WRITE),
        now=now,
        zone=zone.key,
        of_zone=urlencode({"zone": zone.key}),
        address=address,
        before=_other(day, view, -1).isoformat(),
        after=_other(day, view, 1).isoformat(),
        is_empty=not any(each.cards for each in days),
    )
    remember_zone(visit, response)
    return response


async def _read(
    visit: Visit, days: Sequence[Day], zone: ZoneInfo, per_day: int
) -> Sequence[FilledDay[Row[Any]]]:
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


def _shown(
    filled: FilledDay[Row[Any]], of_month: date | None, zone: ZoneInfo, now: datetime, base: str
) -> ShownDay:
    day = filled.day.date
    return ShownDay(
        date=day,
        cards=[_card(each, each.at.astimezone(zone), base) for each in filled.publications],
        more=filled.more,
        is_today=day == now.date(),
        is_over=day < now.date(),
        is_outside=of_month is not None and day.month != of_month.month,
        compose_at=_proposed(day, now),
    )


def _card(post: Row[Any], at: datetime, base: str) -> Card:
    """A card with its link, which is written here: a template takes four times as long for it."""
    status, text = status_of(post.state), escape(post.text)
    # A state that is the usual one on these days is not shown, only told.
    unseen = "unseen" if status == "queued" else "state"
    link = (
        f'<a href="{base}/posts/{post.id}" draggable="false" '
        f'title="{_name(post.account_name)}: {text}"><span class="event-top">'
        f'{platform_icon(base, post.platform, 20)}<time datetime="{at.isoformat()}" data-local>'
        f'{at.hour:02}:{at.minute:02}</time> <span class="{unseen}">{status}</span></span>'
        f'<span class="clip">{text or "Without text"}</span></a>'
    )
    item = f'<li class="event is-{status}">{link}</li>'
    return Card(post, at, Markup(link), status == "queued", Markup(item))  # noqa: S704 - what others wrote is escaped


@lru_cache(maxsize=1024)
def _name(account_name: str) -> str:
    """An account's name as HTML: a month is full of the same few."""
    return str(escape(account_name))


def _proposed(day: date, now: datetime) -> str | None:
    """In the morning, or at the next full hour; None where the day is over."""
    if day < now.date():
        return None
    at = datetime.combine(day, MORNING)
    local = now.replace(tzinfo=None)
    if at <= local:
        at = local.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return at.isoformat(timespec="minutes") if at.date() == day else None
