"""Posts are taken back, and accounts looked over, by calls that X documents."""

from typing import Any

import pytest

from letmepost.content.errors import ErrorCode
from letmepost.platform_kit.outcome import Deleted, Published, Rejected, TryLater, Unknown
from letmepost.platforms.twitter import PLATFORM
from letmepost.platforms.twitter.delete import TwitterDeleter
from letmepost.platforms.twitter.examine import TwitterExaminer
from tests.platforms.twitter.publishing import Publishing

POST = "/2/tweets/"


async def published(world: Publishing) -> str:
    ended = await world.publish(world.publication())
    assert isinstance(ended, Published)
    return ended.uri


async def delete(world: Publishing, uri: str) -> Any:
    assert PLATFORM.deletes_by is not None
    return await PLATFORM.deletes_by.delete(world.account_task(), uri)


async def examine(world: Publishing) -> dict[str, tuple[str, str | None]]:
    found = await TwitterExaminer().examine(world.account_task())
    return {each.name: (each.found, each.problem) for each in found}


async def test_post_is_deleted_once(world: Publishing) -> None:
    uri = await published(world)
    assert await delete(world, uri) == Deleted()
    assert await world.texts() == []
    assert await delete(world, uri) == Deleted(was_there=False)


async def test_post_that_x_does_not_know_is_gone(world: Publishing) -> None:
    await world.app.fault("status", route=POST, status=404)
    assert await delete(world, "https://x.com/a/status/12") == Deleted(was_there=False)


async def test_post_of_somebody_else_is_not_deleted(world: Publishing) -> None:
    made = await world.app.world(
        accounts=[{"username": "bob"}], posts=[{"username": "bob", "text": "Mine"}]
    )
    ended = await delete(world, f"https://x.com/bob/status/{made.body['posts'][0]['id']}")
    assert isinstance(ended, Rejected)
    assert await world.texts() == ["Mine"]


async def test_expired_token_is_renewed_before_deleting(world: Publishing) -> None:
    uri = await published(world)
    await world.app.fault("expired_token")
    assert await delete(world, uri) == Deleted()


async def test_revoked_token_asks_for_a_new_connection(world: Publishing) -> None:
    uri = await published(world)
    await world.app.fault("revoked_token")
    ended = await delete(world, uri)
    assert isinstance(ended, Rejected)
    assert ended.error.code is ErrorCode.PLATFORM_AUTH_FAILED


async def test_limit_is_waited_out(world: Publishing) -> None:
    await world.app.fault("status", route=POST, status=429)
    assert isinstance(await delete(world, "https://x.com/a/status/12"), TryLater)


@pytest.mark.parametrize("fault", ["malformed", "html"])
async def test_lost_answer_is_looked_up(world: Publishing, fault: str) -> None:
    uri = await published(world)
    await world.app.fault(fault, route=POST)
    ended = await delete(world, uri)
    # A page of an error means that nothing was done; half an answer, that it was.
    assert isinstance(ended, Deleted if fault == "malformed" else TryLater)


async def test_what_cannot_be_looked_up_is_unknown(world: Publishing) -> None:
    uri = await published(world)
    await world.app.fault("status", route=POST, status=503, times=2)
    assert isinstance(await delete(world, uri), Unknown)


async def test_account_is_looked_over(world: Publishing) -> None:
    found = await examine(world)
    assert found["account"] == ("@alice_on_x (2244994945)", None)
    assert found["verified type"] == ("none", None)
    assert found["scopes"][1] is None
    assert found["account look-ups left in 15 minutes"][0].endswith(" of 75")
    assert found["API version"] == ("2.167", None)


async def test_missing_scopes_are_named(world: Publishing) -> None:
    world.details = {**world.details, "scopes": ["tweet.read", "users.read", "offline.access"]}
    found = await examine(world)
    assert found["scopes"][1] == "Connect the account again to grant tweet.write, media.write."
    world.details = {"id": "12"}
    found = await examine(world)
    assert found["scopes"] == ("not told", None)
    assert "another account" in str(found["account"][1])


async def test_daily_windows_are_told_where_x_tells_them(world: Publishing) -> None:
    headers = {"x-user-limit-24hour-remaining": "0", "x-user-limit-24hour-limit": "17"}
    body = {"data": {"id": "2244994945", "username": "alice_on_x"}}
    await world.app.fault("status", route="/2/users/me", status=200, headers=headers, body=body)
    found = await examine(world)
    assert found["posts of the account left in 24 hours"] == (
        "0 of 17",
        "Wait until the window ends.",
    )


@pytest.mark.parametrize(
    ("fault", "more"),
    [
        ("revoked_token", {}),
        ("status", {"status": 503}),
        ("cut_before_commit", {"times": 2}),
    ],
)
async def test_account_that_cannot_be_used_is_said_so(
    world: Publishing, fault: str, more: dict[str, Any]
) -> None:
    await world.app.fault(fault, route="/2/users/me", **more)
    found = await examine(world)
    assert list(found) == ["account"]
    assert found["account"][1]


def test_deleter_and_examiner_are_those_of_the_platform() -> None:
    assert isinstance(PLATFORM.deletes_by, TwitterDeleter)
    assert isinstance(PLATFORM.examined_by, TwitterExaminer)
