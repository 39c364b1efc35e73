"""An account that leaves takes its access with it, where its platform has a call for that."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, update

from letmepost.accounts import revoking
from letmepost.accounts.revoking import leaving, revoke
from letmepost.accounts.tables import accounts
from letmepost.data_protection.belongings import Subject
from letmepost.data_protection.erase import erase
from letmepost.kit.ids import new_id
from letmepost.platform_kit.connect import NoRevocation, Revocation
from letmepost.platforms import platforms
from letmepost.tenancy.tables import organizations, profiles
from tests.platforms.every_platform import PUBLISHING, Play, playing

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

# What the call is, of each platform that has one.
CALLS = {
    "bluesky": ("POST", "/xrpc/com.atproto.server.deleteSession"),
    "facebook": ("DELETE", "/permissions"),
    "twitter": ("POST", "/2/oauth2/revoke"),
}
REVOKING = sorted(CALLS)
STILL = "The same consent serves what is still connected on this server."


@pytest.fixture
async def play(platform: str, database_url: str, tmp_path: Path) -> AsyncIterator[Play]:
    async with playing(platform, database_url, tmp_path / "data") as opened:
        yield opened


async def _listed(play: Play, platform: str | None = None) -> list[Any]:
    shown = (await play.server.call("GET", "/v1/accounts")).body["data"]
    return [each for each in shown if platform in (None, each["platform"])]


async def _disconnect(play: Play, account_id: str | None = None) -> Any:
    gone = await play.server.call("DELETE", f"/v1/accounts/{account_id or play.server.account_id}")
    assert gone.status == 200, gone.text
    assert gone.body["deleted"] is True
    return gone.body["revocation"]


async def _asked(play: Play) -> list[Any]:
    """The calls that took access back."""
    method, path = CALLS[play.platform]
    return [
        each
        for each in await play.backstage.requests()
        if each["method"] == method and each["path"].endswith(path)
    ]


async def _alone(play: Play) -> None:
    """Leave no account beside the one of the play, such as one that is linked to it."""
    for each in await _listed(play):
        if each["id"] != play.server.account_id:
            await _disconnect(play, each["id"])


def test_every_platform_says_whether_it_takes_access_back(
    database_url: str,  # noqa: ARG001 - as all tests here
) -> None:
    declared = {name: platforms()[name].connect.revocation for name in PUBLISHING}
    assert sorted(each for each in declared if isinstance(declared[each], Revocation)) == REVOKING
    for each in declared.values():
        if isinstance(each, NoRevocation):
            assert "documents no call" in each.why


@pytest.mark.parametrize("platform", REVOKING)
async def test_the_access_of_an_account_ends_at_its_platform(play: Play) -> None:
    await _alone(play)
    [left] = await play.server.service.state.database.read(
        lambda connection: leaving(connection, accounts.c.id == play.server.account_id)
    )
    assert await _disconnect(play) == {"revoked": True, "reason": None}
    assert await _asked(play)

    def put_back(connection: Connection) -> None:
        # As if somebody had kept the tokens.
        connection.execute(
            update(accounts)
            .where(accounts.c.id == left.account.id)
            .values(credentials=left.envelope, disconnected_at=None)
        )

    await play.server.service.state.database.write(put_back)
    play.server.clock.advance(2)
    if platforms()[play.platform].connect.kind == "oauth":
        assert (await play.post())["error"]["code"] == "platform_auth_failed"
    # Whoever consents again is let in again.
    await play.server.connect(play.backstage.simulation)
    assert (await play.end(await play.post("again")))["status"] == "published"


@pytest.mark.parametrize("platform", sorted({*PUBLISHING} - {*CALLS}))
async def test_a_platform_without_such_a_call_is_not_asked(play: Play) -> None:
    before = len(await play.backstage.requests())
    declared = platforms()[play.platform].connect.revocation
    assert isinstance(declared, NoRevocation)
    assert await _disconnect(play) == {"revoked": False, "reason": declared.why}
    assert len(await play.backstage.requests()) == before


@pytest.mark.parametrize("platform", REVOKING)
async def test_a_platform_that_fails_holds_nothing_up(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revoking, "REVOKE_SECONDS", 0.2)
    route = CALLS[play.platform][1]
    for fault in (
        {"fault": "status", "status": 503},
        # What may be repeated is repeated once, where an old connection was cut.
        {"fault": "cut_before_commit", "times": 2},
        {"fault": "slow", "seconds": 1},
        {"fault": "malformed"}
        if play.platform == "facebook"
        else {"fault": "status", "status": 429},
    ):
        await play.server.connect(play.backstage.simulation)
        await _alone(play)
        await play.backstage.fault(route=route, **fault)
        told = await _disconnect(play)
        assert told["revoked"] is False, fault
        assert told["reason"].startswith(platforms()[play.platform].title), told
        assert await _listed(play) == []
        kept = await play.server.service.state.database.read(
            lambda connection: connection.execute(select(accounts.c.credentials)).scalars().all()
        )
        assert set(kept) == {None}


@pytest.mark.parametrize("platform", ["facebook"])
async def test_a_consent_ends_with_the_last_account_that_lives_by_it(play: Play) -> None:
    [page] = await _listed(play, "facebook")
    [linked] = await _listed(play, "instagram")
    assert await _disconnect(play, page["id"]) == {"revoked": False, "reason": STILL}
    assert await _asked(play) == []
    assert await _disconnect(play, linked["id"]) == {"revoked": True, "reason": None}
    assert len(await _asked(play)) == 1


@pytest.mark.parametrize("platform", ["facebook", "twitter"])
async def test_the_access_of_another_organization_is_left_alone(play: Play) -> None:
    await _alone(play)

    def connect_elsewhere(connection: Connection) -> None:
        query = select(accounts).where(accounts.c.id == play.server.account_id)
        row = connection.execute(query).one()._mapping
        at = {"created_at": row["created_at"]}
        org, prof = new_id("org"), new_id("prof")
        connection.execute(insert(organizations).values(id=org, name="Other", **at))
        connection.execute(
            insert(profiles).values(
                id=prof, organization_id=org, name="x", slug="x", updated_at=row["created_at"], **at
            )
        )
        mine = {"id": new_id("acc"), "organization_id": org, "profile_id": prof}
        connection.execute(insert(accounts).values({**row, **mine}))

    await play.server.service.state.database.write(connect_elsewhere)
    assert await _disconnect(play) == {"revoked": False, "reason": STILL}
    assert await _asked(play) == []


@pytest.mark.parametrize("platform", ["bluesky"])
async def test_the_account_of_a_test_key_is_known_to_no_platform(play: Play) -> None:
    made = await play.server.call(
        "POST", "/v1/api-keys", {"name": "t", "prefix": "lmp_test_", "scopes": None}
    )
    play.server.key = made.body["key"]
    given = play.backstage.simulation.accounts["bluesky"]
    account = await play.server.call("POST", "/v1/accounts/connect/bluesky/complete", given)
    told = await _disconnect(play, account.body["id"])
    assert told == {"revoked": False, "reason": "No platform gave access for it."}
    assert await _asked(play) == []


@pytest.mark.parametrize("platform", ["facebook"])
async def test_what_is_erased_is_revoked_once_it_is_gone(play: Play) -> None:
    await play.backstage.world(pages=["The Mill"])
    await play.server.connect(play.backstage.simulation)
    state, now = play.server.service.state, play.server.clock.now()
    organization = await state.database.read(
        lambda connection: connection.execute(select(organizations.c.id)).scalar_one()
    )
    erased = await erase(state.database, state.library.storage, Subject(organization), now)
    assert erased.rows["accounts"] == len(erased.left) == 3
    assert await _asked(play) == []
    told = await revoke(state.connecting, erased.left)
    assert [each.reason for each in told] == [None] * 3
    assert len(await _asked(play)) == 1
