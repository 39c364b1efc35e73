"""What a client is made with, and what a single call may say otherwise."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version

from typing_extensions import TypedDict

KEY_VARIABLES = ("LMP_API_KEY", "LETMEPOST_API_KEY")
URL_VARIABLES = ("LMP_API_BASE", "LETMEPOST_API_URL")
DEFAULT_URL = "http://127.0.0.1:8000"


class CallOptions(TypedDict, total=False):
    """What every call may be given besides its arguments."""

    idempotency_key: str
    """Makes a write safe to send again, also by another process; a new UUID unless given."""
    retries: int
    """How often it is sent again at most, in place of the client's number."""
    headers: Mapping[str, str]
    """Further headers of this call."""
    timeout_seconds: float
    """How long to wait for the server to say something, in place of the client's number."""


def _from_environment(names: tuple[str, ...]) -> str | None:
    return next((value for name in names if (value := os.environ.get(name))), None)


def _version() -> str:
    try:
        return version("letmepost-sdk")
    except PackageNotFoundError:
        return "source"


@dataclass(frozen=True)
class Settings:
    """The options of a client, with what the environment says where they are not given."""

    api_key: str = field(repr=False)
    base_url: str
    retries: int
    retry_base_seconds: float
    retry_after_max_seconds: float
    timeout_seconds: float
    headers: Mapping[str, str] = field(repr=False)

    @classmethod
    def read(  # noqa: PLR0913 - the options of a client
        cls,
        *,
        api_key: str | None,
        base_url: str | None,
        retries: int,
        retry_base_seconds: float,
        retry_after_max_seconds: float,
        timeout_seconds: float,
        default_headers: Mapping[str, str] | None,
    ) -> Settings:
        """The settings; raise ValueError where there is no key."""
        key = api_key or _from_environment(KEY_VARIABLES)
        if key is None:
            raise ValueError(f"Give api_key, or set {' or '.join(KEY_VARIABLES)}.")
        url = base_url or _from_environment(URL_VARIABLES) or DEFAULT_URL
        return cls(
            api_key=key,
            base_url=url.rstrip("/"),
            retries=retries,
            retry_base_seconds=retry_base_seconds,
            retry_after_max_seconds=retry_after_max_seconds,
            timeout_seconds=timeout_seconds,
            headers={
                "User-Agent": f"letmepost-sdk-python/{_version()}",
                "Accept": "application/json",
                **(default_headers or {}),
            },
        )
