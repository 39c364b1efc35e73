"""People on the simulated Threads, where a container is published from once."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

from tests.platforms.cast import Cast, Person


def _world(count: int) -> Mapping[str, Any]:
    return {"profiles": [f"person{number}" for number in range(count)]}


def _people(made: Mapping[str, Any]) -> Sequence[Person]:
    return [
        Person(
            name=each["username"],
            connects={"decision": "approve", "account": each["id"]},
        )
        for each in made["profiles"]
    ]


CAST = Cast(
    world=_world,
    people=_people,
    create="/threads_publish",
    # The text went into the container, whose id stands for it.
    text_of=lambda body: parse_qs(body)["creation_id"][0],
    already_there=400,
)
