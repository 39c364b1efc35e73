"""`GET /v1/rules`: the whole catalogue, filtered, cached, and every entry leads to its page."""

from typing import Any

import pytest
import pytest_asyncio

from letmepost.platforms import catalogue, platforms
from letmepost.tenancy.keys import Scope
from tests.api.client import Client
from tests.api.server import ON_ONE_DATABASE, Organization, Server

pytestmark = [pytest.mark.asyncio(loop_scope="session"), ON_ONE_DATABASE]

PHASES = ("preflight", "connect", "publish")


@pytest_asyncio.fixture(loop_scope="session")
async def client(organization: Organization) -> Client:
    """A key that may do one thing, and that is not reading rules."""
    return await organization.client(Scope.MEDIA_WRITE)


async def _listed(client: Client, query: str = "") -> list[dict[str, Any]]:
    answer = await client.get(f"/v1/rules{query}")
    assert answer.status == 200, answer.body
    assert answer.body["nextCursor"] is None
    data: list[dict[str, Any]] = answer.body["data"]
    return data


async def test_every_rule_is_listed_to_whoever_has_a_key(client: Client) -> None:
    listed = await _listed(client)
    assert [each["id"] for each in listed] == list(catalogue())
    for each in listed:
        rule = catalogue()[each["id"]]
        assert (each["platform"], each["status"]) == (rule.platform, rule.status)
        assert each["sources"]
        assert each["why"] == rule.why
        assert (each["limit"] is None) == (rule.limit is None)


async def test_filters_divide_the_catalogue(client: Client) -> None:
    every = sorted(catalogue())
    for name, values in (
        ("platform", ["any", *platforms()]),
        ("phase", PHASES),
        ("field", sorted({rule.field for rule in catalogue().values()})),
    ):
        found = []
        for value in values:
            part = await _listed(client, f"?{name}={value}")
            assert {each[name] or "any" for each in part} == {value} or not part
            found += [each["id"] for each in part]
        assert sorted(found) == every


async def test_filters_together_narrow_the_list(client: Client) -> None:
    found = await _listed(client, "?platform=bluesky&phase=preflight&field=text")
    assert "bluesky.text.max_graphemes" in [each["id"] for each in found]
    assert {(each["platform"], each["phase"], each["field"]) for each in found} == {
        ("bluesky", "preflight", "text")
    }
    assert await _listed(client, "?field=nothing-of-ours") == []


@pytest.mark.parametrize(
    ("query", "rule"), [("platform=myspace", "platform"), ("phase=never", "phase")]
)
async def test_a_filter_that_can_match_nothing_is_refused(
    client: Client, query: str, rule: str
) -> None:
    answer = await client.get(f"/v1/rules?{query}")
    answer.refused(400, "validation_failed", rule)


async def test_who_knows_the_list_gets_no_second_copy(client: Client) -> None:
    first = await client.get("/v1/rules")
    etag = first.headers["ETag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = await client.get("/v1/rules", headers={"If-None-Match": known})
        assert (again.status, again.raw) == (304, b""), known
        assert again.headers["ETag"] == etag
    stale = await client.get("/v1/rules", headers={"If-None-Match": '"stale"'})
    assert stale.status == 200
    other = await client.get("/v1/rules?platform=bluesky")
    assert other.headers["ETag"] != etag


async def test_every_rule_can_be_read_and_its_address_answers(
    client: Client, server: Server
) -> None:
    for listed in await _listed(client):
        one = await client.get(f"/v1/rules/{listed['id']}")
        assert (one.status, one.body) == (200, listed)
        assert listed["ruleUrl"].startswith(server.url)
        async with server.http.get(listed["ruleUrl"]) as page:
            assert page.status == 200, listed["ruleUrl"]


@pytest.mark.parametrize("rule_id", ["bluesky.text.nothing", "%00", "x" * 5000, "..%2F..%2Fetc"])
async def test_a_rule_that_does_not_exist_is_not_found(client: Client, rule_id: str) -> None:
    answer = await client.get(f"/v1/rules/{rule_id}")
    assert (answer.status, answer.error["code"]) == (404, "not_found")
