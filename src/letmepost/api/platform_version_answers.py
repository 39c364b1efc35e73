"""The bodies of answers about the versions of platforms, declared like those in `answers`."""

from datetime import datetime
from typing import Literal

from letmepost.api.answers import Answer


class SpokenVersion(Answer):
    """The version of a platform's API that this server speaks, and how long it is answered."""

    platform: str
    current_version: str
    released_at: datetime | None
    sunset_at: datetime | None
    changelog_url: str
    next_version: str | None
    status: Literal["supported", "sunset_soon", "gone"]


class SpokenVersions(Answer):
    """The versions, one of each platform."""

    data: list[SpokenVersion]
