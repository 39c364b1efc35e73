"""What is changed of the fuzzer's requests before they are sent."""

import json
import os
import random
import re
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import schemathesis

from letmepost.api.example_values import IDS
from letmepost.preflight.resource_rules import IDEMPOTENCY_KEY_CHARACTERS

# What the examples of the document call a thing, and what such things are called here.
_NAMES: dict[str, list[str]] = json.loads(os.environ["FUZZ_IDS"])
_IN_ADDRESSES = {
    "acc": "accounts",
    "batch": "batches",
    "evt": "events",
    "key": "keys",
    "med": "media",
    "post": "posts",
    "prof": "profiles",
    "upl": "uploads",
    "whd": "deliveries",
    "whe": "endpoints",
}
# What a body names is kept: it is never disconnected or deleted.
_IN_BODIES = {"acc": "kept_accounts", "med": "kept_media", "prof": "kept_profiles"}
_BOARD = "549755885175"
# The server fetches what addresses name, and nothing made up may leave this machine: nobody
# listens there.
_NOWHERE = r"\g<1>127.0.0.1:9"
_AUTHORITY = re.compile(r"^(https?://)[^/?#]*", re.IGNORECASE)
_random = random.Random(1)  # noqa: S311 - chooses nothing that must not be guessed
_sent_headers: dict[str, Any] = {}


def _real(value: Any, kinds: Mapping[str, str]) -> Any:
    """The same, with the id of something that exists in place of each example of an id."""
    if isinstance(value, dict):
        return {name: _real(each, kinds) for name, each in value.items()}
    if isinstance(value, list):
        return [_real(each, kinds) for each in value]
    if value == _BOARD:
        return _random.choice(_NAMES["boards"])
    for prefix, kind in kinds.items():
        if value == IDS[prefix]:
            return _random.choice(_NAMES[kind])
    return value


def _at_home(value: Any) -> Any:
    """The same, with every web address on this machine."""
    if isinstance(value, dict):
        return {name: _at_home(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_at_home(each) for each in value]
    return _AUTHORITY.sub(_NOWHERE, value) if isinstance(value, str) else value


def _told(query: Any) -> Any:
    """The same query, without empty entries in its arrays: to us, they say nothing at all.

    Many programs send one for a field that was left blank; a check would call that accepted.
    """
    if not isinstance(query, dict):
        return query
    return {
        name: [each if each != "" else "-" for each in value] if isinstance(value, list) else value
        for name, value in query.items()
    }


def _of_path(path: str) -> Mapping[str, str]:
    """What an address names; the calls of one platform are for its accounts alone."""
    own = [kind for kind in _NAMES if f"/{kind.removeprefix('accounts_')}/" in path]
    return {**_IN_ADDRESSES, "acc": own[0]} if own and "{id}" in path else _IN_ADDRESSES


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    """Name what exists, and give each request a key of its own, as a key is good for one."""
    for part, kinds in (
        ("path_parameters", _of_path(case.path)),
        ("query", _IN_BODIES),
        ("body", _IN_BODIES),
    ):
        given = getattr(case, part)
        if part == "query":
            given = _told(given)
        if (real := _at_home(_real(given, kinds))) != getattr(case, part):
            setattr(case, part, real)
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and 1 <= len(key) <= IDEMPOTENCY_KEY_CHARACTERS.value - 32:
        _sent_headers[case.id] = key
        case.headers["Idempotency-Key"] = uuid4().hex + key


@schemathesis.hook
def after_call(_context: Any, case: Any, _response: Any) -> None:
    """Leave the request as the checks know it."""
    if case.id in _sent_headers:
        case.headers["Idempotency-Key"] = _sent_headers.pop(case.id)
