"""Direct uploads to our own signed address, where files lie in a folder."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from letmepost.media.direct_upload import forget_uploads
from letmepost.media.tables import media_uploads
from tests.api.client import Answer, Client
from tests.api.server import ON_ONE_DATABASE, Organization, Server, running_server
from tests.media.samples import image

pytestmark = pytest.mark.asyncio(loop_scope="session")

CONTENT = image()


async def _begin(client: Client, size_bytes: int = len(CONTENT), **more: Any) -> Answer:
    body = {"sizeBytes": size_bytes, "contentType": "image/jpeg", "filename": "a.jpg", **more}
    return await client.post("/v1/media/uploads", body)


async def _put(server: Server, upload: Any, content: Any = CONTENT) -> Answer:
    path = upload["url"].removeprefix(server.url)
    return await server.stranger.call(
        upload["method"], path, headers=upload["headers"], data=content
    )


async def _complete(client: Client, upload: Any) -> Answer:
    return await client.post(f"/v1/media/uploads/{upload['id']}/complete")


async def test_a_direct_upload_becomes_a_file(server: Server, organization: Organization) -> None:
    client = await organization.client()
    before = await server.traces()
    begun = await _begin(client)
    assert begun.status == 201, begun.body
    assert begun.body["id"].startswith("upl_")
    assert begun.body["headers"] == {"Content-Type": "image/jpeg"}
    assert (await _put(server, begun.body)).status == 200
    completed = await _complete(client, begun.body)
    assert completed.status == 201, completed.body
    assert (completed.body["width"], completed.body["height"]) == (64, 48)
    after = await server.traces()
    assert len(after.objects) == len(before.objects) + 1
    assert after.working_files == before.working_files
    same = await client.upload(CONTENT)
    assert same.body["id"] == completed.body["id"]
    twice = await _complete(client, begun.body)
    twice.refused(409, "validation_failed", "media.upload.completed")
    assert completed.body["id"] in twice.error["message"]


async def test_an_upload_completed_twice_at_once_is_completed_once(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    begun = (await _begin(client)).body
    await _put(server, begun)
    answers = await asyncio.gather(*(_complete(client, begun) for _ in range(3)))
    assert sorted(each.status for each in answers) == [201, 409, 409]
    assert len((await client.get("/v1/media")).body["data"]) == 1


@ON_ONE_DATABASE
async def test_an_address_that_was_changed_is_refused(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    begun, other = (await _begin(client)).body, (await _begin(client)).body
    before = await server.traces()
    address, _, query = begun["url"].partition("?")
    for url in (
        begun["url"][:-1],
        begun["url"].replace("expires=", "expires=9"),
        address,
        f"{address}?expires=99999999999&signature=0000",
        other["url"].partition("?")[0] + "?" + query,
    ):
        answer = await _put(server, {**begun, "url": url})
        answer.refused(403, "unauthorized", "media.upload.signature")
    assert await server.traces() == before


@ON_ONE_DATABASE
async def test_an_address_takes_one_file_of_the_size_that_was_said(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    begun = (await _begin(client)).body
    before = await server.traces()
    (await _complete(client, begun)).refused(409, "validation_failed", "media.upload.missing")

    async def unannounced() -> AsyncIterator[bytes]:
        yield CONTENT
        yield b"!"

    for longer in (CONTENT + b"!", unannounced()):
        (await _put(server, begun, longer)).refused(413, "validation_failed", "media.size_max")
    shorter = await _put(server, begun, CONTENT[:-1])
    shorter.refused(400, "validation_failed", "media.upload.size")
    (await _put(server, begun, b"")).refused(400, "preflight_failed", "media.file.empty")
    assert await server.traces() == before
    assert (await _put(server, begun)).status == 200
    (await _put(server, begun)).refused(409, "validation_failed", "media.upload.used")
    assert (await _complete(client, begun)).status == 201
    (await _put(server, begun)).refused(409, "validation_failed", "media.upload.used")


@ON_ONE_DATABASE
async def test_what_cannot_be_uploaded_is_refused_before_it_is_sent(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    before = await server.traces()
    most = server.service.state.settings.media_max_bytes
    (await _begin(client, most + 1)).refused(413, "validation_failed", "media.size_max")
    (await _begin(client, 0)).refused(400, "validation_failed", "sizeBytes")
    (await _begin(client, contentType="x")).refused(400, "validation_failed", "contentType")
    unknown = await _begin(client, profileId="prof_none")
    unknown.refused(404, "not_found", "profile.unknown")
    assert await server.traces() == before
    assert (await _begin(client, most)).status == 201


@ON_ONE_DATABASE
async def test_an_upload_of_others_does_not_exist(
    server: Server, organization: Organization
) -> None:
    begun = (await _begin(await organization.client())).body
    await _put(server, begun)
    stranger = await (await server.new_organization()).client()
    pinned = await organization.client(profile_id=await organization.profile("Other"))
    for other in (stranger, pinned):
        (await _complete(other, begun)).refused(404, "not_found")


async def test_an_upload_past_its_time_is_refused_and_then_forgotten(
    server: Server, organization: Organization
) -> None:
    client, state = await organization.client(), server.service.state
    before = await server.traces()
    sent, late = (await _begin(client)).body, (await _begin(client)).body
    await _put(server, sent)

    def expire(connection: Connection) -> None:
        connection.execute(update(media_uploads).values(expires_at=state.clock.now()))

    def left(connection: Connection) -> set[str]:
        return set(connection.execute(select(media_uploads.c.id)).scalars())

    await state.database.write(expire)
    (await _put(server, late)).refused(400, "validation_failed", "media.upload.expired")
    (await _complete(client, sent)).refused(400, "validation_failed", "media.upload.expired")
    storage, now = state.library.storage, state.clock.now()
    await forget_uploads(state.database, storage, now)
    assert {sent["id"], late["id"]} <= await state.database.read(left)
    await forget_uploads(state.database, storage, now + timedelta(days=2))
    assert await state.database.read(left) == set()
    assert (await server.traces()).objects <= before.objects
    (await _complete(client, sent)).refused(404, "not_found")


async def test_a_damaged_file_is_stored_and_refused_when_it_is_posted(tmp_path: Path) -> None:
    settings = {"LETMEPOST_STORAGE_URL": "memory:///"}
    async with running_server(tmp_path, settings=settings) as server:
        organization = await server.new_organization()
        client = await organization.client()
        await organization.connect(client)
        cut = CONTENT[: len(CONTENT) // 2]
        begun = (await _begin(client, len(cut))).body
        assert (await _put(server, begun, cut)).status == 200
        stored = (await _complete(client, begun)).body
        media = [{"kind": "image", "mediaId": stored["id"]}]
        answer = await client.publish(
            {"targets": [{"platform": "bluesky"}], "text": "Cut", "media": media}
        )
        answer.refused(400, "preflight_failed", "media.file.corrupt")
