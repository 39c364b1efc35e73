"""People on the simulated X, where nothing but the text tells a second post from the first."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.platforms.cast import Cast, Person


def _world(count: int) -> Mapping[str, Any]:
    return {
        "accounts": [{"username": f"person{number}"} for number in range(count)],
        "enforceRateLimits": False,
    }


def _people(made: Mapping[str, Any]) -> Sequence[Person]:
    return [
        Person(
            name=each["username"],
            connects={"decision": "approve", "account": each["id"]},
        )
        for each in made["accounts"]
    ]


CAST = Cast(
    world=_world,
    people=_people,
    create="/2/tweets",
    text_of=lambda body: str(json.loads(body)["text"]),
    already_there=403,
)
