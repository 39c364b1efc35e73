"""API keys: made once, scoped, pinned to a profile, revoked for good, and never readable again."""

from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from letmepost.api.app import OPERATIONS
from letmepost.kit.database import metadata
from letmepost.platforms import platforms
from letmepost.tenancy.keys import ALL_SCOPES, Scope
from tests.api.client import TOKEN
from tests.api.server import (
    ENCRYPTION_KEYS,
    ON_ONE_DATABASE,
    ON_POSTGRESQL,
    Organization,
    Server,
    running_server,
)
from tests.clock import FakeClock

pytestmark = pytest.mark.asyncio(loop_scope="session")

SCOPES = {
    "createPost": Scope.POSTS_WRITE,
    "validatePost": Scope.POSTS_READ,
    "listRules": None,
    "getRule": None,
    "editPost": Scope.POSTS_WRITE,
    "publishPost": Scope.POSTS_WRITE,
    "publishBatch": Scope.POSTS_WRITE,
    "replaceDraft": Scope.POSTS_WRITE,
    "getSlots": None,
    "setSlots": Scope.PROFILES_WRITE,
    "cancelPost": Scope.POSTS_WRITE,
    "retryPost": Scope.POSTS_WRITE,
    "listPosts": Scope.POSTS_READ,
    "getCalendar": Scope.POSTS_READ,
    "getPost": Scope.POSTS_READ,
    "getBatch": Scope.POSTS_READ,
    "uploadMedia": Scope.MEDIA_WRITE,
    "fetchMedia": Scope.MEDIA_WRITE,
    "listMedia": Scope.MEDIA_READ,
    "deleteMedia": Scope.MEDIA_WRITE,
    "beginUpload": Scope.MEDIA_WRITE,
    "completeUpload": Scope.MEDIA_WRITE,
    "listAccounts": Scope.ACCOUNTS_READ,
    "getAccount": Scope.ACCOUNTS_READ,
    "getAccountHealth": Scope.ACCOUNTS_READ,
    "refreshAccount": Scope.ACCOUNTS_WRITE,
    "checkAccount": Scope.ACCOUNTS_READ,
    "startConnect": Scope.ACCOUNTS_WRITE,
    "completeConnect": Scope.ACCOUNTS_WRITE,
    "makeConnectLink": Scope.ACCOUNTS_WRITE,
    "disconnectAccount": Scope.ACCOUNTS_WRITE,
    "pauseAccount": Scope.ACCOUNTS_WRITE,
    "resumeAccount": Scope.ACCOUNTS_WRITE,
    **{
        each.name: Scope.ACCOUNTS_READ if each.method == "GET" else Scope.ACCOUNTS_WRITE
        for platform in platforms().values()
        for each in platform.account_operations
    },
    "mintKey": Scope.KEYS_WRITE,
    "listKeys": Scope.KEYS_WRITE,
    "revokeKey": Scope.KEYS_WRITE,
    "createProfile": Scope.PROFILES_WRITE,
    "changeProfile": Scope.PROFILES_WRITE,
    "deleteProfile": Scope.PROFILES_WRITE,
    "listProfiles": None,
    "getProfile": None,
    "listAuditLog": Scope.AUDIT_READ,
    "listEvents": Scope.WEBHOOKS_READ,
    "getEvent": Scope.WEBHOOKS_READ,
    "listWebhookEndpoints": Scope.WEBHOOKS_READ,
    "getWebhookEndpoint": Scope.WEBHOOKS_READ,
    "listWebhookDeliveries": Scope.WEBHOOKS_READ,
    "createWebhookEndpoint": Scope.WEBHOOKS_WRITE,
    "changeWebhookEndpoint": Scope.WEBHOOKS_WRITE,
    "deleteWebhookEndpoint": Scope.WEBHOOKS_WRITE,
    "rotateWebhookSecret": Scope.WEBHOOKS_WRITE,
    "redeliverWebhook": Scope.WEBHOOKS_WRITE,
    "replayWebhooks": Scope.WEBHOOKS_WRITE,
    "testWebhookEndpoint": Scope.WEBHOOKS_WRITE,
}


@ON_ONE_DATABASE
async def test_every_operation_wants_its_own_scope_and_no_other(
    server: Server, organization: Organization
) -> None:
    keyed = [each for each in OPERATIONS if not each.is_public]
    assert {each.name for each in keyed} == set(SCOPES)
    before = await server.traces()
    for operation in keyed:
        method, scope = operation.method, SCOPES[operation.name]
        path = operation.path.format(id="none_1", platform="bluesky", delivery="none_2")
        if scope is None:
            answer = await (await organization.client(Scope.MEDIA_READ)).call(method, path)
            assert answer.status in (200, 404)
            continue
        others = await organization.client(*(each for each in ALL_SCOPES if each is not scope))
        answer = await others.call(method, path)
        answer.refused(403, "unauthorized", "api_key.scope")
        assert scope.value in answer.error["message"]
        alone = await (await organization.client(scope)).call(method, path)
        assert alone.status not in (401, 403, 500), alone.body
    after = await server.traces()
    # A link needs no body, so the one key that may make it has made one.
    made = {"api_keys": 0, "connect_links": 0, "audit_log": 0}
    assert {**after.rows, **made} == {**before.rows, **made}


async def test_a_new_key_is_shown_once_and_works(organization: Organization) -> None:
    client = await organization.client()
    body = {"name": " Blog ", "scopes": ["posts:read", "posts:write"]}
    made = await client.post("/v1/api-keys", body)
    assert made.status == 201
    key = made.body["key"]
    assert key.startswith("lmp_live_")
    assert len(key) == len("lmp_live_") + 32
    assert made.body["last4"] == key[-4:]
    assert made.body["name"] == "Blog"
    assert made.body["scopes"] == ["posts:read", "posts:write"]
    assert "notice" not in made.body
    listed = await client.get("/v1/api-keys")
    assert listed.body["data"][0]["id"] == made.body["id"]
    assert "key" not in listed.body["data"][0]
    assert key.encode() not in listed.raw
    headers = {"Authorization": f"Bearer {key}"}
    assert (await organization.server.stranger.get("/v1/posts", headers=headers)).status == 200
    again = await organization.server.stranger.get("/v1/accounts", headers=headers)
    again.refused(403, "unauthorized", "api_key.scope")


async def test_a_key_without_scopes_holds_all_but_two_and_says_so(
    organization: Organization,
) -> None:
    client = await organization.client()
    for body in ({"name": "a"}, {"name": "b", "scopes": None, "prefix": "lmp_test_"}):
        made = await client.post("/v1/api-keys", body)
        assert made.status == 201
        assert set(made.body["scopes"]) == {*ALL_SCOPES} - {Scope.KEYS_WRITE, Scope.AUDIT_READ}
        assert "keys:write and audit:read" in made.body["notice"]
    assert made.body["key"].startswith("lmp_test_")


async def test_a_key_gives_no_scope_that_it_lacks(
    server: Server, organization: Organization
) -> None:
    client = await organization.client(Scope.KEYS_WRITE, Scope.POSTS_READ)
    before = await server.traces()
    for asked, lacks in (
        (["posts:write"], "posts:write"),
        (["posts:read", "media:write", "audit:read"], "media:write or audit:read"),
        ([*ALL_SCOPES][:2], "posts:write"),
    ):
        answer = await client.post("/v1/api-keys", {"name": "x", "scopes": asked})
        answer.refused(403, "unauthorized", "api_key.scope")
        assert answer.error["message"] == f"This key does not hold the scope {lacks}."
        [missing] = answer.error["violations"]
        assert (missing["field"], missing["actual"]) == ("scopes", lacks)
    assert await server.traces() == before
    for asked in (["posts:read"], ["keys:write", "posts:read"]):
        made = await client.post("/v1/api-keys", {"name": "x", "scopes": asked})
        assert made.body["scopes"] == asked


async def test_a_key_without_scopes_holds_no_more_than_the_key_that_made_it(
    server: Server, organization: Organization
) -> None:
    narrow = await organization.client(Scope.KEYS_WRITE, Scope.AUDIT_READ, Scope.MEDIA_READ)
    absent: tuple[list[str] | None, ...] = (None, [])
    for scopes in absent:
        made = await narrow.post("/v1/api-keys", {"name": "x", "scopes": scopes})
        assert made.body["scopes"] == ["media:read"]
        assert "of the key that made it" in made.body["notice"]
    # One that holds none of them has none to give, and must not give them all.
    bare = await organization.client(Scope.KEYS_WRITE)
    before = await server.traces()
    answer = await bare.post("/v1/api-keys", {"name": "x"})
    answer.refused(403, "unauthorized", "api_key.scope")
    assert answer.error["violations"][0]["field"] == "scopes"
    assert await server.traces() == before


async def test_a_revoked_key_is_refused_at_once_and_stays_listed(
    organization: Organization,
) -> None:
    client = await organization.client()
    other = await organization.client(Scope.POSTS_READ)
    assert (await other.get("/v1/posts")).status == 200
    gone = await client.delete(f"/v1/api-keys/{other.minted['id']}")
    assert gone.status == 200
    assert gone.body["revokedAt"]
    (await other.get("/v1/posts")).refused(401, "unauthenticated")
    (await client.delete(f"/v1/api-keys/{other.minted['id']}")).refused(404, "not_found")
    listed = (await client.get("/v1/api-keys")).body["data"]
    assert {each["id"]: each["revokedAt"] for each in listed}[other.minted["id"]] == gone.body[
        "revokedAt"
    ]


@ON_POSTGRESQL  # one process at a time serves a SQLite file
async def test_another_process_refuses_a_revoked_key_within_a_second(
    organization: Organization, server_database_url: str, tmp_path: Path
) -> None:
    clock = FakeClock()
    client = await organization.client()
    other = await organization.client(Scope.POSTS_READ)
    async with running_server(tmp_path, server_database_url, clock=clock) as second:
        headers = {"Authorization": f"Bearer {other.key}"}
        assert (await second.stranger.get("/v1/posts", headers=headers)).status == 200
        await client.delete(f"/v1/api-keys/{other.minted['id']}")
        clock.advance(1.0)
        answer = await second.stranger.get("/v1/posts", headers=headers)
        answer.refused(401, "unauthenticated")


async def test_keys_of_others_do_not_exist(server: Server, organization: Organization) -> None:
    client = await organization.client()
    elsewhere = await server.new_organization()
    foreign = await elsewhere.client()
    for key_id in (foreign.minted["id"], "key_0000000000000000000000", "x", "%00", "a%2Fb"):
        (await client.delete(f"/v1/api-keys/{key_id}")).refused(404, "not_found")
    assert (await foreign.get("/v1/posts")).status == 200
    listed = (await client.get("/v1/api-keys")).body["data"]
    assert foreign.minted["id"] not in {each["id"] for each in listed}
    body = {"name": "x", "profileId": elsewhere.profile_id}
    assert (await client.post("/v1/api-keys", body)).status == 404


async def test_a_pinned_key_makes_and_revokes_keys_of_its_profile_only(
    organization: Organization,
) -> None:
    brand = await organization.profile("Brand")
    wide = await organization.client()
    pinned = await organization.client(profile_id=brand)
    made = await pinned.post("/v1/api-keys", {"name": "mine"})
    assert made.body["profileId"] == brand
    answer = await pinned.post("/v1/api-keys", {"name": "x", "profileId": organization.profile_id})
    answer.refused(404, "not_found", "api_key.profile_scope")
    (await pinned.delete(f"/v1/api-keys/{wide.minted['id']}")).refused(404, "not_found")
    listed = (await pinned.get("/v1/api-keys")).body["data"]
    assert {each["profileId"] for each in listed} == {brand}
    assert (await pinned.delete(f"/v1/api-keys/{made.body['id']}")).status == 200


async def test_keys_that_cannot_be_made_are_refused(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    before = await server.traces()
    for body, rule in (
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "   "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": 7}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"name": "x", "scopes": "posts:read"}, "scopes"),
        ({"name": "x", "scopes": ["posts:read", "everything"]}, "scopes.1"),
        ({"name": "x", "prefix": "lmp_root_"}, "prefix"),
        ({"name": "x", "organizationId": "org_1"}, "organizationId"),
    ):
        answer = await client.post("/v1/api-keys", body)
        answer.refused(400, "validation_failed", rule)
    assert await server.traces() == before


async def test_keys_are_listed_a_page_at_a_time(organization: Organization) -> None:
    client = await organization.client()
    made = [(await client.post("/v1/api-keys", {"name": str(n)})).body["id"] for n in range(5)]
    seen: list[str] = []
    cursor = ""
    for _ in range(10):
        page = (await client.get(f"/v1/api-keys?limit=2{cursor}")).body
        seen += [each["id"] for each in page["data"]]
        if page["nextCursor"] is None:
            break
        cursor = f"&cursor={page['nextCursor']}"
    assert len(seen) == len(set(seen))
    assert [each for each in seen if each in made] == made[::-1]


async def test_no_secret_can_be_read_in_the_database(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    login = await server.new_login()
    await organization.connect(client, login)
    body = {"name": "secret"}
    key = (await client.post("/v1/api-keys", body, headers={"Idempotency-Key": "mint"})).body["key"]
    await client.publish({"targets": [{"platform": "bluesky"}], "text": "With a session"})

    def everything(connection: Connection) -> str:
        return "\n".join(
            str(row)
            for table in metadata.sorted_tables
            for row in connection.execute(select(table))
        )

    written = await server.service.state.database.read(everything)
    assert client.key is not None
    for secret in (key, client.key, key[9:], login["appPassword"], ENCRYPTION_KEYS):
        assert secret not in written
    assert not TOKEN.search(written)


async def test_a_test_key_cannot_make_a_live_key(organization: Organization) -> None:
    client = await organization.test_client()
    made = await client.post("/v1/api-keys", {"name": "x", "prefix": "lmp_test_"})
    assert made.status == 201
    answer = await client.post("/v1/api-keys", {"name": "x", "prefix": "lmp_live_"})
    assert answer.status == 403, answer.body
