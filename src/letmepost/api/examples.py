"""Examples for the OpenAPI document: of each body by hand where that says more, or put together."""

from collections.abc import Mapping
from typing import Any, Final

from letmepost.api.example_values import IDS, PLATFORM

TIME: Final = "2026-11-25T08:00:00.000Z"
_SOON: Final = "2026-12-01T09:00:00.000Z"
_DEFAULTS: Final[Mapping[str, Any]] = {"boolean": False, "integer": 1, "number": 1}

# By the name of the body's schema; then by what the example shows.
BODIES: Final[Mapping[str, Mapping[str, Any]]] = {
    "PostBody": {
        "now": {
            "targets": [{"accountId": IDS["acc"]}],
            "text": "We are open on Sunday.",
            "media": [{"kind": "image", "mediaId": IDS["med"], "altText": "The shop at night"}],
        },
        "scheduled": {
            "targets": [
                {"accountId": IDS["acc"], "text": "Open on Sunday!"},
                {"platform": PLATFORM, "options": {"platform": PLATFORM}},
            ],
            "text": "We are open on Sunday.",
            "scheduledAt": _SOON,
        },
        "draft": {
            "status": "draft",
            "targets": [{"accountId": IDS["acc"]}],
            "text": "We are open on Sunday.",
        },
    },
    "AccountPostBody": {
        "one_account": {
            "account": {"platform": PLATFORM, "id": IDS["acc"]},
            "text": "We are open on Sunday.",
        }
    },
    "EditBody": {
        "another_time": {"scheduledAt": _SOON},
        "another_text": {"text": "We are open on Saturday and Sunday.", "media": []},
    },
    "PublishBody": {
        "now": {},
        "next_slot": {"scheduledAt": "next-slot"},
        "at_a_time": {"scheduledAt": _SOON},
    },
    "CompleteConnect": {
        "form": {"identifier": "app.example", "appPassword": "xxxx-xxxx-xxxx-xxxx"},
        "consent": {"code": "AQD9zK3vQ", "state": "Zk3vQ"},
    },
}
# By operation and status, where one put together would not say how such an answer looks.
_PUBLISHED: Final[Mapping[str, Any]] = {
    "platform": PLATFORM,
    "status": "published",
    "uri": "https://social.example/app.example/post/3lbq5d2xq2s2k",
}
_QUEUED: Final[Mapping[str, Any]] = {"platform": PLATFORM, "status": "queued"}
_TARGET: Final[Mapping[str, Any]] = {"accountId": IDS["acc"], "postId": IDS["post"]}
_BATCH: Final[Mapping[str, Any]] = {"id": IDS["batch"], "createdAt": TIME}
ANSWERS: Final[Mapping[tuple[str, str], Mapping[str, Any]]] = {
    ("createPost", "200"): {
        **_BATCH,
        "status": "published",
        "results": [{**_TARGET, **_PUBLISHED}],
    },
    ("createPost", "201"): {"id": IDS["post"], **_PUBLISHED, "createdAt": TIME},
    ("createPost", "202"): {
        **_BATCH,
        "status": "queued",
        "scheduledAt": _SOON,
        "results": [{**_TARGET, **_QUEUED}],
    },
    ("publishBatch", "200"): {
        **_BATCH,
        "status": "published",
        "results": [{**_TARGET, **_PUBLISHED}],
    },
    ("publishBatch", "202"): {
        **_BATCH,
        "status": "queued",
        "scheduledAt": _SOON,
        "results": [{**_TARGET, **_QUEUED}],
    },
    ("replaceDraft", "200"): {
        **_BATCH,
        "status": "draft",
        "results": [{**_TARGET, "platform": PLATFORM, "status": "draft"}],
    },
    ("getBatch", "200"): {**_BATCH, "status": "published", "results": [{**_TARGET, **_PUBLISHED}]},
}


def example_of(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """A value that fits a schema, of the examples of its fields.

    Raises `LookupError` for a text of which there is no example: nobody learns from `string`.
    """
    for keyword in ("examples", "const", "default", "enum"):
        if keyword in schema:
            several = keyword in ("examples", "enum")
            return schema[keyword][0] if several else schema[keyword]
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    choices = schema.get("oneOf") or schema.get("anyOf")
    if choices:
        empty = any(each.get("type") == "null" for each in choices)
        return None if empty else example_of(choices[0], schemas)
    return _example_of_type(schema, schemas)


def _example_of_type(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
    kind = schema.get("type")
    if kind == "object":
        required = schema.get("required", ())
        return {
            name: example_of(each, schemas)
            for name, each in schema.get("properties", {}).items()
            if name in required or "examples" in each
        }
    if kind == "array":
        entry = example_of(schema["items"], schemas)
        return [] if entry == {} else [entry]
    if schema.get("format") == "date-time":
        return TIME
    if kind is None:
        return None
    if kind in _DEFAULTS:
        return schema.get("minimum", _DEFAULTS[kind])
    raise LookupError(schema)
