"""The body of an answer: read up to a bound, and its JSON as a database can store it."""

import json
import re
from typing import Any

import aiohttp

from letmepost.platform_kit.redaction import storable

_ESCAPE = re.compile(rb"\\u(?:0000|d[89a-f])", re.IGNORECASE)
ANSWER_MAX_BYTES = 4 * 1024 * 1024


async def read_capped(response: aiohttp.ClientResponse) -> bytes:
    """Read the body up to a size that no honest API answer has."""
    told = None if "Content-Encoding" in response.headers else response.content_length
    if told is not None and told <= ANSWER_MAX_BYTES:
        return await response.read()
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_chunked(64 * 1024):
        chunks.append(chunk)
        size += len(chunk)
        if size > ANSWER_MAX_BYTES:
            response.close()
            break
    return b"".join(chunks)


def parse_json(body: bytes) -> Any:  # noqa: ANN401 - JSON
    """The document of a body, without what no database stores; None where it is not JSON."""
    try:
        document = json.loads(body)
    except ValueError:
        return None
    # Only an escape can bring in what a database refuses, and hardly any answer has one.
    return _storable_json(document) if _ESCAPE.search(body) else document


def _storable_json(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(name): _storable_json(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_storable_json(inner) for inner in value]
    return value
