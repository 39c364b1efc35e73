"""What the caller's environment says to the suite; everything else called LETMEPOST_ is put away.

A developer's own settings must not change what a test sees, and a server that a test starts
refuses names that are not settings.
"""

import json
import os
from typing import NoReturn

import pytest

POSTGRESQL_URL = "LETMEPOST_TEST_POSTGRESQL_URL"
POSTGRESQL = "LETMEPOST_TEST_POSTGRESQL"
INSIST_ON_REAL_PEERS = "LETMEPOST_INSIST_ON_REAL_PEERS"
NOT_TESTED = "NOT TESTED WITH"
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


def cannot_test(what: str, why: str) -> NoReturn:
    """Leave out a test that needs what this machine has not.

    Fails it where the suite was told to insist, as CI does. Otherwise the run says at its end,
    where it is read, what was not tested.
    """
    said_aloud = f"{NOT_TESTED} {what}: {why}"
    if said(INSIST_ON_REAL_PEERS) == "1":
        pytest.fail(said_aloud)
    pytest.skip(said_aloud)
