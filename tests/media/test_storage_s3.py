"""Storage on a server that speaks S3 as moto does: the calls, the parts, and signed addresses."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from letmepost.media.storage import ObjectMissingError, Storage, open_storage
from tests.media.s3 import S3, running_s3

KEY = "media/org_1/med_1.jpg"
DATA = bytes(range(256)) * 80_000  # 20 MB: three parts


@pytest.fixture(scope="module")
def s3() -> Iterator[S3]:
    with running_s3() as server:
        yield server


@pytest.fixture
def storage(s3: S3) -> Storage:
    return open_storage(s3.url, s3.environment)


@pytest.mark.parametrize("size_bytes", [0, 1, 100_000, len(DATA)])
async def test_a_file_is_put_streamed_measured_and_deleted(
    storage: Storage, tmp_path: Path, size_bytes: int
) -> None:
    path = tmp_path / "file"
    path.write_bytes(DATA[:size_bytes])
    await storage.put_file(KEY, path, "image/jpeg")
    assert await storage.size_bytes(KEY) == size_bytes
    assert b"".join([piece async for piece in storage.stream(KEY)]) == DATA[:size_bytes]
    await storage.delete(KEY)
    assert not await storage.exists(KEY)
    await storage.delete(KEY)
    with pytest.raises(ObjectMissingError):
        await storage.size_bytes(KEY)


@pytest.mark.parametrize(
    ("start", "end"), [(0, 1), (5, None), (9_000_000, 17_000_000), (len(DATA) - 1, None)]
)
async def test_a_range_of_a_file_in_parts_is_streamed(
    storage: Storage, tmp_path: Path, start: int, end: int | None
) -> None:
    path = tmp_path / "file"
    path.write_bytes(DATA)
    await storage.put_file(KEY, path, "image/jpeg")
    pieces = [piece async for piece in storage.stream(KEY, start, end)]
    assert b"".join(pieces) == DATA[start:end]


async def test_anybody_may_put_an_object_at_its_signed_address(storage: Storage) -> None:
    key = "uploads/org_1/upl_1"
    address = await storage.put_address(key, timedelta(minutes=5))
    assert address is not None
    async with (
        aiohttp.ClientSession() as http,
        http.put(address, data=b"sent", headers={"Content-Type": "image/png"}) as answer,
    ):
        assert answer.status == 200
    assert await storage.read(key, 10) == b"sent"


async def test_a_folder_has_no_address_of_its_own(tmp_path: Path) -> None:
    for url in (tmp_path.as_uri(), "memory:///"):
        storage = open_storage(url, {})
        assert await storage.put_address(KEY, timedelta(minutes=5)) is None
