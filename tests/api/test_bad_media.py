"""An upload or a media address that is refused leaves no row, no object and no working file."""

import asyncio
import base64
import io
import struct
import zlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from letmepost.preflight.resource_rules import UPLOAD_BYTES
from tests.api.client import Client
from tests.api.server import ON_ONE_DATABASE, Organization, Server, running_server
from tests.media.samples import image

pytestmark = pytest.mark.asyncio(loop_scope="session")

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>1</script></svg>'
HEIC = struct.pack(">I4s4sI4s4s", 24, b"ftyp", b"heic", 0, b"mif1", b"heic") + bytes(200)


def huge_png() -> bytes:
    """A PNG of 30,000 x 30,000 pixels in a few kilobytes of file."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    side = 30_000
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    packer = zlib.compressobj(9)
    row = bytes(side // 8 + 1)
    rows = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


async def _post_with(client: Client, media: dict[str, Any]) -> Any:
    return await client.publish(
        {"targets": [{"platform": "bluesky"}], "text": "Never sent", "media": [media]}
    )


FILES = {
    "a text named .jpg": (b"this is no picture\n" * 50, "media.kind.mismatch"),
    "an SVG": (SVG, "bluesky.media.mime_allowed"),
    "an HEIC named .jpg": (HEIC, "bluesky.media.mime_allowed"),
    "a truncated JPEG": (image(size=(640, 480))[:2000], "media.file.corrupt"),
    "a PNG of 30,000 pixels a side": (huge_png(), "media.image.pixels_max"),
}


@ON_ONE_DATABASE
async def test_a_file_that_no_platform_takes_is_refused_whatever_its_name(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    await organization.connect(client)
    found = {}
    for name, (content, _) in FILES.items():
        stored = await client.upload(content)
        assert stored.status in (201, 400), (name, stored.body)
        before = await server.traces()
        inline = base64.b64encode(content).decode()
        sources = [{"bytesBase64": inline}]
        if stored.status == 201:
            sources.append({"mediaId": stored.body["id"]})
        for source in sources:
            answer = await _post_with(client, {"kind": "image", **source})
            assert answer.status == 400, (name, answer.body)
            found[name] = answer.error["rule"]
        assert await server.traces() == before, name
    assert found == {name: rule for name, (_, rule) in FILES.items()}


async def test_a_file_of_another_kind_than_named_is_refused(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    await organization.connect(client)
    stored = await client.upload(image())
    before = await server.traces()
    answer = await _post_with(client, {"kind": "video", "mediaId": stored.body["id"]})
    assert answer.status == 400
    assert answer.error["rule"] == "media.kind.mismatch"
    assert await server.traces() == before


async def test_an_empty_file_is_refused(server: Server, organization: Organization) -> None:
    client = await organization.client()
    await organization.connect(client)
    before = await server.traces()
    (await client.upload(b"")).refused(400, "preflight_failed", "media.file.empty")
    answer = await _post_with(client, {"kind": "image", "bytesBase64": ""})
    assert answer.status == 400
    assert answer.error["rule"] == "media.file.empty"
    assert await server.traces() == before


def _part(name: str, content: bytes, more: str = "") -> bytes:
    head = f'--B\r\nContent-Disposition: form-data; name="{name}"; filename="a.jpg"\r\n{more}\r\n'
    return head.encode("latin-1") + content + b"\r\n"


@ON_ONE_DATABASE
async def test_an_upload_that_is_no_form_with_one_file_is_refused(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    before = await server.traces()
    form = {"Content-Type": "multipart/form-data; boundary=B"}
    cases: tuple[tuple[dict[str, str], bytes, str], ...] = (
        ({"Content-Type": "image/jpeg"}, image(), "media.content_type"),
        ({"Content-Type": "multipart/form-data"}, image(), "media.content_type"),
        ({"Content-Type": "application/json"}, b"{}", "media.content_type"),
        (form, b"", "media.empty_body"),
        (form, b"--B--\r\n", "media.missing_file"),
        (form, _part("picture", image()) + b"--B--\r\n", "media.missing_file"),
        (form, _part("file", image()) * 2 + b"--B--\r\n", "media.single_file"),
        (form, _part("file", image()), "media.parse_failed"),
        (form, b"no form at all", "media.parse_failed"),
    )
    for headers, body, rule in cases:
        for key in ({}, {"Idempotency-Key": rule}):
            answer = await client.call("POST", "/v1/media", data=body, headers={**headers, **key})
            answer.refused(400, "validation_failed", rule)
    assert await server.traces() == before


async def test_an_upload_with_odd_headers_is_kept_or_refused_but_breaks_nothing(
    organization: Organization,
) -> None:
    client = await organization.client()
    form = {"Content-Type": "multipart/form-data; boundary=B"}
    for line in ("Content-Type: image/jpeg\0x\r\n", f"Content-Type: image/{'x' * 3000}\r\n"):
        body = _part("file", image(), line) + b"--B--\r\n"
        answer = await client.call("POST", "/v1/media", data=body, headers=form)
        assert answer.status in (201, 400), answer.body


async def test_a_file_that_is_too_large_leaves_nothing(sqlite_copy: str, tmp_path: Any) -> None:
    settings = {"LETMEPOST_MEDIA_MAX_BYTES": "100000"}
    async with running_server(tmp_path, sqlite_copy, settings=settings) as server:
        organization = await server.new_organization()
        client = await organization.client()
        await organization.connect(client)
        before = await server.traces()
        answer = await client.upload(bytes(100_001))
        answer.refused(413, "validation_failed", "media.size_max")
        answer = await client.upload(bytes(100_001), key="again")
        answer.refused(413, "validation_failed", "media.size_max")
        inline = base64.b64encode(bytes(100_001)).decode()
        answer = await _post_with(client, {"kind": "image", "bytesBase64": inline})
        answer.refused(413, "validation_failed", "media.size_max")
        assert "100000 bytes" in answer.error["message"]
        assert await server.traces() == before
        assert (await client.upload(image())).status == 201


async def _chunks(head: bytes, size: int) -> AsyncIterator[bytes]:
    yield head
    piece = bytes(4 * 1024 * 1024)
    while size > 0:
        yield piece[:size]
        size -= len(piece)


@ON_ONE_DATABASE
async def test_the_true_limit_is_200_mib_even_when_nobody_says_the_length(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    before = await server.traces()
    assert UPLOAD_BYTES.value == 200 * 1024 * 1024
    head = _part("file", b"")[:-2]
    answer = await client.call(
        "POST",
        "/v1/media",
        data=_chunks(head, UPLOAD_BYTES.value + 1024 * 1024),
        headers={"Content-Type": "multipart/form-data; boundary=B"},
    )
    answer.refused(413, "validation_failed", "media.size_max")
    assert await server.traces() == before


async def test_an_upload_whose_connection_is_cut_leaves_nothing(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    before = await server.traces()
    host, port = server.url.removeprefix("http://").split(":")
    for length in ("Content-Length: 5000000", "Transfer-Encoding: chunked"):
        _, writer = await asyncio.open_connection(host, int(port))
        body = _part("file", image())[:-2]
        if "chunked" in length:
            body = f"{len(body):x}\r\n".encode() + body + b"\r\n"
        head = (
            f"POST /v1/media HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {client.key}\r\n"
            f"Content-Type: multipart/form-data; boundary=B\r\nIdempotency-Key: cut\r\n{length}"
        )
        writer.write(head.encode() + b"\r\n\r\n" + body)
        await writer.drain()
        await _until(lambda: _receiving(server))
        writer.transport.abort()
        await _until(lambda: not _receiving(server))
    assert await server.traces() == before


def _receiving(server: Server) -> bool:
    return any((server.folder / "incoming").iterdir())


async def _until(true: Any) -> None:
    for _ in range(500):
        if true():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


@pytest.fixture
def files() -> web.Application:
    """A web server of the caller's, which also redirects to places it should not."""
    app = web.Application()

    async def picture(_: web.Request) -> web.Response:
        return web.Response(body=image(), content_type="image/jpeg")

    async def redirect(request: web.Request) -> web.Response:
        raise web.HTTPFound(request.query["to"])

    app.router.add_get("/picture.jpg", picture)
    app.router.add_get("/redirect", redirect)
    return app


PRIVATE = (
    "http://127.0.0.1:{port}/picture.jpg",
    "http://localhost:{port}/picture.jpg",
    "http://[::1]:{port}/picture.jpg",
    "http://[::ffff:127.0.0.1]:{port}/picture.jpg",
    "http://[::ffff:7f00:1]/picture.jpg",
    "http://[64:ff9b::7f00:1]/picture.jpg",
    "http://169.254.169.254/latest/meta-data/",
    "http://2130706433:{port}/picture.jpg",
    "http://0x7f000001:{port}/picture.jpg",
    "http://0177.0.0.1:{port}/picture.jpg",
    "http://127.1:{port}/picture.jpg",
    "http://0.0.0.0:{port}/picture.jpg",
    "http://10.0.0.1/a.jpg",
    "http://192.168.0.1/a.jpg",
    "ftp://example.com/a.jpg",
    "file:///etc/passwd",
    "gopher://127.0.0.1/",
    "//127.0.0.1/a.jpg",
    "http://user:password@93.184.216.34/a.jpg",
    "http:///a.jpg",
    "http://[::1/a.jpg",
    "http://93.184.216.34:99999/a.jpg",
    "not an address",
)


async def test_a_media_address_in_our_own_network_is_refused(
    sqlite_copy: str, tmp_path: Any, files: web.Application, listening: Any
) -> None:
    port = await listening(files)
    settings = {"LETMEPOST_ALLOWED_PRIVATE_NETWORKS": ""}
    async with running_server(tmp_path, sqlite_copy, settings=settings) as server:
        organization = await server.new_organization()
        client = await organization.test_client()
        await organization.connect(client)
        before = await server.traces()
        for address in PRIVATE:
            url = address.format(port=port)
            answer = await _post_with(client, {"kind": "image", "url": url})
            assert answer.status == 400, (url, answer.body)
            assert answer.error["rule"] == "media.url.disallowed", (url, answer.body)
        assert await server.traces() == before


async def test_a_redirect_into_our_own_network_is_refused(
    sqlite_copy: str, tmp_path: Any, files: web.Application, listening: Any
) -> None:
    port = await listening(files)
    # The first hop is admitted by its own address, and nothing else is.
    settings = {"LETMEPOST_ALLOWED_PRIVATE_NETWORKS": "127.0.0.1/32"}
    async with running_server(tmp_path, sqlite_copy, settings=settings) as server:
        organization = await server.new_organization()
        client = await organization.test_client()
        await organization.connect(client)
        start = f"http://127.0.0.1:{port}/redirect?to="
        for to in (
            "http://127.0.0.2/a.jpg",
            "http://169.254.169.254/",
            "http://[::1]/a.jpg",
            "file:///etc/passwd",
            "http://u:p@127.0.0.1/",
        ):
            before = await server.traces()
            answer = await _post_with(client, {"kind": "image", "url": start + to})
            answer.refused(400, "validation_failed", "media.url.disallowed")
            assert await server.traces() == before
        good = f"{start}http://127.0.0.1:{port}/picture.jpg"
        assert (await _post_with(client, {"kind": "image", "url": good})).status == 200


async def test_a_media_address_that_answers_no_file_is_told_apart(
    server: Server, organization: Organization, files: web.Application, listening: Any
) -> None:
    client = await organization.client()
    await organization.connect(client)
    port = await listening(files)
    before = await server.traces()
    gone = await _post_with(client, {"kind": "image", "url": f"http://127.0.0.1:{port}/gone.jpg"})
    gone.refused(400, "preflight_failed", "bluesky.media.reachable")
    assert await server.traces() == before


async def test_a_file_of_another_profile_or_organization_does_not_exist(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    brand = await organization.profile("Brand")
    elsewhere = await server.new_organization()
    foreign = await (await elsewhere.client()).upload(image())
    sibling = await client.upload(image(), query=f"?profileId={brand}")
    assert sibling.body["profileId"] == brand
    before = await server.traces()
    for media in (foreign, sibling):
        body = {
            "targets": [{"accountId": account["id"]}],
            "text": "x",
            "media": [{"kind": "image", "mediaId": media.body["id"]}],
        }
        (await client.publish(body)).refused(404, "not_found", "media.unknown")
    assert await server.traces() == before


async def test_an_upload_reads_its_type_from_the_bytes(organization: Organization) -> None:
    client = await organization.client()
    content = image("PNG", size=(80, 60))
    answer = await client.upload(content, filename="a.txt", content_type="text/plain")
    assert answer.status == 201
    assert answer.body["contentType"] == "image/png"
    assert (answer.body["width"], answer.body["height"]) == (80, 60)
    assert answer.body["sizeBytes"] == len(content)
    path = answer.body["url"].removeprefix(client.url)
    served = await organization.server.stranger.get(path)
    assert served.raw == content
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert io.BytesIO(served.raw).read(4) == b"\x89PNG"


async def test_a_file_that_could_be_a_page_is_served_as_a_download(
    organization: Organization,
) -> None:
    client = await organization.client()
    for content in (SVG, b"<html><script>alert(1)</script></html>"):
        answer = await client.upload(content, filename="a.html", content_type="text/html")
        assert answer.status == 201, answer.body
        path = answer.body["url"].removeprefix(client.url)
        served = await organization.server.stranger.get(path)
        assert served.headers["Content-Type"] == "application/octet-stream"
        assert served.headers["Content-Disposition"] == "attachment"


async def test_a_file_that_is_not_there_answers_404(server: Server) -> None:
    for media_id in ("med_0000000000000000000000", "x", "%00", "..", "a%2fb"):
        answer = await server.stranger.get(f"/v1/media/{media_id}/file")
        answer.refused(404, "not_found")
