"""Files that a platform fetches by itself: served at signed addresses, and refused unreachable."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.media.addresses import FileAddresses
from letmepost.platform_kit.http import Upstream
from letmepost.platform_kit.simulator import Simulation
from letmepost.platforms import platforms
from tests.accounts.album import AlbumSimulator
from tests.accounts.conftest import Server, running
from tests.asgi_client import AsgiClient
from tests.clock import FakeClock
from tests.media.samples import image
from tests.server_process import multipart

PRIVATE = "http://127.0.0.1:8000"


@pytest.fixture
async def server(
    simulation: Simulation,
    database_url: str,
    tmp_path: Path,
    fake_clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Server]:
    album = replace(platforms()["album"], fetches_media_urls=True)
    monkeypatch.setitem(platforms(), "album", album)
    more = {"LETMEPOST_PUBLIC_URL": PRIVATE}
    async with running(simulation, database_url, tmp_path / "data", fake_clock, **more) as opened:
        yield opened


async def _upload(server: Server) -> str:
    data, content_type = multipart("a.png", image(size=(320, 240)), "image/png")
    reply = await server.call(
        "POST", "/v1/media", data=data, headers={"Content-Type": content_type}
    )
    assert reply.status == 201, reply.text
    media_id: str = reply.body["id"]
    return media_id


async def _published(server: Server, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Publish a picture on the album, which is at a public address by now and refuses all."""
    account = await server.connected()
    media = [{"kind": "image", "mediaId": await _upload(server)}]
    settings: Any = server.service.state.connecting.platform_settings
    settings["album"] = settings["album"].model_copy(update={"api_url": "https://album.example"})

    async def refuse_all(*_: Any, **_more: Any) -> None:
        raise LetmepostError(code=ErrorCode.PLATFORM_REJECTED, message="It was asked.")

    monkeypatch.setattr(Upstream, "request", refuse_all)
    reply = await server.post(account["id"], media=media)
    return reply.body


async def test_a_file_is_served_at_its_signed_address_until_that_ends(server: Server) -> None:
    media_id, state = await _upload(server), server.service.state
    album, storage = platforms()["album"], state.library.storage
    made = FileAddresses(storage, state.keyring, server.clock, PRIVATE, album, PRIVATE)
    path = (await made.of(media_id, "key", None)).removeprefix(PRIVATE)
    stranger = AsgiClient(server.service.app)
    part = await stranger.call("HEAD", path, headers={"Range": "bytes=0-9"})
    assert part.status in (206, 405)
    broken = path[:-1] + ("0" if path[-1] != "0" else "1")
    assert (await stranger.call("GET", broken)).status == 404
    assert (await stranger.call("GET", path.replace("expires=1", "expires=2"))).status == 404
    server.clock.advance(24 * 3600)
    assert (await stranger.call("GET", path)).status == 404


async def test_a_post_whose_file_cannot_be_reached_is_refused_before_anything_is_sent(
    server: Server, album: AlbumSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = list(album.timeline())
    error = (await _published(server, monkeypatch))["results"][0]["error"]
    assert error["code"] == "preflight_failed"
    assert "LETMEPOST_PUBLIC_URL" in error["remediation"]
    assert list(album.timeline()) == before


async def test_a_file_that_goes_by_its_bytes_needs_no_address(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_bytes = replace(platforms()["album"], takes_bytes=lambda facts, _: facts.kind == "image")
    monkeypatch.setitem(platforms(), "album", by_bytes)
    result = (await _published(server, monkeypatch))["results"][0]
    assert result["error"]["code"] == "platform_rejected"
