"""The misbehaviour that a test asks a simulator for: declared, checked and handed out in order."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from letmepost.platform_kit.simulator_instructions import InvalidInstructionError, whole_number

ENDINGS: Final = frozenset({"status", "cut_before_commit", "cut_after_commit", "malformed", "html"})
"""How a request may end other than by the platform's own answer."""

ANSWERED_BY_ANY_SERVER: Final = ENDINGS | {"slow"}
ANSWERED_BY_THE_PLATFORM: Final = frozenset(
    {"expired_token", "revoked_token", "container_stuck", "container_error", "hide_history"}
)

_FIELDS: Final[Mapping[str, frozenset[str]]] = {
    "slow": frozenset({"seconds"}),
    "status": frozenset({"status", "body", "headers"}),
    "container_error": frozenset({"message"}),
}
_FIELDS_OF_ALL: Final = frozenset({"platform", "fault", "route", "times", "every"})
_LONGEST_SECONDS: Final = 3600


@dataclass
class Fault:
    """One misbehaviour that was asked for, and how often it is still to happen.

    `route` is a part of the path with its query. Of the requests that fit, one in `every` is hit:
    a network that loses a share of its connections.
    """

    platform: str
    fault: str
    route: str | None = None
    times: int = 1
    every: int = 1
    fitting: int = 0
    fired: int = 0
    seconds: float = 0.0
    status: int = 500
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    message: str | None = None

    def described(self) -> dict[str, object]:
        """Write the fault as `GET /_simulator/faults` shows it."""
        shown: dict[str, object] = {
            "platform": self.platform,
            "fault": self.fault,
            "route": self.route,
            "times": self.times,
            "every": self.every,
            "fired": self.fired,
        }
        own = _FIELDS.get(self.fault, frozenset())
        return shown | {name: getattr(self, name) for name in sorted(own)}


class Faults:
    """The faults one platform was asked for, oldest first; one that fired `times` times is over."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Let a fault happen, after those asked for before it."""
        self._faults.append(fault)

    def clear(self) -> None:
        """Forget every fault."""
        self._faults.clear()

    def all(self) -> list[Fault]:
        """List the faults asked for since the last reset, those that are over included."""
        return list(self._faults)

    def take(self, path: str, *names: str, only_by_route: bool = False) -> Fault | None:
        """Use up one firing of the oldest fault of these names that fits a path, or answer None.

        A fault whose turn it is not lets the request pass on to the faults after it. With
        `only_by_route`, a fault fits only if it names a route.
        """
        for fault in self._faults:
            if (
                fault.fault in names
                and fault.fired < fault.times
                and (fault.route in path if fault.route is not None else not only_by_route)
            ):
                fault.fitting += 1
                if fault.fitting % fault.every == 0:
                    fault.fired += 1
                    return fault
        return None


def read_fault(body: Mapping[str, object], known: Mapping[str, Collection[str]]) -> Fault:
    """Check the body of `POST /_simulator/faults`; `known` maps a platform to the faults it plays.

    Raises:
        InvalidInstructionError: naming what is wrong and what is accepted.
    """
    platform = body.get("platform")
    if not isinstance(platform, str) or platform not in known:
        raise InvalidInstructionError(
            f"platform must be one of {_listed(known)}, not {platform!r}."
        )
    name = body.get("fault")
    if not isinstance(name, str) or name not in known[platform]:
        raise InvalidInstructionError(
            f"fault on {platform} must be one of {_listed(known[platform])}, not {name!r}."
        )
    accepted = _FIELDS_OF_ALL | _FIELDS.get(name, frozenset())
    if unknown := body.keys() - accepted:
        raise InvalidInstructionError(
            f"fault {name} takes the fields {_listed(accepted)}, not {_listed(unknown)}."
        )
    fault = Fault(
        platform,
        name,
        route=_optional_text(body, "route"),
        times=whole_number(body, "times", 1, at_least=1),
        every=whole_number(body, "every", 1, at_least=1),
        message=_optional_text(body, "message"),
    )
    if name == "slow":
        fault.seconds = _seconds(body)
    if name == "status":
        fault.status = whole_number(body, "status", at_least=200, at_most=599)
        fault.body = body.get("body")
        fault.headers = _headers(body)
    return fault


def _listed(names: Iterable[object]) -> str:
    return ", ".join(sorted(str(name) for name in names))


def _optional_text(body: Mapping[str, object], name: str) -> str | None:
    value = body.get(name)
    if value is None or isinstance(value, str):
        return value
    raise InvalidInstructionError(f"{name} must be a string, not {value!r}.")


def _seconds(body: Mapping[str, object]) -> float:
    value = body.get("seconds")
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise InvalidInstructionError(f"seconds must be a number, not {value!r}.")
    if not 0 <= value <= _LONGEST_SECONDS:
        raise InvalidInstructionError(f"seconds must be from 0 to {_LONGEST_SECONDS}, not {value}.")
    return float(value)


def _headers(body: Mapping[str, object]) -> dict[str, str]:
    headers = body.get("headers", {})
    if not isinstance(headers, dict):
        raise InvalidInstructionError(f"headers must be an object, not {headers!r}.")
    for name, value in headers.items():
        # A number is how people write Retry-After.
        if not isinstance(value, str | int) or isinstance(value, bool):
            raise InvalidInstructionError(f"header {name} must be a string, not {value!r}.")
    written = {name: str(value) for name, value in headers.items()}
    try:
        "".join([*written, *written.values()]).encode("latin-1")
    except UnicodeEncodeError:
        raise InvalidInstructionError("headers must be Latin-1 text.") from None
    return written
