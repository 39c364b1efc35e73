"""A file is fetched from a public address and kept as if it had been uploaded."""

from pathlib import Path

import pytest

from tests.api.client import Client
from tests.api.server import Organization, Server, running_server
from tests.media.samples import image

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def lying(server: Server, client: Client) -> str:
    """The address of a picture."""
    stored = await client.upload(image("PNG"))
    return f"{server.url}/v1/media/{stored.body['id']}/file"


async def test_a_fetched_file_is_one_of_the_uploads(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    profile = await organization.profile("Brand")
    address = await lying(server, client)
    made = await client.post("/v1/media/fetch", {"url": address, "profileId": profile})
    assert made.status == 201
    assert made.body["contentType"] == "image/png"
    again = await client.post("/v1/media/fetch", {"url": address, "profileId": profile})
    assert again.body["id"] == made.body["id"]
    listed = (await client.get(f"/v1/media?profileId={profile}")).body["data"]
    assert [each["id"] for each in listed] == [made.body["id"]]
    assert not list((server.folder / "incoming").iterdir())


async def test_a_request_that_is_repeated_is_answered_once(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    body = {"url": await lying(server, client)}
    key = {"Idempotency-Key": "fetch-1"}
    first = await client.post("/v1/media/fetch", body, headers=key)
    again = await client.post("/v1/media/fetch", body, headers=key)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.body == first.body


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("/docs", "media.url.html_response"),
        ("/v1/media/med_unknown/file", "media.url.reachable"),
    ],
)
async def test_what_is_no_file_is_refused_and_leaves_nothing(
    server: Server, organization: Organization, path: str, rule: str
) -> None:
    client = await organization.client()
    before = await server.traces()
    answer = await client.post("/v1/media/fetch", {"url": f"{server.url}{path}"})
    assert answer.error["rule"] == rule
    after = await server.traces()
    assert (after.objects, after.working_files) == (before.objects, before.working_files)


async def test_an_address_of_our_own_network_is_refused(tmp_path: Path, sqlite_copy: str) -> None:
    guarded = {"LETMEPOST_ALLOWED_PRIVATE_NETWORKS": ""}
    async with running_server(tmp_path, sqlite_copy, settings=guarded) as server:
        client = await (await server.new_organization()).client()
        answer = await client.post("/v1/media/fetch", {"url": f"{server.url}/docs"})
        answer.refused(400, "validation_failed", "media.url.disallowed")
