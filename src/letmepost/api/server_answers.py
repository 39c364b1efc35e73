"""The answers about the server itself."""

from typing import Literal

from letmepost.api.answers import Answer


class Health(Answer):
    """The process answers."""

    status: Literal["ok"]


class Checks(Answer):
    """What was asked, and that it answered."""

    database: Literal["ok"]
    storage: Literal["ok"]


class Readiness(Answer):
    """The process can do its work."""

    status: Literal["ok"]
    checks: Checks
