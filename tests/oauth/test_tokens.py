"""Codes and tokens: for one program, one resource and one time; and how each of them ends."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from letmepost.kit.database import metadata
from letmepost.tenancy import grants
from letmepost.tenancy.keys import DEFAULT_SCOPES, Scope
from letmepost.tenancy.tables import oauth_clients, oauth_grants, oauth_tokens
from tests.api.client import Client
from tests.api.server import Organization, Server
from tests.clock import FakeClock
from tests.oauth.browser import Program


async def api(server: Server, key: str, path: str = "/v1/accounts") -> int:
    return (await Client(server.http, server.url, key).get(path)).status


async def test_the_metadata_says_what_is_true(server: Server, program: Program) -> None:
    headers = {"Origin": "https://app.example"}
    found = await program.call("GET", "/.well-known/oauth-authorization-server", headers=headers)
    assert found.status == 200
    assert found.headers["Access-Control-Allow-Origin"] == "*"
    document = found.body
    assert document["issuer"] == server.url
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["authorization_response_iss_parameter_supported"] is True
    for name in ("authorization", "token", "registration", "revocation"):
        assert document[f"{name}_endpoint"].startswith(f"{server.url}/oauth/")
    for path, resource in (("", "/v1"), ("/v1", "/v1"), ("/mcp", "/mcp")):
        address = f"/.well-known/oauth-protected-resource{path}"
        described = (await program.call("GET", address)).body
        assert described["resource"] == f"{server.url}{resource}"
        assert described["authorization_servers"] == [server.url]
        assert described["scopes_supported"] == ["read", "publish"]
    # It gives out no identities, so it must not claim to.
    assert (await program.call("GET", "/.well-known/openid-configuration")).status == 404


async def test_a_program_in_a_browser_may_ask_from_anywhere(program: Program) -> None:
    headers = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}
    answer = await program.call("OPTIONS", "/oauth/token", headers=headers)
    assert answer.status == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("metadata_given", "error"),
    [
        ({"redirect_uris": []}, "invalid_redirect_uri"),
        ({"redirect_uris": ["http://app.example/cb"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://app.example/cb#part"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://me:pw@app.example/"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://app.example/; script-src *"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https:///cb"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["x" * 3000]}, "invalid_redirect_uri"),
        ({"redirect_uris": "https://app.example"}, "invalid_client_metadata"),
        ({"grant_types": ["client_credentials"]}, "invalid_client_metadata"),
        ({"response_types": ["token"]}, "invalid_client_metadata"),
    ],
)
async def test_a_program_that_cannot_be_sent_a_code_is_not_registered(
    program: Program, metadata_given: dict[str, Any], error: str
) -> None:
    document = {"redirect_uris": ["https://app.example/cb"], **metadata_given}
    answer = await program.call("POST", "/oauth/register", json=document)
    assert (answer.status, answer.body["error"]) == (400, error)


async def test_a_registration_is_small(program: Program) -> None:
    document = {"redirect_uris": ["https://app.example/cb"], "software_id": "x" * 70_000}
    assert (await program.call("POST", "/oauth/register", json=document)).status == 413


async def test_registering_is_not_for_ever(program: Program) -> None:
    document = {"redirect_uris": ["https://app.example/cb"]}
    # The program of the fixture was one of them.
    for _ in range(29):
        assert (await program.call("POST", "/oauth/register", json=document)).status == 201
    refused = await program.call("POST", "/oauth/register", json=document)
    assert (refused.status, refused.headers["Retry-After"]) == (429, "60")


async def test_a_program_without_a_name_is_called_by_its_host(program: Program) -> None:
    document = {"redirect_uris": ["https://app.example/cb"], "token_endpoint_auth_method": "x"}
    answer = await program.call("POST", "/oauth/register", json=document)
    assert answer.body["client_name"] == "app.example"
    assert answer.body["token_endpoint_auth_method"] == "none"
    assert "client_secret" not in answer.body


async def test_tokens_are_given_once_and_kept_as_hashes(
    server: Server, program: Program, key: str
) -> None:
    code = await program.allowed(key)
    tokens = (await program.redeem(code)).body
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == 3600
    assert tokens["scope"] == "read publish"

    def rows(connection: Connection) -> str:
        tables = [each for each in metadata.sorted_tables if each.name.startswith("oauth_")]
        return str([list(connection.execute(select(table))) for table in tables])

    stored = await server.service.state.database.read(rows)
    for secret in (code, tokens["access_token"], tokens["refresh_token"]):
        assert secret not in stored
        assert secret.split("_", 2)[2] not in stored


async def test_a_wrong_verifier_gets_nothing_and_spends_the_code(
    program: Program, key: str
) -> None:
    code = await program.allowed(key)
    wrong = await program.redeem(code, code_verifier="w" * 43)
    assert (wrong.status, wrong.body["error"]) == (400, "invalid_grant")
    assert (await program.redeem(code)).body["error"] == "invalid_grant"


async def test_a_code_that_comes_twice_ends_what_it_gave(
    server: Server, program: Program, key: str
) -> None:
    code = await program.allowed(key, resource=f"{server.url}/v1")
    tokens = (await program.redeem(code)).body
    assert (await program.redeem(code)).body["error"] == "invalid_grant"
    assert (await program.exchange(tokens["access_token"])).status == 401
    assert (await program.refresh(tokens["refresh_token"])).body["error"] == "invalid_grant"


async def test_a_code_is_short_lived(program: Program, key: str, fake_clock: FakeClock) -> None:
    code = await program.allowed(key)
    fake_clock.advance(60)
    assert (await program.redeem(code)).body["error"] == "invalid_grant"


async def test_a_code_is_for_its_program_and_its_address(program: Program, key: str) -> None:
    code = await program.allowed(key)
    other = await Program(program.http, program.url).registered()
    assert (await other.redeem(code)).body["error"] == "invalid_grant"
    elsewhere = await program.redeem(code, redirect_uri="http://127.0.0.1:1/callback")
    assert elsewhere.body["error"] == "invalid_grant"


async def test_a_code_is_for_the_resource_that_was_asked_for(
    server: Server, program: Program, key: str
) -> None:
    other = await program.redeem(await program.allowed(key), resource=f"{server.url}/v1")
    assert other.body["error"] == "invalid_target"
    unknown = await program.redeem(await program.allowed(key), resource="https://x.example")
    assert unknown.body["error"] == "invalid_target"


@pytest.mark.parametrize(
    ("fields", "status", "error"),
    [
        ({}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, 400, "invalid_request"),
        ({"grant_type": "refresh_token"}, 400, "invalid_request"),
        ({"grant_type": "refresh_token", "client_id": "client_x"}, 401, "invalid_client"),
        ({"grant_type": "refresh_token", "refresh_token": "a\0b"}, 400, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, 400, "invalid_grant"),
    ],
)
async def test_a_request_for_tokens_says_what_is_wrong_with_it(
    program: Program, fields: dict[str, str], status: int, error: str
) -> None:
    answer = await program.token(**fields)
    assert (answer.status, answer.body["error"]) == (status, error)
    assert answer.headers["Cache-Control"] == "no-store"


async def test_the_token_endpoint_takes_forms_alone(program: Program) -> None:
    answer = await program.call("POST", "/oauth/token", json={"grant_type": "refresh_token"})
    assert answer.body["error"] == "invalid_request"


async def test_guessing_tokens_is_throttled(program: Program) -> None:
    for _ in range(60):
        assert (await program.refresh("lmp_refresh_guess")).status == 400
    assert (await program.refresh("lmp_refresh_guess")).status == 429


async def test_a_refresh_token_is_replaced_by_each_use(
    server: Server, program: Program, key: str, fake_clock: FakeClock
) -> None:
    first = await program.tokens(key, resource=f"{server.url}/v1")
    fake_clock.advance(3600)
    assert (await program.exchange(first["access_token"])).status == 401
    second = (await program.refresh(first["refresh_token"])).body
    assert second["refresh_token"] != first["refresh_token"]
    assert (await program.exchange(second["access_token"])).status == 200


async def test_a_refresh_token_that_comes_twice_ends_the_grant(
    server: Server, program: Program, key: str
) -> None:
    first = await program.tokens(key, resource=f"{server.url}/v1")
    second = (await program.refresh(first["refresh_token"])).body
    assert (await program.refresh(first["refresh_token"])).body["error"] == "invalid_grant"
    assert (await program.refresh(second["refresh_token"])).body["error"] == "invalid_grant"
    assert (await program.exchange(second["access_token"])).status == 401


async def test_of_two_requests_at_once_one_gets_tokens_and_the_grant_ends(
    program: Program, key: str
) -> None:
    code = await program.allowed(key)
    answers = await asyncio.gather(*(program.redeem(code) for _ in range(2)))
    assert sorted(each.status for each in answers) == [200, 400]
    tokens = await program.tokens(key)
    tries = (program.refresh(tokens["refresh_token"]) for _ in range(2))
    answers = await asyncio.gather(*tries)
    assert sorted(each.status for each in answers) == [200, 400]
    good = next(each for each in answers if each.status == 200)
    assert (await program.refresh(good.body["refresh_token"])).status == 400


async def test_a_refresh_token_does_not_live_for_ever(
    program: Program, key: str, fake_clock: FakeClock
) -> None:
    tokens = await program.tokens(key)
    fake_clock.advance(30 * 24 * 3600)
    assert (await program.refresh(tokens["refresh_token"])).body["error"] == "invalid_grant"


async def test_a_refreshed_token_may_have_fewer_scopes_and_never_more(
    program: Program, key: str
) -> None:
    tokens = await program.tokens(key, scope="read publish")
    fewer = (await program.refresh(tokens["refresh_token"], scope="read")).body
    assert fewer["scope"] == "read"
    # RFC 6749, section 6: the new refresh token stands for what the old one did.
    assert (await program.refresh(fewer["refresh_token"])).body["scope"] == "read publish"
    read = await program.tokens(key, scope="read")
    more = await program.refresh(read["refresh_token"], scope="read publish")
    assert more.body["error"] == "invalid_scope"


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
async def test_revoking_a_token_ends_the_grant(
    server: Server, program: Program, key: str, which: str
) -> None:
    tokens = await program.tokens(key, resource=f"{server.url}/v1")
    other = await Program(program.http, program.url).registered()
    for asker, works in ((other, 200), (program, 401)):
        form = {"client_id": asker.client_id, "token": tokens[which]}
        assert (await program.call("POST", "/oauth/revoke", data=form)).status == 200
        assert (await program.exchange(tokens["access_token"])).status == works
    assert (await program.refresh(tokens["refresh_token"])).body["error"] == "invalid_grant"


async def test_revoking_needs_a_program_and_a_token(program: Program) -> None:
    answer = await program.call("POST", "/oauth/revoke", data={"token": "x"})
    assert answer.body["error"] == "invalid_request"
    form = {"client_id": program.client_id, "token": "unknown"}
    assert (await program.call("POST", "/oauth/revoke", data=form)).status == 200


async def test_a_grant_ends_with_the_key_that_proved_it(
    server: Server, program: Program, organization: Organization
) -> None:
    person, owner = await organization.client(), await organization.client()
    tokens = await program.tokens(str(person.key), resource=f"{server.url}/v1")
    assert (await program.exchange(tokens["access_token"])).status == 200
    await owner.delete(f"/v1/api-keys/{person.minted['id']}")
    assert (await program.exchange(tokens["access_token"])).status == 401
    assert (await program.refresh(tokens["refresh_token"])).body["error"] == "invalid_grant"


async def test_an_exchanged_key_may_what_was_allowed(
    server: Server, program: Program, organization: Organization
) -> None:
    person = await organization.client()
    for scope, allowed in (
        ("publish", set(DEFAULT_SCOPES)),
        ("read", {each for each in DEFAULT_SCOPES if each.endswith(":read")}),
    ):
        tokens = await program.tokens(str(person.key), scope=scope, resource=f"{server.url}/v1")
        answer = await program.exchange(tokens["access_token"])
        assert answer.status == 200
        assert answer.body["organizationId"] == organization.id
        assert answer.body["key"].startswith("lmp_live_")
        listed = (await person.get("/v1/api-keys")).body["data"][0]
        assert listed["name"] == "letmepost-cli"
        assert set(listed["scopes"]) == allowed
        assert await api(server, answer.body["key"]) == 200


async def test_an_exchanged_key_is_of_the_kind_and_the_profile_of_the_person(
    server: Server, program: Program, organization: Organization
) -> None:
    profile = await organization.profile("Brand")
    person = await organization.client(prefix="lmp_test_", profile_id=profile)
    tokens = await program.tokens(str(person.key), resource=f"{server.url}/v1")
    answer = await program.exchange(tokens["access_token"])
    assert answer.body["key"].startswith("lmp_test_")
    listed = (await (await organization.client()).get("/v1/api-keys")).body["data"]
    made = next(each for each in listed if each["name"] == "letmepost-cli")
    assert made["profileId"] == profile


async def test_exchanging_again_replaces_the_key(
    server: Server, program: Program, key: str
) -> None:
    tokens = await program.tokens(key, resource=f"{server.url}/v1")
    first = (await program.exchange(tokens["access_token"])).body["key"]
    second = (await program.exchange(tokens["access_token"])).body["key"]
    assert await api(server, second) == 200
    assert await api(server, first) == 401


async def test_a_token_that_allows_nothing_gets_no_key(
    server: Server, program: Program, key: str
) -> None:
    tokens = await program.tokens(key, resource=f"{server.url}/v1")
    await server.service.state.database.write(
        lambda connection: connection.execute(update(oauth_tokens).values(scopes=[]))
    )
    answer = await program.exchange(tokens["access_token"])
    assert (answer.status, answer.body["error"]["rule"]) == (403, "oauth.insufficient_scope")


async def test_a_token_of_another_audience_gets_no_key(program: Program, key: str) -> None:
    tokens = await program.tokens(key)
    answer = await program.exchange(tokens["access_token"])
    assert answer.status == 401
    challenge = answer.headers["WWW-Authenticate"]
    assert challenge.endswith('/.well-known/oauth-protected-resource/v1"')
    assert (await program.exchange(tokens["refresh_token"])).status == 401
    assert (await program.call("POST", "/v1/oauth-exchange")).status == 401


async def test_an_access_token_is_no_key(server: Server, program: Program, key: str) -> None:
    tokens = await program.tokens(key, resource=f"{server.url}/v1")
    assert await api(server, tokens["access_token"]) == 401


async def test_what_has_expired_is_forgotten(
    server: Server, program: Program, key: str, fake_clock: FakeClock
) -> None:
    await program.tokens(key)
    await program.allowed(key)
    await Program(program.http, program.url).registered()
    forget = server.service.state.forget_old_grants

    async def kept() -> tuple[int, int, int]:
        rows = await server.rows()
        tables = (oauth_clients, oauth_grants, oauth_tokens)
        clients, begun, tokens = (rows[table.name] for table in tables)
        return clients, begun, tokens

    assert await kept() == (2, 2, 2)
    fake_clock.advance(grants.ACCESS_LIVES.total_seconds())
    await forget()
    assert await kept() == (2, 1, 1)
    fake_clock.advance(grants.REFRESH_LIVES.total_seconds())
    await forget()
    assert await kept() == (0, 0, 0)


def test_scopes_mirror_no_key_that_makes_keys() -> None:
    assert Scope.KEYS_WRITE not in grants.mirrored(["read", "publish"])
    assert grants.mirrored([]) == frozenset()
