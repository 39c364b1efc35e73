"""The OpenAPI document as the repository keeps it: of a server that was set up with nothing."""

import json
from pathlib import Path

from letmepost.api.app import OPERATIONS
from letmepost.api.openapi import describe

OPENAPI_FILE = Path(__file__).parents[1] / "openapi.json"
PUBLIC_URL = "http://127.0.0.1:8000"


def openapi_text() -> str:
    """The document, one value a line, so that a change of it can be read."""
    return json.dumps(describe(OPERATIONS, PUBLIC_URL), indent=2, ensure_ascii=False) + "\n"
