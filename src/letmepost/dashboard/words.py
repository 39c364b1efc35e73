"""How values read on a page."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any, Final
from zoneinfo import available_timezones

from markupsafe import Markup, escape

from letmepost.look import files as look
from letmepost.platforms import platforms

_THOUSAND: Final = 1000
_UNITS: Final = ("B", "kB", "MB", "GB", "TB")


def time(at: datetime | str | None, empty: str = "never") -> Markup:
    """A moment as `<time>`; the page's script puts it into the reader's own time zone."""
    if at is None:
        return escape(empty)
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    shown = f"{moment:%Y-%m-%d %H:%M} UTC"
    # A list has many of these, and no sign in them needs escaping.
    return Markup(f'<time datetime="{moment.isoformat()}" title="{shown}">{shown}</time>')  # noqa: S704


def size(size_bytes: int) -> str:
    """A size in decimal units, as platforms state their limits."""
    value = float(size_bytes)
    for unit in _UNITS:
        if value < _THOUSAND or unit == _UNITS[-1]:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= _THOUSAND
    raise AssertionError


def pretty(document: Any) -> str:  # noqa: ANN401 - JSON
    """JSON as people read it; a text as it is."""
    if isinstance(document, str):
        return document
    return json.dumps(document, ensure_ascii=False, indent=2)


def title(platform_name: str) -> str:
    """What a platform calls itself."""
    platform = platforms().get(platform_name)
    return platform.title if platform else platform_name


@cache
def platform_icon(base: str, platform_name: str, size: int) -> Markup:
    """The icon of a platform, or its first letter; made once, as lists have many of them."""
    if look.icon(platform_name) is None:
        letter = title(platform_name)[0]
        return Markup('<span class="icon letter" aria-hidden="true">{}</span>').format(letter)
    return Markup(
        '<img class="icon" src="{}/icons/{}.svg" alt="" width="{size}" height="{size}">'
    ).format(base, platform_name, size=size)


def marked(text: str) -> Markup:
    """A text with its `code` set as code."""
    parts = str(text).split("`")
    shown = [
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part)
        for number, part in enumerate(parts)
    ]
    return Markup().join(shown) if len(parts) % 2 else escape(text)


def count(number: int, one: str, several: str | None = None) -> str:
    """A number with its noun."""
    return f"{number} {one if number == 1 else several or f'{one}s'}"


def milliseconds(duration_ms: float) -> str:
    """How long something took."""
    if duration_ms >= _THOUSAND:
        return f"{duration_ms / _THOUSAND:.1f} s"
    return f"{duration_ms:.0f} ms" if duration_ms >= 1 else "under 1 ms"


def words(name: str) -> str:
    """A name of the API in words: `defaultBoardId` is "default board id"."""
    return "".join(f" {each.lower()}" if each.isupper() else each for each in name)


def browser(user_agent: str) -> str:
    """The browser and the system that a `User-Agent` names, as far as it is one of the usual."""
    # The order counts: most name the browsers that they want to be taken for, too.
    browsers = {
        "Edg/": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome",
        "Safari/": "Safari",
    }  # fmt: skip
    systems = {
        "Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows",
        "Macintosh": "Mac", "Linux": "Linux",
    }  # fmt: skip
    named = next((name for mark, name in browsers.items() if mark in user_agent), None)
    system = next((name for mark, name in systems.items() if mark in user_agent), None)
    if named is None:
        return user_agent or "Unknown browser"
    return f"{named} on {system}" if system else named


@cache
def zone_options() -> Markup:
    """The choices of a field for a time zone; they are read from the disk once."""
    zones = sorted(available_timezones())
    return Markup().join(Markup('<option value="{}"></option>').format(each) for each in zones)


FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "time": time,
    "size": size,
    "pretty": pretty,
    "title_of": title,
    "count_of": count,
    "browser": browser,
    "marked": marked,
    "milliseconds": milliseconds,
    "words": words,
}
