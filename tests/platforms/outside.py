"""A platform that fetches files from the internet, though its API is simulated on loopback."""

from dataclasses import replace
from typing import Any

import pytest

from letmepost.media.addresses import FileAddresses


def seen_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a platform reach what the world reaches, and nothing on this machine."""

    def outside(*given: Any) -> FileAddresses:
        return replace(FileAddresses(*given), api_url="https://api.example")

    monkeypatch.setattr("letmepost.posts.task.FileAddresses", outside)
