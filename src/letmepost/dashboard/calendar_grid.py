"""The days of a calendar as HTML: a month of them, or a week with its hours.

Written here and not in a template: a busy month has hundreds of parts, and a template engine takes
four times as long for each.
"""

from calendar import day_name, month_name
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape
from sqlalchemy import Row

from letmepost.dashboard.words import platform_icon
from letmepost.posts.calendar import FilledDay
from letmepost.posts.show import status_of

# Read once: the module asks the system for each of them anew.
DAYS: Final = tuple(day_name)
MONTHS: Final = tuple(month_name)
HOURS: Final = [f"{hour:02}" for hour in range(24)]
# What "compose on this day" proposes, where that is ahead.
MORNING: Final = time(9)
_HOUR: Final = timedelta(hours=1)
# As much of a text as names a post to somebody who hears it.
_NAMED_BY_CHARACTERS: Final = 40

Filled = FilledDay[Row[*tuple[Any, ...]]]
Post = Row[*tuple[Any, ...]]


@lru_cache(maxsize=4096)
def _html(words: str) -> str:
    """Words as HTML: a month is full of the same few names, and is looked at again and again."""
    return str(escape(words))


@dataclass(frozen=True)
class Grid:
    """What the days of a page share. `action` is where a form that moves a post is sent.

    `zone` is the one in which they are days, and `zone_query` names it in an address. With
    `may_write`, posts can be moved and composed; `token` is the hidden field of every form then.
    """

    base: str
    action: str
    zone: ZoneInfo
    zone_query: str
    token: str
    now: datetime
    may_write: bool

    def month(self, days: Sequence[Filled], month: int) -> Markup:
        """The items of a list of days; those of another month stand outside."""
        return self._joined(self._month_day(each, month) for each in days)

    def week(self, days: Sequence[Filled]) -> Markup:
        """The items of a list of days, each with its hours."""
        return self._joined(self._week_day(number, each) for number, each in enumerate(days, 1))

    @staticmethod
    def _joined(parts: Any) -> Markup:  # noqa: ANN401 - an iterator of strings
        return Markup("".join(parts))  # noqa: S704 - each part escapes what others wrote

    def _month_day(self, filled: Filled, month: int) -> str:
        day, posts = filled.day.date, filled.publications
        outside = " outside" if day.month != month else ""
        name = (
            f'<span class="unseen-wide">{DAYS[day.weekday()]}, </span>{day.day}'
            f'<span class="unseen-wide"> {MONTHS[day.month]}</span>'
        )
        cards = "".join([self._card(each, each.at.astimezone(self.zone)) for each in posts])
        written = day.isoformat()
        return (
            f'<li class="day{self._classes(day, posts)}{outside}" data-day="{written}">'
            f'<div class="day-top">{self._head(written, day, name)}{self._compose_on(day)}</div>'
            f'<ol class="events">{cards}</ol>{self._all_of(filled)}</li>'
        )

    def _week_day(self, number: int, filled: Filled) -> str:
        day, posts = filled.day.date, filled.publications
        name = (
            f"{DAYS[day.weekday()][:3]} {day.day}"
            f'<span class="unseen-wide"> {MONTHS[day.month]}</span>'
        )
        # Posts of an hour that comes twice stand together.
        by_hour: dict[int, list[str]] = {}
        for each in posts:
            at = each.at.astimezone(self.zone)
            by_hour.setdefault(at.hour, []).append(self._card(each, at))
        written = day.isoformat()
        hours = "".join(
            [self._hour(written, day, hour, by_hour.get(hour, ())) for hour in range(len(HOURS))]
        )
        return (
            f'<li class="day in-week d-{number}{self._classes(day, posts)}">'
            f'<div class="day-top">{self._head(written, day, name)}{self._compose_on(day)}'
            f'{self._all_of(filled)}</div><ol class="hours">{hours}</ol></li>'
        )

    def _hour(self, written: str, day: date, hour: int, cards: Sequence[str]) -> str:
        digits, add = HOURS[hour], ""
        if self.may_write and day >= self.now.date():
            at = datetime.combine(day, time(hour))
            if at > self.now.replace(tzinfo=None):
                # The one at the head of the day is for those who do not see the hours.
                hidden = ' tabindex="-1" aria-hidden="true"'
                add = self._compose(at, f"Compose at {digits}:00", hidden)
        events = f'<ol class="events">{"".join(cards)}</ol>' if cards else ""
        bare = "" if cards else " bare"
        return (
            f'<li class="hour h-{hour}{bare}" data-day="{written}" data-hour="{digits}">'
            f'<span class="clock" aria-hidden="true">{digits}:00</span>{add}{events}</li>'
        )

    def _classes(self, day: date, posts: Sequence[Post]) -> str:
        today = self.now.date()
        when = " today" if day == today else " over" if day < today else ""
        return when if posts else f"{when} bare"

    def _head(self, written: str, day: date, name: str) -> str:
        today = '<span class="unseen"> today</span>' if day == self.now.date() else ""
        return (
            f'<h2 class="day-name"><time datetime="{written}" data-local>{name}</time>{today}</h2>'
        )

    def _all_of(self, filled: Filled) -> str:
        if not filled.more:
            return ""
        day = filled.day.date
        written = day.isoformat()
        return (
            f'<a class="more" href="{self.base}/posts?from={written}&amp;to={written}&amp;'
            f'{self.zone_query}">All of this day'
            f'<span class="unseen">: {day.day} {MONTHS[day.month]}</span></a>'
        )

    def _compose_on(self, day: date) -> str:
        """A link that composes in the morning, or at the next full hour of a day not over."""
        if not self.may_write or day < self.now.date():
            return ""
        at, local = datetime.combine(day, MORNING), self.now.replace(tzinfo=None)
        if at <= local:
            at = local.replace(minute=0, second=0, microsecond=0) + _HOUR
        if at.date() != day:
            return ""
        return self._compose(at, f"Compose for {day.day} {MONTHS[day.month]}")

    def _compose(self, at: datetime, label: str, more: str = "") -> str:
        asked = f"at={at:%Y-%m-%dT%H%%3A%M}&amp;{self.zone_query}"
        return (
            f'<a class="add" href="{self.base}/compose?{asked}" title="{label}"{more}>'
            f'<span aria-hidden="true">+</span><span class="unseen">{label}</span></a>'
        )

    def _card(self, post: Post, at: datetime) -> str:
        status, text = status_of(post.state), _html(post.text)
        is_queued = status == "queued"
        # A state that is the usual one on these days is not shown, only told.
        seen = "unseen" if is_queued else "state"
        clock = f"{HOURS[at.hour]}:{at.minute:02}"
        link = (
            f'<a href="{self.base}/posts/{post.id}" draggable="false" '
            f'title="{_html(post.account_name)}: {text}"><span class="event-top">'
            f"{platform_icon(self.base, post.platform, 20)}"
            f"<time data-local>{clock}</time> "
            f'<span class="{seen}">{status}</span></span>'
            f'<span class="clip">{text or "Without text"}</span></a>'
        )
        if is_queued and self.may_write:
            return (
                f'<li class="event is-queued" draggable="true" data-at="{clock}">{link}'
                f"{self._move(post, at)}</li>"
            )
        return f'<li class="event is-{status}">{link}</li>'

    def _move(self, post: Post, at: datetime) -> str:
        """The form that gives a post another time; dragging it fills it in."""
        named = escape(post.text[:_NAMED_BY_CHARACTERS] or "the post")
        field = f"at-{post.id}"
        return (
            '<details class="move" name="move"><summary>Move<span class="unseen"> '
            f"{named} of {_html(post.account_name)}</span></summary>"
            f'<form method="post" action="{self.action}">{self.token}'
            '<input type="hidden" name="do" value="move">'
            f'<input type="hidden" name="id" value="{post.id}">'
            f'<input type="hidden" name="zone" value="{_html(self.zone.key)}">'
            f'<label for="{field}">New date and time</label>'
            f'<input id="{field}" name="at" type="datetime-local" '
            f'value="{at:%Y-%m-%dT%H:%M}" required>'
            '<button class="button small" type="submit">Move the post</button></form></details>'
        )
