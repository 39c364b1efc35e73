"""What the simulated PDS demands of a record, and the words in which it refuses one.

Sources: https://github.com/bluesky-social/atproto/tree/main/lexicons, and the answers of a real
PDS 0.4.217, whose image limit (1,000,000 bytes) is the one that holds on every server.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import regex

from letmepost.platforms.bluesky.simulator_cid import is_cid
from letmepost.platforms.bluesky.simulator_xrpc import invalid, shown

Check = Callable[[Any, str], None]

TID: Final = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")
RECORD_KEY: Final = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9_~.:-]{1,512}")
NSID: Final = re.compile(
    r"(?=.{1,317}$)[a-zA-Z](?:[a-zA-Z0-9-]{0,62})?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,62})?)+"
    r"\.[a-zA-Z][a-zA-Z0-9]{0,62}"
)
DID: Final = re.compile(r"did:[a-z]+:[a-zA-Z0-9._:%-]*[a-zA-Z0-9._-]")
HANDLE: Final = re.compile(
    r"(?=.{1,253}$)(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+"
    r"[a-zA-Z](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
)

_DATETIME: Final = re.compile(
    r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)"
    r"(?:\.\d{1,20})?(?:Z|(?!-00:00)[+-](?:[01]\d|2[0-3]):[0-5]\d)"
)
_LANGUAGE: Final = re.compile(r"(?:i|[a-zA-Z]{2,3})(?:-[a-zA-Z0-9]{1,8})*|x(?:-[a-zA-Z0-9]{1,8})+")
_URI: Final = re.compile(r"\w+:(?://)?[^\s/]\S*")
_GRAPHEME: Final = regex.compile(r"\X")


def is_at_uri(value: str) -> bool:
    """Tell whether a string is `at://` with an authority, and a collection and key if any."""
    scheme, _, rest = value.partition("at://")
    authority, *path = rest.split("/")
    return (
        not scheme
        and bool(DID.fullmatch(authority) or HANDLE.fullmatch(authority))
        and len(path) <= 2  # noqa: PLR2004 -- a collection and a record key
        and (not path or bool(NSID.fullmatch(path[0])))
        and all(RECORD_KEY.fullmatch(key) for key in path[1:])
    )


_FORMATS: Final[Mapping[str, Callable[[str], object]]] = {
    "datetime": _DATETIME.fullmatch,
    "language": _LANGUAGE.fullmatch,
    "uri": _URI.fullmatch,
    "at-uri": is_at_uri,
    "CID string": is_cid,
    "DID": DID.fullmatch,
}


def _text(form: str | None = None, *, bytes_at_most: int = 0, graphemes_at_most: int = 0) -> Check:
    def check(value: Any, path: str) -> None:  # noqa: ANN401 -- JSON as it comes
        if not isinstance(value, str):
            raise invalid(f"Expected string value type (got {shown(value)}) at {path}")
        size = len(value.encode("utf-8", "surrogatepass"))
        if bytes_at_most and size > bytes_at_most:
            raise invalid(f"string too big (maximum {bytes_at_most}, got {size}) at {path}")
        # Counting is slow, and no text has more graphemes than bytes.
        if graphemes_at_most and size > graphemes_at_most:
            count = len(_GRAPHEME.findall(value))
            if count > graphemes_at_most:
                limit = f"maximum {graphemes_at_most}, got {count}"
                raise invalid(f"grapheme too big ({limit}) at {path}")
        if form and not _FORMATS[form](value):
            raise invalid(f"Invalid {form} (got {shown(value)}) at {path}")

    return check


def _integer(at_least: int) -> Check:
    def check(value: Any, path: str) -> None:  # noqa: ANN401 -- JSON as it comes
        if not isinstance(value, int) or isinstance(value, bool):
            raise invalid(f"Expected integer value type (got {shown(value)}) at {path}")
        if value < at_least:
            raise invalid(f"integer too small (minimum {at_least}, got {value}) at {path}")

    return check


def _array(item: Check, *, at_most: int = 0) -> Check:
    def check(value: Any, path: str) -> None:  # noqa: ANN401 -- JSON as it comes
        if not isinstance(value, list):
            raise invalid(f"Expected array value type (got {shown(value)}) at {path}")
        if at_most and len(value) > at_most:
            raise invalid(f"array too big (maximum {at_most}, got {len(value)}) at {path}")
        for index, each in enumerate(value):
            item(each, f"{path}[{index}]")

    return check


def _object(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    def check(value: Any, path: str) -> None:  # noqa: ANN401 -- JSON as it comes
        if not isinstance(value, dict):
            raise invalid(f"Expected object value type (got {shown(value)}) at {path}")
        for name, field in required.items():
            if name not in value:
                raise invalid(f'Missing required key "{name}" at {path}')
            field(value[name], f"{path}.{name}")
        for name, field in (optional or {}).items():
            if name in value:
                field(value[name], f"{path}.{name}")

    return check


def _union(members: Mapping[str, Check]) -> Check:
    """An open union: a `$type` that nobody here knows is let through."""

    def check(value: Any, path: str) -> None:  # noqa: ANN401 -- JSON as it comes
        if not isinstance(value, dict) or not isinstance(value.get("$type"), str):
            kind = 'an object which includes the "$type" property'
            raise invalid(f"Expected {kind} value type (got {shown(value)}) at {path}")
        if member := members.get(value["$type"]):
            member(value, path)

    return check


def is_blob(value: object) -> bool:
    """Tell whether a value is a reference to a blob."""
    return (
        isinstance(value, dict)
        and value.get("$type") == "blob"
        and isinstance(value.get("ref"), dict)
        and is_cid(value["ref"].get("$link"))
        and isinstance(value.get("mimeType"), str)
        and isinstance(value.get("size"), int)
        and value["size"] >= 0
    )


def _blob(accept: str, *, bytes_at_most: int) -> Check:
    def check(value: Any, path: str) -> None:  # noqa: ANN401 -- JSON as it comes
        if not is_blob(value):
            raise invalid(f"Expected blob value type (got {shown(value)}) at {path}")
        if not re.fullmatch(accept.replace("*", ".*"), value["mimeType"]):
            got = shown(value["mimeType"])
            raise invalid(f'Expected "{accept}" (got {got}) at {path}.mimeType')
        if value["size"] > bytes_at_most:
            limit = f"maximum {bytes_at_most}, got {value['size']}"
            raise invalid(f"blob too big ({limit}) at {path}")

    return check


_ASPECT_RATIO: Final = _object({"width": _integer(1), "height": _integer(1)})
_STRONG_REF: Final = _object({"uri": _text("at-uri"), "cid": _text("CID string")})
_TAG: Final = _text(bytes_at_most=640, graphemes_at_most=64)
_IMAGE: Final = {"image": _blob("image/*", bytes_at_most=1_000_000), "alt": _text()}

_FACET: Final = _object(
    {
        "index": _object({"byteStart": _integer(0), "byteEnd": _integer(0)}),
        "features": _array(
            _union(
                {
                    "app.bsky.richtext.facet#mention": _object({"did": _text("DID")}),
                    "app.bsky.richtext.facet#link": _object({"uri": _text("uri")}),
                    "app.bsky.richtext.facet#tag": _object({"tag": _TAG}),
                }
            )
        ),
    }
)
_MEDIA: Final[Mapping[str, Check]] = {
    "app.bsky.embed.images": _object(
        {"images": _array(_object(_IMAGE, {"aspectRatio": _ASPECT_RATIO}), at_most=4)}
    ),
    "app.bsky.embed.gallery": _object(
        {
            "items": _array(
                _union(
                    {
                        "app.bsky.embed.gallery#image": _object(
                            {**_IMAGE, "aspectRatio": _ASPECT_RATIO}
                        )
                    }
                ),
                at_most=20,
            )
        }
    ),
    "app.bsky.embed.video": _object(
        {"video": _blob("video/mp4", bytes_at_most=300_000_000)},
        {
            "captions": _array(
                _object(
                    {"lang": _text("language"), "file": _blob("text/vtt", bytes_at_most=20_000)}
                ),
                at_most=20,
            ),
            "alt": _text(bytes_at_most=10_000, graphemes_at_most=1000),
            "aspectRatio": _ASPECT_RATIO,
        },
    ),
    "app.bsky.embed.external": _object(
        {
            "external": _object(
                {"uri": _text("uri"), "title": _text(), "description": _text()},
                {"thumb": _blob("image/*", bytes_at_most=1_000_000)},
            )
        }
    ),
}
_QUOTE: Final = _object({"record": _STRONG_REF})
_EMBED: Final = _union(
    {
        **_MEDIA,
        "app.bsky.embed.record": _QUOTE,
        "app.bsky.embed.recordWithMedia": _object({"record": _QUOTE, "media": _union(_MEDIA)}),
    }
)
_LABELS: Final = _union(
    {
        "com.atproto.label.defs#selfLabels": _object(
            {"values": _array(_object({"val": _text(bytes_at_most=128)}), at_most=10)}
        )
    }
)

COLLECTIONS: Final[Mapping[str, Check]] = {
    "app.bsky.feed.post": _object(
        {
            "text": _text(bytes_at_most=3000, graphemes_at_most=300),
            "createdAt": _text("datetime"),
        },
        {
            "facets": _array(_FACET),
            "reply": _object({"root": _STRONG_REF, "parent": _STRONG_REF}),
            "embed": _EMBED,
            "langs": _array(_text("language"), at_most=3),
            "labels": _LABELS,
            "tags": _array(_TAG, at_most=8),
        },
    ),
    "app.bsky.feed.threadgate": _object(
        {"post": _text("at-uri"), "createdAt": _text("datetime")},
        {
            "allow": _array(
                _union({"app.bsky.feed.threadgate#listRule": _object({"list": _text("at-uri")})}),
                at_most=5,
            ),
            "hiddenReplies": _array(_text("at-uri"), at_most=300),
        },
    ),
    "app.bsky.feed.postgate": _object(
        {"post": _text("at-uri"), "createdAt": _text("datetime")},
        {
            "embeddingRules": _array(_union({}), at_most=5),
            "detachedEmbeddingUris": _array(_text("at-uri"), at_most=50),
        },
    ),
}
"""The collections whose records are checked; all three take a TID as the record's key."""
