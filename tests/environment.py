"""What the caller's environment says to the suite; everything else called LETMEPOST_ is put away.

A developer's own settings must not change what a test sees, and a server that a test starts
refuses names that are not settings.
"""

import os

POSTGRESQL_URL = "LETMEPOST_TEST_POSTGRESQL_URL"
POSTGRESQL = "LETMEPOST_TEST_POSTGRESQL"
INSIST_ON_REAL_PEERS = "LETMEPOST_INSIST_ON_REAL_PEERS"

_said: dict[str, str] = {}


def put_away() -> None:
    """Take every LETMEPOST_ variable out of the environment, and remember them."""
    for name in [name for name in os.environ if name.startswith(("LETMEPOST_", "LMP_"))]:
        _said[name] = os.environ.pop(name)


def said(name: str) -> str:
    """What a variable held when the suite began, or an empty text."""
    return _said.get(name, "")
