"""People on the simulated Bluesky.

Records have keys here: a post that is sent twice is refused, and one that is hidden stays unknown.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.platforms.cast import Cast, Person

CREATE = "createRecord"


def _world(count: int) -> Mapping[str, Any]:
    return {"accounts": [{"handle": f"person-{number}.bsky.test"} for number in range(count)]}


def _people(made: Mapping[str, Any]) -> Sequence[Person]:
    return [
        Person(
            name=each["handle"],
            connects={"identifier": each["handle"], "appPassword": each["appPassword"]},
            # In a query the colons of a DID are escaped; its last part is enough.
            history=each["did"].rpartition(":")[2],
        )
        for each in made["accounts"]
    ]


CAST = Cast(
    world=_world,
    people=_people,
    create=CREATE,
    text_of=lambda body: str(json.loads(body)["record"]["text"]),
    already_there=500,
)
