"""A server of ours and a real Bluesky PDS: what is asked for is what stands in the repository."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest

from letmepost.platforms.bluesky.record import tid
from tests.clock import MIDDAY
from tests.media import samples
from tests.realpeers.conftest import Publisher, RealPds
from tests.realpeers.repository import create_account, featured, get_record, posts_saying
from tests.server_process import free_port

FAMILY = "\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL}\u200d\N{BOY}"
PICTURE = samples.image("PNG", (32, 24))
PAGE = """<html><head><title>Not this</title>
<meta property="og:title" content="The ferry is back">
<meta property="og:description" content="Every hour &amp; on Sundays">
<meta property="og:image" content="/picture.png"></head><body>...</body></html>"""


class _Site(BaseHTTPRequestHandler):
    pages: dict[str, tuple[int, str, bytes]] = {  # noqa: RUF012 - read by a handler made per request
        "/page": (200, "text/html; charset=utf-8", PAGE.encode()),
        "/picture.png": (200, "image/png", PICTURE),
        "/broken": (500, "text/html", b"<html><head><title>Broken"),
        "/nothing": (200, "text/html", b"\xff\xfe<html><title></title>"),
    }

    def do_GET(self) -> None:
        status, content_type, body = self.pages[self.path]
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def published(publisher: Publisher, text: str | None, **more: Any) -> dict[str, Any]:
    """Publish, and insist that it was; the one result."""
    batch = publisher.server.post(text, **more)
    assert batch.get("status") == "published", batch
    result: dict[str, Any] = batch["results"][0]
    return result


def stored(real_pds: RealPds, result: Any) -> Any:
    found = get_record(real_pds.url, result["uri"])
    assert found["cid"] == result["cid"]
    return found["value"]


def test_handle_alone_leads_to_the_server_that_holds_the_account(
    publisher: Publisher, real_pds: RealPds
) -> None:
    account = publisher.server.call("GET", f"/v1/accounts/{publisher.account_id}").body
    assert account["platformAccountId"] == real_pds.did
    assert account["displayName"] == real_pds.handle
    recorded = (publisher.server.folder / "upstream.jsonl").read_text().splitlines()
    asked = [json.loads(line)["url"] for line in recorded[:3]]
    assert asked[0].endswith(f"identity.resolveHandle?handle={real_pds.handle}")
    assert asked[1] == f"{real_pds.plc_url}/{real_pds.did}"
    # The DID document names the server, and that is where the login goes.
    assert asked[2].startswith("http://localhost:")
    assert asked[2].endswith("/xrpc/com.atproto.server.createSession")


def test_wrong_password_is_said_to_be_one(publisher: Publisher, real_pds: RealPds) -> None:
    answer = publisher.server.connect_bluesky(real_pds.handle, "aaaa-bbbb-cccc-dddd")
    error = answer.body["error"]
    assert (answer.status, error["code"]) == (401, "platform_auth_failed"), answer.text
    assert error["platformResponse"]["error"] == "AuthenticationRequired"
    assert error["remediation"]


def test_emoji_link_mention_and_tag_are_marked_by_their_bytes(
    publisher: Publisher, real_pds: RealPds
) -> None:
    mentioned = create_account(real_pds.url, "bob")
    text = f"{FAMILY} über example.com/ä?x=1, @bob.test und @nobody.test 🎉 #Fähre!"
    result = published(publisher, text)
    record = stored(real_pds, result)
    assert record["text"] == text
    assert featured(record) == {
        "example.com/ä?x=1": {"uri": "https://example.com/ä?x=1"},
        "@bob.test": {"did": mentioned},
        "#Fähre": {"tag": "Fähre"},
    }
    assert [each["code"] for each in result["warnings"]] == ["bluesky.mention.unresolved"]


def test_four_images_keep_their_order_alt_texts_and_shapes(
    publisher: Publisher, real_pds: RealPds
) -> None:
    sizes = [(64, 48), (48, 64), (32, 32), (80, 20)]
    media = []
    for number, size in enumerate(sizes):
        content = samples.image("PNG" if number % 2 else "JPEG", size)
        identifier = publisher.server.upload(f"{number}.bin", content, "image/png")
        media.append({"kind": "image", "mediaId": identifier, "altText": f"Nr. {number} 🌊"})
    images = stored(real_pds, published(publisher, "Four", media=media))["embed"]["images"]
    assert [each["alt"] for each in images] == [f"Nr. {number} 🌊" for number in range(4)]
    shapes = [(each["aspectRatio"]["width"], each["aspectRatio"]["height"]) for each in images]
    assert shapes == sizes
    kinds = ["image/jpeg", "image/png"] * 2
    assert [each["image"]["mimeType"] for each in images] == kinds


def test_reply_stands_under_its_parent_in_the_thread_of_the_parent(
    publisher: Publisher, real_pds: RealPds
) -> None:
    root = published(publisher, "Root")
    first = published(
        publisher, "First", options={"replyToUri": root["uri"], "replyToCid": root["cid"]}
    )
    second = published(
        publisher, "Second", options={"replyToUri": first["uri"], "replyToCid": first["cid"]}
    )
    as_root = {"uri": root["uri"], "cid": root["cid"]}
    assert stored(real_pds, first)["reply"] == {"root": as_root, "parent": as_root}
    as_first = {"uri": first["uri"], "cid": first["cid"]}
    assert stored(real_pds, second)["reply"] == {"root": as_root, "parent": as_first}


def test_quote_alone_and_with_an_image(publisher: Publisher, real_pds: RealPds) -> None:
    quoted = published(publisher, "Quoted")
    reference = {"uri": quoted["uri"], "cid": quoted["cid"]}
    options = {"quoteUri": quoted["uri"], "quoteCid": quoted["cid"]}
    alone = stored(real_pds, published(publisher, "Look", options=options))
    assert alone["embed"] == {"$type": "app.bsky.embed.record", "record": reference}
    identifier = publisher.server.upload("a.png", PICTURE, "image/png")
    media = [{"kind": "image", "mediaId": identifier, "altText": "Noise"}]
    both = stored(real_pds, published(publisher, "Look", options=options, media=media))
    assert both["embed"]["$type"] == "app.bsky.embed.recordWithMedia"
    assert both["embed"]["record"]["record"] == reference
    assert both["embed"]["media"]["images"][0]["alt"] == "Noise"


def test_first_comment_answers_the_post_and_has_its_own_links(
    publisher: Publisher, real_pds: RealPds
) -> None:
    result = published(
        publisher, "With a comment", firstComment={"text": "👇 More: example.org #more"}
    )
    found = get_record(real_pds.url, result["firstCommentUri"])
    assert found["cid"] == result["firstCommentCid"]
    comment = found["value"]
    post = {"uri": result["uri"], "cid": result["cid"]}
    assert comment["reply"] == {"root": post, "parent": post}
    assert featured(comment) == {
        "example.org": {"uri": "https://example.org"},
        "#more": {"tag": "more"},
    }
    assert comment["createdAt"] > stored(real_pds, result)["createdAt"]


def test_languages_tags_and_labels_arrive(publisher: Publisher, real_pds: RealPds) -> None:
    options = {"langs": ["de", "pt-BR"], "tags": ["ferry", "Fähre"], "labels": ["nudity"]}
    record = stored(real_pds, published(publisher, "Marked", options=options))
    assert record["langs"] == ["de", "pt-BR"]
    assert record["tags"] == ["ferry", "Fähre"]
    assert record["labels"] == {
        "$type": "com.atproto.label.defs#selfLabels",
        "values": [{"val": "nudity"}],
    }


def test_key_of_the_record_is_the_one_planned_before(
    publisher: Publisher, real_pds: RealPds
) -> None:
    result = published(publisher, "Planned")
    rkey = result["uri"].rpartition("/")[2]
    assert len(rkey) == len(tid(MIDDAY, 0))
    created = stored(real_pds, result)["createdAt"]
    assert created == publisher.server.read_post(result["postId"])["createdAt"]


@pytest.mark.parametrize(
    "text", ["a" * 300, "é" * 300, FAMILY * 120], ids=["ascii", "accents", "3000 bytes"]
)
def test_longest_texts_are_taken_by_both(
    publisher: Publisher, real_pds: RealPds, text: str
) -> None:
    assert stored(real_pds, published(publisher, text))["text"] == text


@pytest.mark.parametrize(
    ("text", "rule", "actual"),
    [
        ("b" * 301, "bluesky.text.max_graphemes", 301),
        (FAMILY * 120 + "b", "bluesky.text.max_bytes", 3001),
        (FAMILY * 121, "bluesky.text.max_bytes", 3025),
    ],
)
def test_what_is_too_long_is_refused_before_anything_is_sent(
    publisher: Publisher, real_pds: RealPds, text: str, rule: str, actual: int
) -> None:
    recording = publisher.server.folder / "upstream.jsonl"
    before = recording.read_bytes()
    error = publisher.server.post(text)["error"]
    assert (error["code"], error["rule"]) == ("preflight_failed", rule)
    assert [each["actual"] for each in error["violations"]] == [actual]
    assert recording.read_bytes() == before
    assert posts_saying(real_pds.url, real_pds.did, text) == []


def test_link_card_is_read_from_the_linked_page(
    publisher: Publisher, real_pds: RealPds, site: str
) -> None:
    embed = stored(real_pds, published(publisher, f"See {site}/page"))["embed"]
    thumb = embed["external"].pop("thumb")
    assert embed == {
        "$type": "app.bsky.embed.external",
        "external": {
            "uri": f"{site}/page",
            "title": "The ferry is back",
            "description": "Every hour & on Sundays",
        },
    }
    assert (thumb["mimeType"], thumb["size"]) == ("image/png", len(PICTURE))


@pytest.mark.parametrize("path", ["/broken", "/nothing", "/absent"])
def test_page_that_gives_no_card_does_not_stop_the_post(
    publisher: Publisher, real_pds: RealPds, site: str, path: str
) -> None:
    address = site if path != "/absent" else f"http://127.0.0.1:{free_port()}"
    record = stored(real_pds, published(publisher, f"See {address}{path}"))
    assert "embed" not in record
    assert featured(record) == {f"{address}{path}": {"uri": f"{address}{path}"}}


def test_same_key_twice_makes_one_record(publisher: Publisher, real_pds: RealPds) -> None:
    text, headers = f"Once {uuid4()}", {"Idempotency-Key": str(uuid4())}
    first = publisher.server.post(text, headers=headers)
    assert publisher.server.post(text, headers=headers) == first
    assert len(posts_saying(real_pds.url, real_pds.did, text)) == 1


def test_video_is_clearly_refused_where_no_service_is_set_up(publisher: Publisher) -> None:
    identifier = publisher.server.upload("film.mp4", samples.video(frames=10), "video/mp4")
    media = [{"kind": "video", "mediaId": identifier}]
    error = publisher.server.post("Film", media=media)["results"][0]["error"]
    assert error["code"] == "platform_rejected"
    assert error["rule"] == "bluesky.video.service_unavailable"
    assert not error["retryable"]
