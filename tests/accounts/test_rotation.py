"""Everything that is sealed can be put under a new key, beside servers that go on."""

import base64
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from letmepost.accounts.tables import accounts
from letmepost.kit.database import Database, metadata
from letmepost.platform_kit.simulator import Simulation
from letmepost.platforms import platforms
from letmepost.rotation import rotate
from tests.accounts.album import AlbumSimulator
from tests.accounts.conftest import KEY, Server, configuration, running
from tests.clock import FakeClock

NEW = base64.b64encode(b"n" * 32).decode()
BOTH = {"LETMEPOST_ENCRYPTION_KEYS": f"{NEW},{KEY}"}
ONLY_NEW = {"LETMEPOST_ENCRYPTION_KEYS": NEW}


async def envelopes(database: Database) -> list[str]:
    """Whatever looks like an envelope, in any column of any table."""

    def read(connection: Connection) -> list[str]:
        return [
            value
            for table in metadata.sorted_tables
            for row in connection.execute(select(table))
            for value in row
            if isinstance(value, str) and value.startswith("v1.") and value.count(".") == 3
        ]

    return await database.read(read)


async def fill(server: Server) -> Any:
    """Seal something in each place that seals."""
    account = await server.connected()
    await server.begin()
    endpoint = await server.call("POST", "/v1/webhook-endpoints", {"url": "https://app.example/"})
    path = f"/v1/webhook-endpoints/{endpoint.body['id']}/rotate-secret"
    assert (await server.call("POST", path)).status == 200
    headers = {"Idempotency-Key": "once"}
    assert (await server.call("POST", "/v1/api-keys", {"name": "x"}, headers=headers)).status == 201
    return account


async def test_nothing_is_left_under_the_old_key(
    simulation: Simulation, database_url: str, tmp_path: Path, fake_clock: FakeClock
) -> None:
    async with running(simulation, database_url, tmp_path, fake_clock) as server:
        account = await fill(server)
        before = await envelopes(server.service.state.database)
    done = await rotate(configuration(simulation, database_url, tmp_path, **BOTH))
    assert {name: each.changed for name, each in done.items()} == {
        "accounts": 1,
        "consents": 2,
        "idempotency_keys": 1,
        "webhook_endpoints": 2,
    }
    again = await rotate(configuration(simulation, database_url, tmp_path, **BOTH))
    assert {each.changed for each in again.values()} == {0}
    async with running(simulation, database_url, tmp_path, fake_clock, **ONLY_NEW) as server:
        after = await envelopes(server.service.state.database)
        assert len(after) == len(before)
        assert {each.split(".")[1] for each in after}.isdisjoint(
            {each.split(".")[1] for each in before}
        )
        result = (await server.post(account["id"])).body["results"][0]
        assert result["status"] == "published"


async def test_an_account_that_is_being_renewed_is_left_for_the_next_time(
    simulation: Simulation, database_url: str, tmp_path: Path, fake_clock: FakeClock
) -> None:
    async with running(simulation, database_url, tmp_path, fake_clock) as server:
        await server.connected()
        database = server.service.state.database

        def hold(connection: Connection) -> None:
            until = server.clock.now() + timedelta(seconds=60)
            connection.execute(update(accounts).values(refresh_owner="x", refresh_until=until))

        await database.write(hold)
        before = (await server.rows(accounts))[0]["credentials"]
        configured = configuration(simulation, database_url, tmp_path, **BOTH)
        assert (await rotate(configured))["accounts"].busy == 1
        assert (await server.rows(accounts))[0]["credentials"] == before
        await database.write(lambda c: c.execute(update(accounts).values(refresh_until=None)))
        assert (await rotate(configured))["accounts"].changed == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_session_that_was_open_renews_what_was_resealed_under_it(
    simulation: Simulation,
    database_url: str,
    tmp_path: Path,
    fake_clock: FakeClock,
    album: AlbumSimulator,
) -> None:
    async with running(simulation, database_url, tmp_path, fake_clock) as server:
        await server.connected()
    async with running(simulation, database_url, tmp_path, fake_clock, **BOTH) as server:
        renewals = server.service.state.renewals
        [account] = await server.service.state.directory.usable(await _caller(server))
        opened = await renewals.stored(account)
        await rotate(configuration(simulation, database_url, tmp_path, **BOTH))
        assert (await renewals.stored(account)).envelope != opened.envelope
        platform = platforms()["album"]
        upstream = renewals.connecting.upstream(platform)
        await renewals.instead_of(opened.envelope, account, platform, upstream)
    assert album.refreshes == 1


async def _caller(server: Server) -> Any:
    return await server.service.state.keys.authenticate(f"Bearer {server.key}", "127.0.0.1")


async def test_what_no_key_opens_is_counted_and_left(
    simulation: Simulation, database_url: str, tmp_path: Path, fake_clock: FakeClock
) -> None:
    async with running(simulation, database_url, tmp_path, fake_clock) as server:
        await server.connected()
    done = await rotate(configuration(simulation, database_url, tmp_path, **ONLY_NEW))
    assert (done["accounts"].changed, done["accounts"].unreadable) == (0, 1)
