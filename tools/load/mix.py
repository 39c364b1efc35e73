"""What is asked for: each kind of request with its share."""

import io
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from PIL import Image

from bench.processes import HOST, call
from bench.setting import Setting, request
from load.arrivals import NUMBER

# Of a hundred requests. Every post tells a webhook endpoint of what happens to it.
SHARES = {
    "read a list": 20,
    "read a post": 25,
    "validate": 20,
    "schedule": 15,
    "publish": 10,
    "upload": 5,
    "webhook deliveries": 5,
}
BOUNDARY = "load"
IMAGE_PIXELS = 320
READABLE = 8


@dataclass(frozen=True)
class Mix:
    """Requests, each with the number of its kind, and the endpoint that is told of every post."""

    kinds: Sequence[str]
    requests: Sequence[tuple[int, bytes]]
    hooks: str


def _image() -> bytes:
    written = io.BytesIO()
    noise = Image.effect_noise((IMAGE_PIXELS, IMAGE_PIXELS), 60).convert("RGB")
    noise.save(written, "JPEG", quality=80)
    return written.getvalue()


def _get(path: str, key: str) -> bytes:
    return (
        f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nUser-Agent: load\r\nAccept: */*\r\n"
        f"Authorization: Bearer {key}\r\n\r\n"
    ).encode()


def _upload(key: str, content: bytes) -> bytes:
    body = (
        f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=file; "
        f"filename={NUMBER.decode()}.jpg\r\nContent-Type: image/jpeg\r\n\r\n"
    ).encode()
    body += content + f"\r\n--{BOUNDARY}--\r\n".encode()
    head = (
        f"POST /v1/media HTTP/1.1\r\nHost: {HOST}\r\nUser-Agent: load\r\nAccept: */*\r\n"
        f"Authorization: Bearer {key}\r\nContent-Length: {len(body)}\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n"
    )
    return head.encode() + body


def _asynchronous(content: bytes) -> bytes:
    # How long the platform takes is not the server's latency; that it publishes is its work.
    return content.replace(b"\r\nAccept:", b"\r\nPrefer: respond-async\r\nAccept:", 1)


def make_mix(setting: Setting, port: int, hooks: str) -> Mix:
    """The mix for a server that runs; it gets a webhook endpoint, and posts that can be read."""
    headers = {"Authorization": f"Bearer {setting.key}"}
    due = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    accounts = [{"accountId": each["id"]} for each in setting.accounts]

    def post(text: str, account: int, **more: object) -> dict[str, Any]:
        return {"targets": [accounts[account % len(accounts)]], "text": text, **more}

    endpoint = call(port, "POST", "/v1/webhook-endpoints", {"url": hooks}, headers)
    ids = []
    for each in range(READABLE):
        body = post(f"To be read, number {each}.", each, scheduledAt=due)
        made = call(port, "POST", "/v1/posts", body, headers)
        ids.append(made["results"][0]["postId"])
    key, number = setting.key, NUMBER.decode()
    picture = _image()
    requests = {
        "read a list": [_get("/v1/posts?limit=20", key)],
        "read a post": [_get(f"/v1/posts/{each}", key) for each in ids],
        "validate": [
            request("/v1/posts/validate", {"targets": accounts, "text": f"Fits {number}."}, key)
        ],
        "schedule": [
            request("/v1/posts", post(f"Scheduled {number}.", each, scheduledAt=due), key)
            for each in range(len(accounts))
        ],
        "publish": [
            _asynchronous(request("/v1/posts", post(f"Published {number}.", each), key))
            for each in range(len(accounts))
        ],
        "upload": [_upload(key, picture)],
        "webhook deliveries": [_get(f"/v1/webhook-endpoints/{endpoint['id']}/deliveries", key)],
    }
    kinds = tuple(SHARES)
    hundred = [
        (number, requests[kind][each % len(requests[kind])])
        for number, kind in enumerate(kinds)
        for each in range(SHARES[kind])
    ]
    # In an order of chance that is always the same: whoever sends one after the other sends a mix.
    random.Random(1).shuffle(hundred)  # noqa: S311 - no secret
    return Mix(kinds, hundred, hooks)
