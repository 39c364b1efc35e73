"""Profiles: made, renamed, deleted when empty; a pinned key sees its own and nothing of others."""

import asyncio
from typing import Any

import pytest

from tests.api.server import Organization, Server
from tests.media.samples import image

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_profile_is_made_read_renamed_and_deleted(organization: Organization) -> None:
    client = await organization.client()
    made = await client.post("/v1/profiles", {"name": " My Brand! "})
    assert made.status == 201
    assert (made.body["name"], made.body["slug"]) == ("My Brand!", "my-brand")
    path = f"/v1/profiles/{made.body['id']}"
    assert (await client.get(path)).body == made.body
    changed = await client.call("PATCH", path, json={"name": "Other", "slug": "other-1"})
    assert changed.status == 200
    assert (changed.body["name"], changed.body["slug"]) == ("Other", "other-1")
    kept = await client.call("PATCH", path, json={"name": "Third"})
    assert kept.body["slug"] == "other-1"
    gone = await client.delete(path)
    assert (gone.status, gone.body) == (200, {"id": made.body["id"], "deleted": True})
    (await client.get(path)).refused(404, "not_found", "profile.unknown")
    (await client.delete(path)).refused(404, "not_found", "profile.unknown")


async def test_profiles_are_listed_oldest_first_with_the_default_one(
    organization: Organization,
) -> None:
    client = await organization.client()
    brand = await organization.profile("Brand")
    listed = (await client.get("/v1/profiles")).body["data"]
    assert [each["id"] for each in listed] == [organization.profile_id, brand]
    assert listed[0]["slug"] == "default"


async def test_a_slug_is_taken_once_in_an_organization(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    await organization.profile("Brand")
    answer = await client.post("/v1/profiles", {"name": "brand"})
    answer.refused(409, "validation_failed", "profile.slug.unique")
    answer = await client.post("/v1/profiles", {"name": "x", "slug": "default"})
    answer.refused(409, "validation_failed", "profile.slug.unique")
    path = f"/v1/profiles/{organization.profile_id}"
    answer = await client.call("PATCH", path, json={"slug": "brand"})
    answer.refused(409, "validation_failed", "profile.slug.unique")
    elsewhere = await server.new_organization()
    made = await (await elsewhere.client()).post("/v1/profiles", {"name": "Brand"})
    assert made.status == 201


async def test_one_slug_asked_for_at_once_is_given_once(organization: Organization) -> None:
    client = await organization.client()
    body = {"name": "Raced"}
    answers = await asyncio.gather(*(client.post("/v1/profiles", body) for _ in range(5)))
    assert sorted(each.status for each in answers) == [201, 409, 409, 409, 409]


async def test_a_name_without_letters_still_gives_a_slug(organization: Organization) -> None:
    client = await organization.client()
    for name, slug in (("株式会社", "profile"), ("É té", "t"), ("a" * 120, "a" * 64)):
        made = await client.post("/v1/profiles", {"name": name})
        assert (made.status, made.body["slug"]) == (201, slug)


async def test_profiles_that_make_no_sense_are_refused(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    before = await server.traces()
    for body, rule in (
        ({}, "name"),
        ({"name": " "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"name": "a\0"}, "name"),
        ({"name": "x", "slug": "Upper"}, "slug"),
        ({"name": "x", "slug": "a b"}, "slug"),
        ({"name": "x", "slug": ""}, "slug"),
        ({"name": "x", "slug": "ends\n"}, "slug"),
        ({"name": "x", "slug": "a" * 65}, "slug"),
        ({"name": "x", "color": "red"}, "color"),
    ):
        answer = await client.post("/v1/profiles", body)
        answer.refused(400, "validation_failed", rule)
    path = f"/v1/profiles/{organization.profile_id}"
    (await client.call("PATCH", path, json={})).refused(400, "validation_failed", "body")
    assert await server.traces() == before


async def test_a_profile_in_use_is_not_deleted(organization: Organization) -> None:
    client = await organization.client()
    only = await client.delete(f"/v1/profiles/{organization.profile_id}")
    only.refused(409, "validation_failed", "profile.delete.not_empty")
    for fill in ("account", "file", "key"):
        profile = await organization.profile(fill)
        if fill == "account":
            await organization.connect(await organization.test_client(), profileId=profile)
        elif fill == "file":
            await client.upload(image(), query=f"?profileId={profile}")
        else:
            await client.post("/v1/api-keys", {"name": "x", "profileId": profile})
        answer = await client.delete(f"/v1/profiles/{profile}")
        answer.refused(409, "validation_failed", "profile.delete.not_empty")
        assert (await client.get(f"/v1/profiles/{profile}")).status == 200


async def test_profiles_of_another_organization_do_not_exist(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    elsewhere = await server.new_organization()
    before = await server.traces()
    for profile in (elsewhere.profile_id, "prof_0000000000000000000000", "x", "x" * 64, "ü"):
        path = f"/v1/profiles/{profile}"
        for answer in (
            await client.get(path),
            await client.call("PATCH", path, json={"name": "Mine"}),
            await client.delete(path),
            await client.upload(image(), query=f"?profileId={profile}"),
            await client.post("/v1/api-keys", {"name": "x", "profileId": profile}),
            await client.post(
                "/v1/accounts/connect/bluesky/complete",
                {
                    "identifier": "a.test",
                    "appPassword": "abcd-efgh-ijkl-mnop",
                    "profileId": profile,
                },
            ),
        ):
            answer.refused(404, "not_found", "profile.unknown")
    assert await server.traces() == before


async def _two_profiles(organization: Organization) -> dict[str, Any]:
    """A profile with an account, a file and a post, and a key pinned to another one."""
    brand = await organization.profile("Brand")
    wide = await organization.test_client()
    account = await organization.connect(wide)
    file = await wide.upload(image())
    posted = await wide.publish({"targets": [{"accountId": account["id"]}], "text": "Mine"})
    return {
        "brand": brand,
        "wide": wide,
        "account": account,
        "media": file.body,
        "batch": posted.body,
        "post": posted.body["results"][0]["postId"],
    }


async def test_a_pinned_key_sees_nothing_of_other_profiles(
    server: Server, organization: Organization
) -> None:
    made = await _two_profiles(organization)
    pinned = await organization.client(prefix="lmp_test_", profile_id=made["brand"])
    other = organization.profile_id
    account, before = made["account"]["id"], await server.traces()
    for answer in (
        await pinned.get(f"/v1/accounts/{account}"),
        await pinned.delete(f"/v1/accounts/{account}"),
        await pinned.get(f"/v1/posts/{made['post']}"),
        await pinned.delete(f"/v1/posts/{made['post']}"),
        await pinned.call("PATCH", f"/v1/posts/{made['post']}", json={"text": "x"}),
        await pinned.post(f"/v1/posts/{made['post']}/retry"),
        await pinned.get(f"/v1/batches/{made['batch']['id']}"),
        await pinned.get(f"/v1/posts?profileId={other}"),
        await pinned.get(f"/v1/media?profileId={other}"),
        await pinned.upload(image(), query=f"?profileId={other}"),
        await pinned.get(f"/v1/profiles/{other}"),
        await pinned.call("PATCH", f"/v1/profiles/{other}", json={"name": "x"}),
        await pinned.delete(f"/v1/profiles/{other}"),
        await pinned.post("/v1/profiles", {"name": "New"}),
        await pinned.publish({"targets": [{"accountId": account}], "text": "x"}),
    ):
        assert (answer.status, answer.error["code"]) == (404, "not_found"), answer.body
    by_platform = await pinned.publish({"targets": [{"platform": "bluesky"}], "text": "x"})
    by_platform.refused(400, "validation_failed", "target.account.not_connected")
    named = await pinned.publish(
        {"targets": [{"platform": "bluesky"}], "text": "x", "profileId": other}
    )
    named.refused(400, "validation_failed", "profile.scope_mismatch")
    assert await server.traces() == before
    for path in ("accounts", "posts", "media"):
        assert (await pinned.get(f"/v1/{path}")).body["data"] == []
    assert (await pinned.get(f"/v1/accounts?profileId={other}")).body["data"] == []
    profiles = (await pinned.get("/v1/profiles")).body["data"]
    assert [each["id"] for each in profiles] == [made["brand"]]


async def test_a_pinned_key_works_in_its_own_profile(organization: Organization) -> None:
    brand = await organization.profile("Brand")
    pinned = await organization.client(prefix="lmp_test_", profile_id=brand)
    account = await organization.connect(pinned)
    assert account["profileId"] == brand
    file = await pinned.upload(image())
    assert file.body["profileId"] == brand
    body = {
        "targets": [{"platform": "bluesky"}],
        "text": "Ours",
        "media": [{"kind": "image", "mediaId": file.body["id"]}],
    }
    posted = await pinned.publish(body)
    assert posted.status == 200
    assert len((await pinned.get("/v1/posts")).body["data"]) == 1
    wide = await organization.test_client()
    assert len((await wide.get(f"/v1/posts?profileId={brand}")).body["data"]) == 1
    assert (await wide.get(f"/v1/posts?profileId={organization.profile_id}")).body["data"] == []


async def test_a_post_may_be_narrowed_to_a_profile(organization: Organization) -> None:
    made = await _two_profiles(organization)
    body = {"targets": [{"platform": "bluesky"}], "text": "x", "profileId": made["brand"]}
    answer = await made["wide"].publish(body)
    answer.refused(400, "validation_failed", "target.account.not_connected")
    body["profileId"] = organization.profile_id
    assert (await made["wide"].publish(body)).status == 200


async def test_another_organization_sees_nothing(
    server: Server, organization: Organization
) -> None:
    made = await _two_profiles(organization)
    stranger = await (await server.new_organization()).test_client()
    for path in (
        f"/v1/accounts/{made['account']['id']}",
        f"/v1/posts/{made['post']}",
        f"/v1/batches/{made['batch']['id']}",
    ):
        (await stranger.get(path)).refused(404, "not_found")
    for path in ("accounts", "posts", "media"):
        assert (await stranger.get(f"/v1/{path}")).body["data"] == []
