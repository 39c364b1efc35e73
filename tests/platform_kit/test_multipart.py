"""Bodies of several parts arrive as they were meant, and are shown by names and sizes."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from letmepost.platform_kit.http import Sessions, Upstream
from letmepost.platform_kit.multipart import Part

FILM = bytes(range(256)) * 8192
PARTS = [
    Part(name="segment_index", content="3"),
    Part(name="token", content="hunter2"),
    Part(name="note", content="the word is s3cret-word"),
    Part(name='odd"name', content="ü"),
    Part(name="media", content=FILM, filename="film.mp4", content_type="video/mp4"),
    Part(name="more", content=b"\r\n--", filename='a"b.bin'),
]


@dataclass
class Peer:
    upstream: Upstream
    url: str
    record: Path
    received: dict[str, Any]


@pytest.fixture
async def peer(tmp_path: Path) -> AsyncIterator[Peer]:
    received: dict[str, Any] = {}

    async def take(request: web.Request) -> web.Response:
        received["length"] = request.headers.get("Content-Length")
        form = await request.post()
        for name, value in form.items():
            if isinstance(value, web.FileField):
                received[name] = (value.filename, value.content_type, value.file.read())
            else:
                received[name] = value
        return web.json_response({})

    app = web.Application(client_max_size=16 * 1024 * 1024)
    app.router.add_post("/", take)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        record = tmp_path / "upstream.jsonl"
        url = str(server.make_url("/"))
        sessions = Sessions(plain=session, guarded=session, record_to=record)
        upstream = Upstream(sessions, "example", trusted=[url], secrets={"s3cret-word"})
        yield Peer(upstream, url, record, received)


async def test_every_part_arrives_as_it_was_meant(peer: Peer) -> None:
    answer = await peer.upstream.request("POST", peer.url, multipart=PARTS)
    assert answer.status == 200
    assert int(peer.received.pop("length")) > len(FILM)
    assert peer.received == {
        "segment_index": "3",
        "token": "hunter2",
        "note": "the word is s3cret-word",
        # A quote is written as browsers write it (WHATWG HTML, multipart/form-data encoding).
        "odd%22name": "ü",
        "media": ("film.mp4", "video/mp4", FILM),
        "more": ("a%22b.bin", "application/octet-stream", b"\r\n--"),
    }


async def test_parts_are_shown_by_names_and_sizes_without_secrets(peer: Peer) -> None:
    await peer.upstream.request("POST", peer.url, multipart=PARTS)
    shown = [
        {"name": "segment_index", "value": "3"},
        {"name": "token", "value": "***"},
        {"name": "note", "value": "the word is ***"},
        {"name": 'odd"name', "value": "ü"},
        {
            "name": "media",
            "filename": "film.mp4",
            "content_type": "video/mp4",
            "size_bytes": len(FILM),
        },
        {
            "name": "more",
            "filename": 'a"b.bin',
            "content_type": "application/octet-stream",
            "size_bytes": 4,
        },
    ]
    (entry,) = peer.upstream.transcript
    assert entry["requestBody"] == shown
    line = json.loads(peer.record.read_text(encoding="utf-8"))
    assert line["multipart"] == shown
    assert line["headers"]["Content-Type"].startswith("multipart/form-data; boundary=")
