"""How many accounts of a simulated platform are put on stage: `tests/platforms/<name>/chaos.py`.

A platform's module has `CAST`; the chaos run finds it by the platform's name and names no platform.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from letmepost.platforms import platforms


@dataclass(frozen=True, kw_only=True)
class Person:
    """An account of a simulated platform.

    `name` is its name in the timeline. `connects` is what completes connecting it: the fields of
    the platform's form, or the form that the owner sends on the consent page. `history` is a part
    of every address by which its posts are looked up, and of no other; None where it must not be
    hidden, because the platform itself would then deny a post that is there.
    """

    name: str
    connects: Mapping[str, str]
    history: str | None = None


@dataclass(frozen=True, kw_only=True)
class Cast:
    """How people get onto a platform, and how a call that may create a post is known.

    `world` is the body of `POST /_simulator/world` for so many people, and `people` reads them from
    its answer. `create` is a part of the address of the calls that create; `text_of` reads the text
    from the body of one, or what else stands for the post there. `already_there` is the status by
    which the platform refuses a second one.
    """

    world: Callable[[int], Mapping[str, Any]]
    people: Callable[[Mapping[str, Any]], Sequence[Person]]
    create: str
    text_of: Callable[[str], str]
    already_there: int


def casts() -> list[str]:
    """The platforms that have one and are published to."""
    named = [each.parent.name for each in Path(__file__).parent.glob("*/chaos.py")]
    return sorted(each for each in named if platforms()[each].publishes_by is not None)


def cast_of(platform: str) -> Cast:
    """The cast of a platform."""
    found: Cast = import_module(f"tests.platforms.{platform}.chaos").CAST
    return found
