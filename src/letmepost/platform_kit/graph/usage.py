"""How much of its calls an app or an account has used, as the headers of an answer tell it.

Source: https://developers.facebook.com/docs/graph-api/overview/rate-limiting.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

APP_USAGE: Final = "X-App-Usage"
BUSINESS_USAGE: Final = "X-Business-Use-Case-Usage"
SLOW_AT_PERCENT: Final = 95.0
# The window rolls over an hour, so that some of it is free again after a part of that.
SLOW_SECONDS: Final = 600.0
SLOW_SECONDS_MAX: Final = 86_400.0
_PERCENTAGES: Final = ("call_count", "total_time", "total_cputime")


@dataclass(frozen=True, slots=True)
class Usage:
    """The highest percent of any window, and how long the platform blocks calls already."""

    percent: float = 0.0
    regain_minutes: float = 0.0

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Self:
        """What headers tell; a header that cannot be read tells nothing."""
        entries = [*_app_entries(headers), *_business_entries(headers)]
        return cls(
            percent=max(
                (_number(each, name) for each in entries for name in _PERCENTAGES), default=0.0
            ),
            regain_minutes=max(
                (_number(each, "estimated_time_to_regain_access") for each in entries), default=0.0
            ),
        )

    @property
    def slow_for_seconds(self) -> float:
        """How long to send nothing; 0 where there is room."""
        if self.regain_minutes > 0:
            return min(self.regain_minutes * 60, SLOW_SECONDS_MAX)
        return SLOW_SECONDS if self.percent >= SLOW_AT_PERCENT else 0.0


def _read(headers: Mapping[str, str], name: str) -> Mapping[str, Any]:
    try:
        value = json.loads(headers.get(name, "{}"))
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _app_entries(headers: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    yield _read(headers, APP_USAGE)


def _business_entries(headers: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    for entries in _read(headers, BUSINESS_USAGE).values():
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict):
                yield entry


def _number(entry: Mapping[str, Any], name: str) -> float:
    value = entry.get(name)
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if plain and math.isfinite(value) else 0.0  # type: ignore[arg-type]  # plain says so
