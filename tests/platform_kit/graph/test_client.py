"""Calls of the Graph API: the token in a header, the proof with it, and neither in a record."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from letmepost.platform_kit.graph.client import GraphClient, appsecret_proof
from letmepost.platform_kit.http import Sessions, Upstream
from letmepost.platform_kit.multipart import Part

TOKEN = "EAAB-the-token"
PROOF = appsecret_proof(TOKEN, "app-secret")


@pytest.mark.parametrize("secret", ["app-secret", None])
async def test_the_token_is_in_a_header_alone_and_no_record_holds_it(
    tmp_path: Path, secret: str | None
) -> None:
    seen: list[tuple[str, str, dict[str, str], dict[str, str]]] = []

    async def answer(request: web.Request) -> web.Response:
        form = await request.post()
        assert request.headers["Authorization"] == f"Bearer {TOKEN}"
        fields = {name: str(value) for name, value in form.items()}
        seen.append((request.method, request.path, dict(request.query), fields))
        return web.json_response({"id": "1"}, headers={"X-App-Usage": '{"call_count": 96}'})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    record = tmp_path / "requests.jsonl"
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        url = str(server.make_url("/"))
        upstream = Upstream(Sessions(session, session, record), "somewhere", trusted=[url])
        upstream.secrets.add(TOKEN)
        task: Any = SimpleNamespace(
            session=SimpleNamespace(credentials={"accessToken": TOKEN}), upstream=upstream
        )
        client = GraphClient(task, f"{url}v25.0", secret)
        await client.get("/me", fields="id")
        await client.post("/me/feed", {"message": "Hello"})
        await client.post("/me/photos", {}, multipart=[Part(name="caption", content="Hi")])
        await client.delete("/1_2")
    proof = {"appsecret_proof": PROOF} if secret else {}
    assert seen == [
        ("GET", "/v25.0/me", {"fields": "id", **proof}, {}),
        ("POST", "/v25.0/me/feed", {}, {"message": "Hello", **proof}),
        ("POST", "/v25.0/me/photos", proof, {"caption": "Hi"}),
        ("DELETE", "/v25.0/1_2", proof, {}),
    ]
    for kept in (record.read_text(encoding="utf-8"), json.dumps(upstream.transcript)):
        assert TOKEN not in kept
        assert PROOF not in kept
    assert upstream.slow_for_seconds == 600


@pytest.mark.parametrize(("answered", "gone"), [("v25.0", False), ("v26.0", True), (None, False)])
async def test_an_answer_in_another_version_says_that_ours_is_gone(
    answered: str | None, *, gone: bool
) -> None:
    async def answer(_request: web.Request) -> web.Response:
        headers = {"facebook-api-version": answered} if answered else {}
        return web.json_response({"id": "1"}, headers=headers)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        url = str(server.make_url("/"))
        upstream = Upstream(Sessions(session, session), "somewhere", trusted=[url])
        task: Any = SimpleNamespace(
            session=SimpleNamespace(credentials={"accessToken": TOKEN}), upstream=upstream
        )
        await GraphClient(task, f"{url}v25.0").get("/me")
        assert upstream.version_is_gone is gone
