"""What a simulator answered, as a test that calls it over HTTP reads it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import aiohttp


@dataclass
class WireAnswer:
    """An answer whose JSON is read; any other body stays bytes."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @classmethod
    async def read(cls, response: aiohttp.ClientResponse) -> Self:
        """The whole answer."""
        raw = await response.read()
        is_json = "json" in response.headers.get("content-type", "")
        return cls(response.status, json.loads(raw) if is_json else raw, response.headers)
