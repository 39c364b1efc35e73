"""What a real PDS and the simulator are both asked: the table of `test_simulator_agrees`."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

ACCESS = "<access>"
SERVER = "com.atproto.server."
REPO = "com.atproto.repo."
POST = "app.bsky.feed.post"
GATE = "app.bsky.feed.threadgate"
FACET = "app.bsky.richtext.facet#"
TIME = "2026-11-24T10:00:00.000Z"
FAMILY = "\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL}\u200d\N{BOY}"
ABSENT_CID = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
OTHER_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAFUlEQVR4nGPk5GBnYGBgYGBgYoABAAHuABwZg7WBAAAAAElFTkSuQmCC"
)


@dataclass(frozen=True)
class Step:
    """One request; `<name>` stands for what a peer calls it, `<0.cid>` for an earlier answer's."""

    method: str
    nsid: str
    token: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    data: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def query(nsid: str, token: str | None = None, /, **params: str) -> Step:
    return Step("GET", nsid, token, params)


def procedure(nsid: str, token: str | None = ACCESS, /, **json: Any) -> Step:
    return Step("POST", nsid, token, json=json)


def upload(data: bytes, content_type: str = "image/png", token: str | None = ACCESS) -> Step:
    return Step(
        "POST", REPO + "uploadBlob", token, data=data, headers={"Content-Type": content_type}
    )


def create(record: Mapping[str, Any] | None = None, *without: str, **body: Any) -> Step:
    """Ask for a post that is right but for what is given."""
    whole = {"$type": POST, "text": "hi", "createdAt": TIME, "langs": ["en"], **(record or {})}
    left = {key: value for key, value in whole.items() if key not in without}
    return procedure(
        REPO + "createRecord", **{"repo": "<did>", "collection": POST, "record": left, **body}
    )


def images(*pictures: Mapping[str, Any]) -> dict[str, Any]:
    return {"embed": {"$type": "app.bsky.embed.images", "images": list(pictures)}}


def facet(
    kind: str, feature: Mapping[str, Any], index: Mapping[str, int] | None = None
) -> dict[str, Any]:
    features = [{"$type": FACET + kind, **feature}]
    return {"facets": [{"index": index or {"byteStart": 0, "byteEnd": 2}, "features": features}]}


def external(**fields: Any) -> dict[str, Any]:
    card = {"uri": "https://example.test", "title": "", "description": "", **fields}
    return {"embed": {"$type": "app.bsky.embed.external", "external": card}}


def put(rkey: str, text: str, **body: Any) -> Step:
    record = {"$type": POST, "text": text, "createdAt": TIME}
    return procedure(
        REPO + "putRecord", repo="<did>", collection=POST, rkey=rkey, record=record, **body
    )


def read(rkey: str, repo: str = "<did>") -> Step:
    return query(REPO + "getRecord", repo=repo, collection=POST, rkey=rkey)


def delete(rkey: str) -> Step:
    return procedure(REPO + "deleteRecord", repo="<did>", collection=POST, rkey=rkey)


def apply(*writes: Mapping[str, Any]) -> Step:
    return procedure(REPO + "applyWrites", repo="<did>", writes=list(writes))


def write(action: str, rkey: str, text: str = "hi") -> dict[str, Any]:
    kind = {"$type": f"com.atproto.repo.applyWrites#{action}", "collection": POST, "rkey": rkey}
    return kind if action == "delete" else {**kind, "value": {"text": text, "createdAt": TIME}}


def login(identifier: str, password: str) -> Step:
    return procedure(SERVER + "createSession", None, identifier=identifier, password=password)


STORED = {"image": "<0.blob>", "alt": "a dot"}
ABSENT_BLOB = {
    "$type": "blob",
    "ref": {"$link": ABSENT_CID},
    "mimeType": "image/png",
    "size": 70,
}
OWN_REF = {"uri": "<0.uri>", "cid": "<0.cid>"}
TAKEN = "3mabcdefghi22"
ABSENT_REPO = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"

CASES: Mapping[str, Sequence[Step]] = {
    # Sessions
    "login by handle": [login("<handle>", "<app_password>")],
    "login by DID with the main password": [login("<did>", "<password>")],
    "login by e-mail": [login("alice@example.test", "<password>")],
    "login with a wrong password": [login("<handle>", "wrong")],
    "login of nobody": [login("nobody.test", "wrong")],
    "login with an at sign": [login("@<handle>", "<app_password>")],
    "login without password": [procedure(SERVER + "createSession", None, identifier="x")],
    "login with a number": [procedure(SERVER + "createSession", None, identifier="x", password=3)],
    "login as plain text": [
        Step(
            "POST",
            SERVER + "createSession",
            data=b"{}",
            headers={"Content-Type": "text/plain"},
        )
    ],
    "session": [query(SERVER + "getSession", "<access>")],
    "session without a token": [query(SERVER + "getSession")],
    "session with an expired token": [query(SERVER + "getSession", "<expired_access>")],
    "session with a token that is none": [query(SERVER + "getSession", "nonsense")],
    "session with a refresh token": [query(SERVER + "getSession", "<refresh>")],
    "session with another scheme": [
        Step("GET", SERVER + "getSession", headers={"Authorization": "Basic YTpi"})
    ],
    "refresh": [Step("POST", SERVER + "refreshSession", "<refresh>")],
    "refresh with an access token": [Step("POST", SERVER + "refreshSession", "<access>")],
    "refresh with an expired token": [Step("POST", SERVER + "refreshSession", "<expired_refresh>")],
    "refresh without a token": [Step("POST", SERVER + "refreshSession")],
    "refresh with a body": [procedure(SERVER + "refreshSession", "<refresh>")],
    "logout ends the refresh token": [
        login("<handle>", "<app_password>"),
        Step("POST", SERVER + "deleteSession", "<0.refreshJwt>"),
        Step("POST", SERVER + "refreshSession", "<0.refreshJwt>"),
        query(SERVER + "getSession", "<0.accessJwt>"),
    ],
    # Identity and services
    "handle": [query("com.atproto.identity.resolveHandle", handle="<handle>")],
    "handle of nobody": [query("com.atproto.identity.resolveHandle", handle="nobody.test")],
    "method that nobody serves": [query("app.bsky.feed.getTimeline", "<access>")],
    "service token for too long": [
        query(
            SERVER + "getServiceAuth",
            "<access>",
            aud="did:web:localhost",
            lxm=REPO + "uploadBlob",
            exp="99999999999",
        )
    ],
    "service token for the past": [
        query(
            SERVER + "getServiceAuth",
            "<access>",
            aud="did:web:localhost",
            lxm=REPO + "uploadBlob",
            exp="1",
        )
    ],
    "service token for a protected method": [
        query(
            SERVER + "getServiceAuth",
            "<access>",
            aud="did:web:localhost",
            lxm=SERVER + "createAppPassword",
        )
    ],
    # Blobs
    "blob whose declared type is not its type": [upload(PNG, "image/jpeg")],
    "blob of a type that nobody can sniff": [upload(b"hello", "application/x-hello")],
    "blob without a token": [upload(PNG, token=None)],
    "blob over the limit": [upload(b"x" * (5 * 1024 * 1024 + 1))],
    # Posts
    "post": [create()],
    "post with a key": [create(rkey="3mabcdefghi23"), read("3mabcdefghi23")],
    "post by handle": [create(repo="<handle>")],
    "post of an unknown field": [create({"colour": "red"})],
    "post without $type": [create({}, "$type")],
    "post with the wrong $type": [create({"$type": "app.bsky.feed.like"})],
    "post under a key that is taken": [create(rkey=TAKEN), create(rkey=TAKEN), read(TAKEN)],
    "post under a key that is no TID": [create(rkey="hello")],
    "post under a key that is no key": [create(rkey="a/b")],
    "post into another's repository": [create(repo=ABSENT_REPO)],
    "post into what is no repository": [create(repo="???")],
    "post into what is no collection": [create(collection="foo")],
    "post without a token": [
        procedure(REPO + "createRecord", None, repo="<did>", collection=POST, record={})
    ],
    "post with an expired token": [
        procedure(
            REPO + "createRecord", "<expired_access>", repo="<did>", collection=POST, record={}
        )
    ],
    "post without a record": [procedure(REPO + "createRecord", repo="<did>", collection=POST)],
    "post of a float": [create({"weight": 1.5})],
    "300 graphemes": [create({"text": "a" * 300})],
    "301 graphemes": [create({"text": "a" * 301})],
    "301 graphemes that nobody validates": [create({"text": "a" * 301}, validate=False)],
    "families": [create({"text": FAMILY * 120})],
    "too many bytes": [create({"text": FAMILY * 121})],
    "empty text": [create({"text": ""})],
    "no text": [create({}, "text")],
    "text that is a number": [create({"text": 3})],
    "no createdAt": [create({}, "createdAt")],
    "createdAt without a zone": [create({"createdAt": "2026-11-24T10:00:00"})],
    "createdAt with an offset": [create({"createdAt": "2026-11-24T10:00:00+02:00"})],
    "createdAt with an unknown offset": [create({"createdAt": "2026-11-24T10:00:00-00:00"})],
    "four languages": [create({"langs": ["en", "de", "fr", "it"]})],
    "what is no language": [create({"langs": ["not a lang"]})],
    "nine tags": [create({"tags": list("abcdefghi")})],
    "long tag": [create({"tags": ["a" * 65]})],
    # Facets
    "mention": [create(facet("mention", {"did": ABSENT_REPO}))],
    "mention of a handle": [create(facet("mention", {"did": "nobody.test"}))],
    "link": [create(facet("link", {"uri": "https://example.test"}))],
    "link to nowhere": [create(facet("link", {"uri": "nowhere"}))],
    "tag facet that is too long": [create(facet("tag", {"tag": "a" * 65}))],
    "facet of an unknown kind": [create(facet("wink", {}))],
    "facet outside the text": [
        create(facet("link", {"uri": "https://example.test"}, {"byteStart": 90, "byteEnd": 99}))
    ],
    "facet before the text": [
        create(facet("link", {"uri": "https://example.test"}, {"byteStart": -1, "byteEnd": 2}))
    ],
    # Embeds
    "image": [upload(PNG), create(images(STORED))],
    "four images": [upload(PNG), create(images(*[STORED] * 4))],
    "five images": [upload(PNG), create(images(*[STORED] * 5))],
    "image without alt": [upload(PNG), create(images({"image": "<0.blob>"}))],
    "image of no width": [
        upload(PNG),
        create(images({**STORED, "aspectRatio": {"width": 0, "height": 1}})),
    ],
    "image over 1,000,000 bytes": [
        create(images({"image": {**ABSENT_BLOB, "size": 1_000_001}, "alt": ""}))
    ],
    "image that is a document": [
        create(images({"image": {**ABSENT_BLOB, "mimeType": "application/pdf"}, "alt": ""}))
    ],
    "image that was never uploaded": [create(images({"image": ABSENT_BLOB, "alt": ""}))],
    "image that is a string": [create(images({"image": "x", "alt": ""}))],
    "image whose size is not the stored one": [
        upload(OTHER_PNG),
        create(
            images(
                {
                    "image": {
                        "$type": "blob",
                        "ref": "<0.blob.ref>",
                        "mimeType": "<0.blob.mimeType>",
                        "size": 5,
                    },
                    "alt": "",
                }
            )
        ),
    ],
    "video that is an image": [
        upload(PNG),
        create({"embed": {"$type": "app.bsky.embed.video", "video": "<0.blob>"}}),
    ],
    "card": [upload(PNG), create(external(thumb="<0.blob>"))],
    "card to nowhere": [create(external(uri="nowhere"))],
    "card with a thumb over 1,000,000 bytes": [
        create(external(thumb={**ABSENT_BLOB, "size": 1_000_001}))
    ],
    "quote": [create(), create({"embed": {"$type": "app.bsky.embed.record", "record": OWN_REF}})],
    "quote with media": [
        create(),
        create(
            {
                "embed": {
                    "$type": "app.bsky.embed.recordWithMedia",
                    "record": {"record": OWN_REF},
                    "media": external()["embed"],
                }
            }
        ),
    ],
    "quote without media": [
        create(),
        create(
            {"embed": {"$type": "app.bsky.embed.recordWithMedia", "record": {"record": OWN_REF}}}
        ),
    ],
    "embed without $type": [create({"embed": {"images": []}})],
    "embed of an unknown kind": [create({"embed": {"$type": "com.example.embed"}})],
    "reply": [create(), create({"reply": {"root": OWN_REF, "parent": OWN_REF}})],
    "reply without a root": [create(), create({"reply": {"parent": OWN_REF}})],
    "reply without a cid": [
        create(),
        create({"reply": {"root": OWN_REF, "parent": {"uri": "<0.uri>"}}}),
    ],
    "self-labels": [
        create(
            {
                "labels": {
                    "$type": "com.atproto.label.defs#selfLabels",
                    "values": [{"val": "nudity"}],
                }
            }
        )
    ],
    # Other records
    "threadgate": [
        create(
            {"$type": GATE, "post": f"at://<did>/{POST}/3mabcdefghi24", "allow": []},
            "text",
            "langs",
            collection=GATE,
            rkey="3mabcdefghi24",
        )
    ],
    "threadgate of no post": [
        create({"$type": GATE, "post": "x"}, "text", collection=GATE, rkey="3mabcdefghi25")
    ],
    "record of an unknown kind": [
        create({"$type": "com.example.thing"}, collection="com.example.thing")
    ],
    "record of an unknown kind that must be validated": [
        create({"$type": "com.example.thing"}, collection="com.example.thing", validate=True)
    ],
    # Reading and changing
    "read by handle": [create(rkey="3mabcdefghi26"), read("3mabcdefghi26", "<handle>")],
    "read what is absent": [read("3aaaaaaaaaaaa")],
    "read of an unknown account": [read("3aaaaaaaaaaaa", ABSENT_REPO)],
    "put anew, the same, other": [
        put("3mabcdefghi27", "one"),
        put("3mabcdefghi27", "one"),
        put("3mabcdefghi27", "two"),
        read("3mabcdefghi27"),
    ],
    "put only if absent": [
        put("3mabcdefghi2a", "one", swapRecord=None),
        put("3mabcdefghi2a", "two", swapRecord=None),
    ],
    "delete twice": [
        create(rkey="3mabcdefghi2b"),
        delete("3mabcdefghi2b"),
        delete("3mabcdefghi2b"),
    ],
    "several writes": [
        apply(write("create", "3mabcdefghi2c"), write("create", "3mabcdefghi2d")),
        apply(write("update", "3mabcdefghi2c", "new"), write("delete", "3mabcdefghi2d")),
        read("3mabcdefghi2c"),
        read("3mabcdefghi2d"),
    ],
    "several writes, one of them wrong": [
        apply(write("create", "3mabcdefghi2e"), write("create", "3mabcdefghi2f", "a" * 301)),
        read("3mabcdefghi2e"),
    ],
    "several writes, one of them taken": [
        create(rkey="3mabcdefghi2g"),
        apply(write("create", "3mabcdefghi2h"), write("create", "3mabcdefghi2g")),
        read("3mabcdefghi2h"),
    ],
    "empty list": [query(REPO + "listRecords", repo="<did>", collection="com.example.none")],
    "list of one kind, oldest first": [
        create({"$type": "com.example.kind"}, "text", collection="com.example.kind", rkey="a"),
        create({"$type": "com.example.kind"}, "text", collection="com.example.kind", rkey="b"),
        query(
            REPO + "listRecords",
            repo="<did>",
            collection="com.example.kind",
            reverse="true",
            limit="1",
        ),
        query(
            REPO + "listRecords",
            repo="<did>",
            collection="com.example.kind",
            reverse="true",
            cursor="a",
        ),
    ],
}
