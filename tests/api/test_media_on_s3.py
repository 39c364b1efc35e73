"""A server whose files lie in a bucket: uploaded, sent straight there, published, read, deleted."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from letmepost.media.addresses import VALID_FOR
from letmepost.media.library import public_file
from tests.api.server import Organization, Server, running_server
from tests.media.s3 import running_s3
from tests.media.samples import image

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def on_s3(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    folder: Path = tmp_path_factory.mktemp("on-s3")
    with running_s3() as s3:
        settings = {**s3.environment, "LETMEPOST_STORAGE_URL": s3.url}
        async with running_server(folder, settings=settings) as server:
            yield server


@pytest_asyncio.fixture(loop_scope="session")
async def on_s3_organization(on_s3: Server) -> Organization:
    return await on_s3.new_organization()


async def test_a_file_in_a_bucket_is_uploaded_published_read_and_deleted(
    on_s3: Server, on_s3_organization: Organization
) -> None:
    client = await on_s3_organization.client()
    account = await on_s3_organization.connect(client)
    content = image(size=(640, 480))
    stored = await client.upload(content)
    assert stored.status == 201, stored.body
    media = [{"kind": "image", "mediaId": stored.body["id"], "altText": "Noise"}]
    sent = await client.publish(
        {"targets": [{"accountId": account["id"]}], "text": "From a bucket", "media": media}
    )
    assert sent.status == 200, sent.body
    (entry,) = await on_s3.timeline(account["displayName"])
    assert entry["text"] == "From a bucket"
    assert len(entry["media"]) == 1
    path = f"/v1/media/{stored.body['id']}/file"
    assert (await on_s3.stranger.get(path)).raw == content
    part = await on_s3.stranger.get(path, headers={"Range": "bytes=100-199"})
    assert (part.status, part.raw) == (206, content[100:200])
    assert (await client.delete(f"/v1/media/{stored.body['id']}")).status == 200
    (await on_s3.stranger.get(path)).refused(404, "not_found")


async def test_a_platform_gets_an_address_of_the_bucket_for_a_day(
    on_s3: Server, on_s3_organization: Organization
) -> None:
    client = await on_s3_organization.client()
    content = image(size=(64, 48))
    media_id = (await client.upload(content)).body["id"]
    state = on_s3.service.state
    stored = await state.database.read(lambda connection: public_file(connection, media_id))
    assert stored is not None
    url = await state.library.storage.get_address(stored.storage_key, VALID_FOR)
    assert url is not None
    assert "X-Amz-Expires=86400" in url
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        assert (answer.status, await answer.read()) == (200, content)


async def test_bytes_that_went_straight_to_the_bucket_become_a_file(
    on_s3: Server, on_s3_organization: Organization
) -> None:
    client = await on_s3_organization.client()
    content = image(size=(320, 240))
    begun = await client.post("/v1/media/uploads", {"sizeBytes": len(content)})
    upload = begun.body
    assert not upload["url"].startswith(on_s3.url)
    complete = f"/v1/media/uploads/{upload['id']}/complete"
    (await client.post(complete)).refused(409, "validation_failed", "media.upload.missing")
    for body, status in ((content[:-1], 400), (content, 201)):
        async with on_s3.http.put(upload["url"], data=body, headers=upload["headers"]) as answer:
            assert answer.status == 200
        completed = await client.post(complete)
        assert completed.status == status, completed.body
    assert completed.body["width"] == 320
    file = await on_s3.stranger.get(f"/v1/media/{completed.body['id']}/file")
    assert file.raw == content
