"""What a PDS really holds, read past the server under test."""

from typing import Any
from urllib.parse import urlencode

from tests.server_process import call

POST = "app.bsky.feed.post"


def get_record(pds_url: str, uri: str) -> Any:
    """The record at an at:// address: `uri`, `cid` and `value`."""
    repo, collection, rkey = uri.removeprefix("at://").split("/")
    query = urlencode({"repo": repo, "collection": collection, "rkey": rkey})
    answer = call(f"{pds_url}/xrpc/com.atproto.repo.getRecord?{query}")
    assert answer.status == 200, answer.text
    return answer.body


def posts_saying(pds_url: str, did: str, text: str) -> list[Any]:
    """Every post of a repository that has this very text."""
    found: list[Any] = []
    cursor = ""
    while True:
        query = urlencode({"repo": did, "collection": POST, "limit": 100, "cursor": cursor})
        answer = call(f"{pds_url}/xrpc/com.atproto.repo.listRecords?{query}")
        assert answer.status == 200, answer.text
        records = answer.body["records"]
        found += [record for record in records if record["value"]["text"] == text]
        cursor = answer.body.get("cursor", "")
        if not cursor or not records:
            return found


def create_account(pds_url: str, name: str) -> str:
    """One more account; its DID."""
    answer = call(
        f"{pds_url}/xrpc/com.atproto.server.createAccount",
        "POST",
        json_body={
            "handle": f"{name}.test",
            "email": f"{name}@example.test",
            "password": "a-password-of-this-account",
        },
    )
    assert answer.status == 200, answer.text
    did: str = answer.body["did"]
    return did


def featured(record: Any) -> dict[str, Any]:
    """What each facet of a record marks, cut out of the text by its bytes."""
    text = record["text"].encode()
    return {
        text[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode(): {
            name: value for name, value in feature.items() if name != "$type"
        }
        for facet in record.get("facets", ())
        for feature in facet["features"]
    }
