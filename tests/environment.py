"""What the caller's environment says to the suite; everything else called LETMEPOST_ is put away.

A developer's own settings must not change what a test sees, and a server that a test starts
refuses names that are not settings.
"""

import json
import os

POSTGRESQL_URL = "LETMEPOST_TEST_POSTGRESQL_URL"
POSTGRESQL = "LETMEPOST_TEST_POSTGRESQL"
INSIST_ON_REAL_PEERS = "LETMEPOST_INSIST_ON_REAL_PEERS"
_FOR_WORKERS = "SUITE_OF_LETMEPOST_WAS_TOLD"

_said: dict[str, str] = {}


def put_away() -> None:
    """Take every LETMEPOST_ variable out of the environment, and remember them.

    The workers of one run are started after that, and read what was said under another name.
    """
    _said.update(json.loads(os.environ.get(_FOR_WORKERS, "{}")))
    for name in [name for name in os.environ if name.startswith(("LETMEPOST_", "LMP_"))]:
        _said[name] = os.environ.pop(name)
    os.environ[_FOR_WORKERS] = json.dumps(_said)


def said(name: str) -> str:
    """What a variable held when the suite began, or an empty text."""
    return _said.get(name, "")
