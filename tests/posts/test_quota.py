"""The posts of a month: counted by account, refused whole, warned of once, and off by default."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from letmepost.kit.logs import configure_logs
from letmepost.posts.quota import month_of
from letmepost.posts.tables import publications
from letmepost.tenancy.keys import TEST
from tests.api.client import Client
from tests.api.server import Organization, Server, running_server

QUOTA = 5


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    configure_logs("critical")


@pytest.fixture
async def server(tmp_path: Path, database_url: str) -> AsyncIterator[Server]:
    settings = {"LETMEPOST_MONTHLY_POSTS": str(QUOTA)}
    async with running_server(tmp_path, database_url, settings=settings) as running:
        yield running


async def _ready(server: Server) -> tuple[Organization, Client, str]:
    organization = await server.new_organization()
    client = await organization.client()
    return organization, client, (await organization.connect(client))["id"]


async def _later(client: Client, *accounts: str, text: str = "x", **more: Any) -> Any:
    at = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    targets = [{"accountId": each} for each in accounts]
    return await client.publish({"targets": targets, "text": text, "scheduledAt": at}, **more)


async def _warnings(client: Client) -> list[Any]:
    data: list[Any] = (await client.get("/v1/events?type=quota.warning")).body["data"]
    return data


async def test_a_post_beyond_the_month_is_refused_with_the_true_wait(server: Server) -> None:
    organization, client, account = await _ready(server)
    for number in range(QUOTA):
        assert (await _later(client, account, text=f"{number}")).status == 202
    refused = await _later(client, account, text="one more", key="again")
    refused.refused(429, "quota_exceeded")
    _, ends = month_of(datetime.now(UTC))
    left = (ends - datetime.now(UTC)).total_seconds()
    assert abs(int(refused.headers["Retry-After"]) - left) < 120
    assert refused.error["retryable"] is False
    # Others are not concerned, and test keys count nothing.
    _, other, others_account = await _ready(server)
    assert (await _later(other, others_account)).status == 202
    rehearsal = await organization.client(prefix=TEST)
    assert (await _later(rehearsal, account, text="rehearsed")).status == 202
    # The month is over: the same request under the same key is a first one.
    before = datetime.now(UTC) - timedelta(days=40)
    await server.service.state.database.write(
        lambda connection: connection.execute(update(publications).values(created_at=before))
    )
    assert (await _later(client, account, text="one more", key="again")).status == 202


async def test_each_account_counts_and_a_post_is_made_whole_or_not(server: Server) -> None:
    organization, client, account = await _ready(server)
    second = (await organization.connect(client))["id"]
    for number in range(2):
        assert (await _later(client, account, second, text=f"{number}")).status == 202
    before = await server.rows()
    refused = await _later(client, account, second, text="two more")
    refused.refused(429, "quota_exceeded")
    assert "1 are left, and this would be 2" in refused.error["message"]
    rows = await server.rows()
    assert (rows["posts"], rows["publications"]) == (before["posts"], before["publications"])
    assert (await _later(client, account, text="one more")).status == 202


async def test_four_fifths_are_told_once(server: Server) -> None:
    _, client, account = await _ready(server)
    for number in range(QUOTA):
        await _later(client, account, text=f"{number}")
        assert len(await _warnings(client)) == (number >= 3)
    [warning] = await _warnings(client)
    assert (warning["data"]["used"], warning["data"]["quota"]) == (4, QUOTA)


async def test_requests_at_once_do_not_get_beyond_it(server: Server) -> None:
    _, client, account = await _ready(server)
    answers = await asyncio.gather(
        *(_later(client, account, text=f"{number}") for number in range(2 * QUOTA))
    )
    assert sorted(each.status for each in answers) == [202] * QUOTA + [429] * QUOTA


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_it_is_off_unless_it_is_set(database_url: str, tmp_path: Path) -> None:
    async with running_server(tmp_path, database_url) as server:
        _, client, account = await _ready(server)
        for number in range(2 * QUOTA):
            assert (await _later(client, account, text=f"{number}")).status == 202
        assert await _warnings(client) == []


def test_months_begin_and_end_in_utc() -> None:
    for at, begins, ends in (
        ((2026, 12, 31, 23, 59), (2026, 12, 1), (2027, 1, 1)),
        ((2028, 2, 29, 0, 0), (2028, 2, 1), (2028, 3, 1)),
        ((2027, 1, 1, 0, 0), (2027, 1, 1), (2027, 2, 1)),
    ):
        month = datetime(*begins, tzinfo=UTC), datetime(*ends, tzinfo=UTC)
        assert month_of(datetime(*at, tzinfo=UTC)) == month


async def test_a_draft_counts_from_when_it_is_made_and_as_it_grows(server: Server) -> None:
    organization, client, account = await _ready(server)
    accounts = [account, *[(await organization.connect(client))["id"] for _ in range(2)]]
    draft = {"status": "draft", "text": "Kept", "targets": [{"accountId": account}]}
    kept = await client.publish(draft)
    assert kept.body["status"] == "draft"
    for number in range(QUOTA - 2):
        assert (await _later(client, account, text=f"{number}")).status == 202
    wider = {"text": "Kept", "targets": [{"accountId": each} for each in accounts]}
    address = f"/v1/batches/{kept.body['id']}"
    (await client.call("PUT", address, json=wider)).refused(429, "quota_exceeded")
    two = {**wider, "targets": wider["targets"][:2]}
    assert (await client.call("PUT", address, json=two)).status == 200
    # What was counted as a draft is not counted once more.
    assert (await client.post(f"{address}/publish", {})).status == 200
    (await _later(client, account, text="one more")).refused(429, "quota_exceeded")
