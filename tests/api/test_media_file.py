"""The bytes of a file: whole, one range of them, or only what would be sent."""

import pytest

from tests.api.client import Answer
from tests.api.server import ON_ONE_DATABASE, Organization, Server
from tests.media.samples import image

pytestmark = [pytest.mark.asyncio(loop_scope="session"), ON_ONE_DATABASE]

CONTENT = image(size=(640, 480))
SIZE = len(CONTENT)


async def _file(
    server: Server, organization: Organization, method: str = "GET", **headers: str
) -> Answer:
    client = await organization.client()
    stored = (await client.upload(CONTENT)).body
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return await server.stranger.call(method, f"/v1/media/{stored['id']}/file", headers=sent)


async def test_a_file_is_sent_whole_and_says_that_it_has_ranges(
    server: Server, organization: Organization
) -> None:
    answer = await _file(server, organization)
    assert (answer.status, answer.raw) == (200, CONTENT)
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Content-Length"] == str(SIZE)
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert len(answer.headers["ETag"]) == 66
    assert "Content-Range" not in answer.headers


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-99", 0, 100),
        ("bytes=100-", 100, SIZE),
        ("bytes=-10", SIZE - 10, SIZE),
        (f"bytes=-{SIZE * 2}", 0, SIZE),
        (f"bytes={SIZE - 1}-{SIZE * 2}", SIZE - 1, SIZE),
    ],
)
async def test_one_range_is_sent(
    server: Server, organization: Organization, asked: str, start: int, end: int
) -> None:
    answer = await _file(server, organization, Range=asked)
    assert (answer.status, answer.raw) == (206, CONTENT[start:end])
    assert answer.headers["Content-Range"] == f"bytes {start}-{end - 1}/{SIZE}"
    assert answer.headers["Content-Length"] == str(end - start)


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", f"bytes={SIZE + 5}-{SIZE + 9}", "bytes=-0"])
async def test_a_range_beyond_the_end_is_refused(
    server: Server, organization: Organization, asked: str
) -> None:
    answer = await _file(server, organization, Range=asked)
    answer.refused(416, "validation_failed", "media.range")
    assert answer.headers["Content-Range"] == f"bytes */{SIZE}"


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "bytes=-", "lines=1-2", "bytes=9-3", "x"])
async def test_what_is_no_single_range_is_answered_with_the_whole(
    server: Server, organization: Organization, asked: str
) -> None:
    assert (await _file(server, organization, Range=asked)).raw == CONTENT


async def test_a_range_of_another_file_is_answered_with_the_whole(
    server: Server, organization: Organization
) -> None:
    etag = (await _file(server, organization)).headers["ETag"]
    same = await _file(server, organization, Range="bytes=0-9", If_Range=etag)
    assert (same.status, same.raw) == (206, CONTENT[:10])
    other = await _file(server, organization, Range="bytes=0-9", If_Range='"other"')
    assert (other.status, other.raw) == (200, CONTENT)


async def test_a_head_tells_what_would_be_sent(server: Server, organization: Organization) -> None:
    answer = await _file(server, organization, "HEAD", Range="bytes=5-9")
    assert (answer.status, answer.raw) == (206, b"")
    assert answer.headers["Content-Length"] == "5"
    assert answer.headers["Content-Range"] == f"bytes 5-9/{SIZE}"


async def test_a_file_whose_object_is_lost_is_not_there(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    stored = (await client.upload(image(size=(64, 50)))).body
    for path in (server.folder / "media").rglob(f"{stored['id']}.*"):
        path.unlink()
    answer = await server.stranger.get(f"/v1/media/{stored['id']}/file")
    answer.refused(404, "not_found")
