"""Times in words: `tomorrow 9:00`, `in 2 hours`, `2027-01-31T09:00:00Z`, in the user's zone."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from letmepost.cli.client.screen import note
from letmepost.cli.client.stop import Stop

_EXAMPLES: Final = (
    'Write it as "tomorrow 9:00", "friday 14:30", "in 2 hours" or 2027-01-31T09:00; '
    "2027-01-31T09:00Z or +02:00 at its end is another zone than yours."
)
_CLOCK: Final = r"(?:\d{1,2}:\d{2}(?: ?[ap]\.?m\.?)?|\d{1,2} ?[ap]\.?m\.?|noon|midnight)"
_TIME_OF_DAY: Final = re.compile(rf"(?:at )?{_CLOCK}(?: [A-Za-z]{{2,5}})?", re.IGNORECASE)
_NEXT_SLOT: Final = ("next-slot", "next slot")
_HOURS: Final = re.compile(r"(\d+):(\d+)")
_WEEKDAY: Final = re.compile(r"\b(mon|tue|wed|thu|fri|sat|sun)[a-z]*\b", re.IGNORECASE)
_BARE_HOUR: Final = re.compile(r"\bat (\d{1,2})(?![\d:]| ?[ap]\.?m)", re.IGNORECASE)
_NUMBER_AT_END: Final = re.compile(r"^(.*\D) \d{1,2}$")


@dataclass(frozen=True, slots=True)
class _Way:
    """Where in time words look: the days that a time alone may be of, the nearest first."""

    ahead: bool
    prefers: Literal["future", "past"]
    days: tuple[str, str]


_AHEAD: Final = _Way(ahead=True, prefers="future", days=("today", "tomorrow"))
_BEHIND: Final = _Way(ahead=False, prefers="past", days=("today", "yesterday"))


def local_zone() -> ZoneInfo:
    """The time zone of this machine; raise `Stop` where its settings contradict each other."""
    from tzlocal import get_localzone  # noqa: PLC0415 - loaded when it runs

    try:
        return get_localzone()
    except (LookupError, ValueError, OSError) as error:
        raise Stop(
            f"The time zone of this machine is not known: {str(error).splitlines()[0]}",
            "Set TZ, such as TZ=Europe/Berlin.",
        ) from None


def moment_of(words: str, now: datetime, zone: ZoneInfo) -> datetime:
    """The moment ahead that words mean, with its zone; raise `Stop` for any other."""
    at = _read(words, now, zone, _AHEAD)
    if at <= now:
        raise Stop(
            f'"{words}" is {spelled(at)}, which has passed.',
            "Give a later time, or leave it out to publish now.",
        )
    return at


def scheduled_of(words: str, now: datetime, zone: ZoneInfo) -> str:
    """When a post goes out, as the API takes it: a moment ahead, or the next slot of its queue."""
    if words.strip().lower() in _NEXT_SLOT:
        note("Scheduled for the next free queue slot.")
        return "next-slot"
    at = moment_of(words, now, zone)
    note(f"Scheduled for {spelled(at)}.")
    return wire(at)


def past_moment_of(words: str, now: datetime, zone: ZoneInfo) -> datetime:
    """The moment behind us that words mean, with its zone; raise `Stop` for any other."""
    at = _read(words, now, zone, _BEHIND)
    if at >= now:
        raise Stop(f'"{words}" is {spelled(at)}, which is still to come.', "Give a past time.")
    return at


def _read(words: str, now: datetime, zone: ZoneInfo, way: _Way) -> datetime:
    words = " ".join(words.split())
    base = now.astimezone(zone).replace(tzinfo=None)
    try:
        found: datetime | None = datetime.fromisoformat(words)
        if re.fullmatch(r"[\d-]+", words):
            found = None
    except ValueError:
        found = _in_words(words, base, now, way)
    if found is None:
        raise Stop(f'"{words}" is not a time that can be read.', _EXAMPLES)
    at = found if found.tzinfo else found.replace(tzinfo=zone)
    if found.tzinfo is None and _skipped(at, zone):
        raise Stop(
            f"{_day_and_hour(at)} does not exist in {zone.key}: the clocks go forward then.",
            "Give another time.",
        )
    return at


def spelled(at: datetime) -> str:
    """A moment with its zone, as it is echoed before it is sent."""
    name = at.tzinfo.key if isinstance(at.tzinfo, ZoneInfo) else ""
    offset = at.isoformat()[-6:] if at.utcoffset() else ""
    shown = f"{name} (UTC{offset})" if name and name != "UTC" else f"UTC{offset}"
    return f"{_day_and_hour(at)} {shown}"


def _day_and_hour(at: datetime) -> str:
    return f"{at:%A} {at.day} {at:%B %Y, %H:%M}"


def wire(at: datetime) -> str:
    """A moment as the API takes it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _skipped(at: datetime, zone: ZoneInfo) -> bool:
    there = at.astimezone(UTC).astimezone(zone)
    return there.replace(tzinfo=None) != at.replace(tzinfo=None)


def _in_words(words: str, base: datetime, now: datetime, way: _Way) -> datetime | None:
    words = _BARE_HOUR.sub(r"at \1:00", words)
    if any(int(hour) > 23 or int(minute) > 59 for hour, minute in _HOURS.findall(words)):  # noqa: PLR2004 - the clock's
        # The library would pass over what is no time of day.
        return None
    if _TIME_OF_DAY.fullmatch(words):
        # The library loses the day of a time alone on the last day of a month.
        for day in way.days:
            found = _parsed(f"{day} {words}", base, way)
            if found is None or (found > (now if found.tzinfo else base)) == way.ahead:
                return found
    found = _parsed(words, base, way, weekday=_WEEKDAY.search(words) is not None)
    if (number := _NUMBER_AT_END.match(words)) and found == _parsed(number[1], base, way):
        # The number was passed over, and it was meant to be an hour.
        return None
    return found


def _parsed(words: str, base: datetime, way: _Way, *, weekday: bool = True) -> datetime | None:
    import dateparser  # noqa: PLC0415 - loaded when it runs

    settings: dict[str, Any] = {"RELATIVE_BASE": base, "PREFER_DATES_FROM": way.prefers}
    if not weekday:
        # Else "december" and "2027" would be today's day of them.
        settings["REQUIRE_PARTS"] = ["day"]
    found: datetime | None = dateparser.parse(words, languages=["en"], settings=settings)
    return found
