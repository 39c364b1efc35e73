"""A call of the API as a line for a shell: what a page did, anybody can do by program."""

import json
import shlex
from collections.abc import Collection
from typing import Any
from urllib.parse import urlencode

from letmepost.tenancy.rest import JSON_TYPE, RestRequest

HIDDEN = "***"


def curl(request: RestRequest, public_url: str, hidden: Collection[str] = ()) -> str:
    """The command; the fields named in `hidden` are not shown."""
    query = f"?{urlencode(request.query)}" if request.query else ""
    method = "" if request.method == "GET" else f"-X {request.method} "
    lines = [
        f"curl {method}{shlex.quote(f'{public_url}{request.path}{query}')}",
        '-H "Authorization: Bearer $LETMEPOST_API_KEY"',
    ]
    if request.idempotency_key is not None:
        lines.append(f"-H {shlex.quote(f'Idempotency-Key: {request.idempotency_key}')}")
    if request.prefer is not None:
        lines.append(f"-H {shlex.quote(f'Prefer: {request.prefer}')}")
    if request.body is not None:
        body = json.dumps(_without(request.body, hidden), ensure_ascii=False, indent=2)
        lines += [f"-H 'Content-Type: {JSON_TYPE}'", f"-d {shlex.quote(body)}"]
    return " \\\n  ".join(lines)


def _without(body: Any, hidden: Collection[str]) -> Any:  # noqa: ANN401 - JSON
    if isinstance(body, dict):
        return {name: HIDDEN if name in hidden else each for name, each in body.items()}
    return body
