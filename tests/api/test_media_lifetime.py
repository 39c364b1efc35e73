"""Files: the same bytes once, deleted only while nobody needs them, forgotten when unused."""

import asyncio
import base64
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from letmepost.media.removal import remove_objects
from letmepost.media.tables import media
from letmepost.posts.sweep_media import sweep_files, sweep_media
from letmepost.posts.tables import publications
from letmepost.webhooks.tables import events
from tests.api.client import Client
from tests.api.server import Organization, Server
from tests.media.samples import image

pytestmark = pytest.mark.asyncio(loop_scope="session")

LATER = "2030-01-31T09:00:00Z"


async def _schedule(client: Client, media_id: str, **more: Any) -> Any:
    attached = [{"kind": "image", "mediaId": media_id}]
    body = {"targets": [{"platform": "bluesky"}], "text": "Later", "media": attached, **more}
    return await client.publish({"scheduledAt": LATER, **body})


async def _object_of(server: Server, media_id: str) -> str | None:
    def read(connection: Connection) -> str | None:
        query = select(media.c.storage_key).where(media.c.id == media_id)
        key: str | None = connection.execute(query).scalar_one()
        return key

    return await server.service.state.database.read(read)


async def test_a_file_that_nobody_needs_is_deleted_with_its_object(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    before = await server.traces()
    stored = (await client.upload(image())).body
    deleted = await client.delete(f"/v1/media/{stored['id']}")
    assert (deleted.status, deleted.body) == (200, {"id": stored["id"], "deleted": True})
    assert (await server.traces()).objects == before.objects
    assert await _object_of(server, stored["id"]) is None
    assert (await client.get("/v1/media")).body["data"] == []
    (await client.get(f"/v1/media/{stored['id']}/file")).refused(404, "not_found")
    (await client.delete(f"/v1/media/{stored['id']}")).refused(404, "not_found")
    (await _schedule(client, stored["id"])).refused(404, "not_found", "media.unknown")


async def test_a_deletion_is_told(server: Server, organization: Organization) -> None:
    client = await organization.client()
    stored = (await client.upload(image())).body
    await client.delete(f"/v1/media/{stored['id']}")

    def told(connection: Connection) -> list[Any]:
        query = select(events).where(events.c.subject_id == stored["id"])
        return list(connection.execute(query))

    (event,) = await server.service.state.database.read(told)
    assert event.type == "media.deleted"
    assert event.data == {
        "id": stored["id"],
        "profileId": organization.profile_id,
        "sha256": stored["sha256"],
    }


async def test_a_file_of_others_is_not_there_to_be_deleted(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    stored = (await client.upload(image())).body
    stranger = await (await server.new_organization()).client()
    pinned = await organization.client(profile_id=await organization.profile("Other"))
    for other in (stranger, pinned):
        (await other.delete(f"/v1/media/{stored['id']}")).refused(404, "not_found")
    (await client.delete("/v1/media/none_1")).refused(404, "not_found")
    assert (await client.get("/v1/media")).body["data"][0]["id"] == stored["id"]


async def test_a_file_of_a_queued_post_is_kept_until_the_post_is_canceled(
    organization: Organization,
) -> None:
    client = await organization.client()
    await organization.connect(client)
    stored = (await client.upload(image())).body
    scheduled = await _schedule(client, stored["id"])
    post_id = scheduled.body["results"][0]["postId"]
    refused = await client.delete(f"/v1/media/{stored['id']}")
    refused.refused(409, "validation_failed", "media.in_use")
    assert post_id in refused.error["message"]
    await client.delete(f"/v1/posts/{post_id}")
    assert (await client.delete(f"/v1/media/{stored['id']}")).status == 200
    again = await client.post(f"/v1/posts/{post_id}/retry")
    again.refused(409, "validation_failed", "post.retry.media_missing")
    assert stored["id"] in again.error["message"]


async def test_an_edit_lets_the_old_file_go_and_holds_the_new_one(
    organization: Organization,
) -> None:
    client = await organization.client()
    await organization.connect(client)
    old, new = [(await client.upload(image(size=(64, side)))).body["id"] for side in (48, 49)]
    scheduled = await _schedule(client, old)
    post_id = scheduled.body["results"][0]["postId"]
    attached = [{"kind": "image", "mediaId": new}]
    edited = await client.call("PATCH", f"/v1/posts/{post_id}", json={"media": attached})
    assert edited.status == 200, edited.body
    (await client.delete(f"/v1/media/{new}")).refused(409, "validation_failed", "media.in_use")
    assert (await client.delete(f"/v1/media/{old}")).status == 200
    gone = await client.call(
        "PATCH", f"/v1/posts/{post_id}", json={"media": [{"kind": "image", "mediaId": old}]}
    )
    gone.refused(404, "not_found", "media.unknown")


async def test_of_a_delete_and_a_new_post_exactly_one_wins(organization: Organization) -> None:
    client = await organization.client()
    await organization.connect(client)
    for side in range(8):
        stored = (await client.upload(image(size=(64, 60 + side)))).body
        posted, deleted = await asyncio.gather(
            _schedule(client, stored["id"]), client.delete(f"/v1/media/{stored['id']}")
        )
        assert (posted.status, deleted.status) in {(202, 409), (404, 200)}


async def test_the_same_bytes_again_are_the_same_file(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    content = image()
    first = await client.upload(content)
    before = await server.traces()
    second = await client.upload(content, filename="other.png", content_type="image/png")
    assert (second.status, second.body) == (201, first.body)
    assert await server.traces() == before
    elsewhere = await organization.profile("Elsewhere")
    third = await client.upload(content, query=f"?profileId={elsewhere}")
    assert third.body["id"] != first.body["id"]
    await client.delete(f"/v1/media/{first.body['id']}")
    assert (await client.upload(content)).body["id"] not in {first.body["id"], third.body["id"]}


async def test_the_same_bytes_at_once_end_as_one_object(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    content = image()
    before = await server.traces()
    uploads = await asyncio.gather(*(client.upload(content) for _ in range(5)))
    assert {each.status for each in uploads} == {201}
    assert len({each.body["id"] for each in uploads}) == 1
    after = await server.traces()
    assert len(after.objects) == len(before.objects) + 1
    assert after.rows["media"] == before.rows["media"] + 1


async def test_unused_files_are_forgotten_after_their_time(
    server: Server, organization: Organization
) -> None:
    state = server.service.state
    client = await organization.client()
    await organization.connect(client)
    names = ("unused", "queued", "published")
    ids = {
        name: (await client.upload(image(size=(64, 100 + number)))).body["id"]
        for number, name in enumerate(names)
    }
    await _schedule(client, ids["queued"])
    await _schedule(client, ids["published"], scheduledAt=None)
    for number, at in enumerate((LATER, None)):
        inline = base64.b64encode(image(size=(64, 200 + number))).decode()
        body = {
            "targets": [{"platform": "bluesky"}],
            "text": f"Brought {number}",
            "media": [{"kind": "image", "bytesBase64": inline}],
        }
        sent = await client.publish({**body, "scheduledAt": at})
        read = await client.get(f"/v1/posts/{sent.body['results'][0]['postId']}")
        ids["brought and queued" if at else "brought"] = read.body["mediaRefs"][0]["mediaId"]

    def left(connection: Connection) -> set[str]:
        query = select(media.c.id).where(media.c.deleted_at.is_(None))
        kept = set(connection.execute(query).scalars())
        return {name for name, each in ids.items() if each in kept}

    def age(connection: Connection) -> None:
        long_ago = state.clock.now() - timedelta(days=8)
        for table, column in ((media, "last_received_at"), (publications, "updated_at")):
            of_ours = table.c.organization_id == organization.id
            connection.execute(update(table).where(of_ours).values({column: long_ago}))

    now = state.clock.now()
    week = timedelta(days=7)
    await state.database.write(lambda connection: sweep_media(connection, now, week))
    assert await state.database.read(left) == set(ids)
    await state.database.write(age)
    await state.database.write(lambda connection: sweep_media(connection, now, None))
    assert await state.database.read(left) == set(ids)
    await sweep_files(state.database, state.library.storage, now, week)
    assert await state.database.read(left) == set(ids) - {"unused", "brought"}
    assert await _object_of(server, ids["unused"]) is None
    assert await remove_objects(state.database, state.library.storage) == 0
