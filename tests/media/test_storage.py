"""Storage: the same promises for a folder, for memory and for a server that speaks S3."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from letmepost.media.storage import (
    ObjectMissingError,
    ObjectTooLargeError,
    Storage,
    StorageSettingError,
    open_storage,
    storage_key,
)

KEY = "media/org_1/med_1.jpg"
DATA = bytes(range(256)) * 80_000  # 20 MB: more than one part


class S3Server:
    """The few calls of S3 that a store makes, for objects in memory."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.content_types: dict[str, str] = {}
        self.parts: dict[str, dict[int, bytes]] = {}
        app = web.Application(client_max_size=2**30)
        app.router.add_route("*", "/{key:.*}", self._answer)
        self.server = TestServer(app, host="127.0.0.1")

    async def _answer(self, request: web.Request) -> web.Response:  # noqa: PLR0911 - one per call
        key, query = request.path, request.query
        assert request.headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=made-up/")
        if request.method == "POST" and "uploads" in query:
            self.content_types[key] = request.headers["Content-Type"]
            self.parts[key] = {}
            text = "<R><Bucket>b</Bucket><Key>k</Key><UploadId>1</UploadId></R>"
            return web.Response(text=text, content_type="application/xml")
        if request.method == "PUT" and "partNumber" in query:
            self.parts[key][int(query["partNumber"])] = await request.read()
            return web.Response(headers={"ETag": '"part"'})
        if request.method == "POST" and "uploadId" in query:
            parts = self.parts.pop(key)
            self.objects[key] = b"".join(parts[number] for number in sorted(parts))
            text = '<R><ETag>"whole"</ETag></R>'
            return web.Response(text=text, content_type="application/xml")
        if request.method == "PUT":
            self.objects[key] = await request.read()
            self.content_types[key] = request.headers["Content-Type"]
            return web.Response(headers={"ETag": '"whole"'})
        if request.method == "DELETE":
            self.objects.pop(key, None)
            return web.Response(status=204)
        if key not in self.objects:
            return web.Response(status=404)
        headers = {"ETag": '"whole"', "Last-Modified": "Tue, 24 Nov 2026 10:00:00 GMT"}
        data, wanted = self.objects[key], request.http_range
        if "Range" in request.headers:
            start, stop, _ = wanted.indices(len(data))
            headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(data)}"
            return web.Response(status=206, body=data[start:stop], headers=headers)
        return web.Response(body=data, headers=headers)


@pytest.fixture
async def s3() -> AsyncIterator[S3Server]:
    server = S3Server()
    async with server.server:
        yield server


@pytest.fixture(params=["file", "memory", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path, s3: S3Server) -> Storage:
    if request.param == "s3":
        return open_storage("s3://bucket/prefix", s3_environment(s3))
    if request.param == "file":
        return open_storage((tmp_path / "made" / "on demand").as_uri(), {})
    return open_storage("memory:///", {})


def s3_environment(s3: S3Server) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": "made-up",
        "AWS_SECRET_ACCESS_KEY": "made-up",
        "AWS_ENDPOINT_URL": str(s3.server.make_url("/")).rstrip("/"),
    }


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(DATA)
    return path


async def collect(stream: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in stream])


async def test_a_file_is_put_streamed_read_and_deleted(storage: Storage, source: Path) -> None:
    assert not await storage.exists(KEY)
    await storage.put_file(KEY, source, "image/jpeg")
    assert await storage.exists(KEY)
    assert await collect(storage.stream(KEY)) == DATA
    assert await storage.read(KEY, len(DATA)) == DATA
    await storage.delete(KEY)
    assert not await storage.exists(KEY)
    await storage.delete(KEY)


@pytest.mark.parametrize(
    ("start", "end"),
    [(0, 10), (5, None), (len(DATA) - 3, None), (None, 7), (100, 5_000_000), (4, 4)],
)
async def test_a_range_is_streamed_without_its_end(
    storage: Storage, source: Path, start: int | None, end: int | None
) -> None:
    await storage.put_file(KEY, source, "image/jpeg")
    assert await collect(storage.stream(KEY, start, end)) == DATA[start:end]


async def test_a_range_beyond_the_end_stops_at_the_end(storage: Storage, source: Path) -> None:
    await storage.put_file(KEY, source, "image/jpeg")
    assert await collect(storage.stream(KEY, 10, 10 * len(DATA))) == DATA[10:]


async def test_a_missing_object_is_told_by_its_own_error(storage: Storage) -> None:
    with pytest.raises(ObjectMissingError):
        await collect(storage.stream(KEY))
    with pytest.raises(ObjectMissingError):
        await storage.read(KEY, 10)


async def test_an_object_too_large_for_memory_is_not_read(storage: Storage, source: Path) -> None:
    await storage.put_file(KEY, source, "image/jpeg")
    with pytest.raises(ObjectTooLargeError):
        await storage.read(KEY, len(DATA) - 1)


async def test_s3_objects_carry_prefix_and_content_type(s3: S3Server, source: Path) -> None:
    storage = open_storage("s3://bucket/some/prefix/", s3_environment(s3))
    await storage.put_file(KEY, source, "image/jpeg")
    assert s3.content_types == {f"/bucket/some/prefix/{KEY}": "image/jpeg"}


@pytest.mark.parametrize(
    "url",
    ["", "media", "/srv/media", "file://", "file://host/media", "s3://", "gs://x", "http://x"],
)
def test_an_address_that_names_no_storage_is_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(StorageSettingError, match=r"\.$"):
        open_storage(url, {})


def test_the_key_names_organization_media_and_the_sniffed_type() -> None:
    assert storage_key("org_1", "med_2", "video/quicktime") == "media/org_1/med_2.mov"
    assert storage_key("org_1", "med_2", "text/html") == "media/org_1/med_2.bin"
