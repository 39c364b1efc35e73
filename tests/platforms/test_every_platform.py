"""What every platform that publishes must keep, each beside its simulator.

A platform declares its posts and its failures in `tests/platforms/<name>/cases.py`; that is all it
takes to be held to every promise here.
"""

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from letmepost.platform_kit.http import Upstream
from letmepost.platforms import platforms
from letmepost.posts.task import Tasks
from tests.platforms.cases import Failure, Kind
from tests.platforms.every_platform import (
    PUBLISHING,
    WITH_CASES,
    Play,
    any_kind,
    cases,
    every_failure,
    every_kind,
    kinds,
    playing,
    playing_tokens,
)
from tests.platforms.running_server import eventually

HASTY_SECONDS = 0.3
SLOW_SECONDS = 0.7
AT_ONCE = 20
OUTCOME_UNKNOWN = "delivery.outcome_unknown"

# The ledger's promises are held to on both databases elsewhere; here the platform is in question,
# and only SQLite goes by the clock of the test.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

every_platform = pytest.mark.parametrize("platform", WITH_CASES)


@pytest.fixture
async def play(platform: str, database_url: str, tmp_path: Path) -> AsyncIterator[Play]:
    async with playing(platform, database_url, tmp_path / "data") as opened:
        yield opened


def state_of(result: Any) -> str:
    """Where a publication stands: its phase while a worker has it, else its status."""
    state: str = result.get("phase") or result["status"]
    return state


def named(of: Callable[[Any], str], pairs: Any) -> Any:
    """A parameter for each pair, named by platform and case."""
    return [pytest.param(*pair, id=f"{pair[0]}: {of(pair[1])}") for pair in pairs]


@pytest.mark.parametrize("platform", PUBLISHING)
def test_a_platform_that_publishes_declares_its_cases(
    platform: str,
    database_url: str,  # noqa: ARG001 - as all tests here
) -> None:
    declared = cases(platform)
    assert declared is not None, f"tests/platforms/{platform}/cases.py is missing"
    assert declared.KINDS
    assert declared.FAILURES
    for rows in (declared.KINDS, declared.FAILURES):
        names = [each.name for each in rows]
        assert len(names) == len(set(names))
    assert {each.kind for each in declared.FAILURES} <= set(kinds(platform))
    if platforms()[platform].connect.kind == "oauth":
        assert platform in playing_tokens("revoked_token"), "an owner can always take access back"


@every_platform
async def test_an_account_that_is_connected_again_is_the_same(play: Play) -> None:
    before = play.server.account_id
    reply = await play.server.connect(play.backstage.simulation)
    assert (reply.status, reply.body["id"]) == (200, before)
    assert reply.body["platform"] == play.platform
    assert (await play.end(await play.post()))["status"] == "published"


@pytest.mark.parametrize(("platform", "kind"), named(lambda kind: kind.name, every_kind()))
async def test_every_kind_of_post_is_published(play: Play, kind: Kind) -> None:
    shown = await play.end(await play.server.post_kind(kind))
    assert shown["status"] == "published", shown
    assert shown["platformUri"]
    assert await play.count() >= 1
    sent = [attempt["sendingAt"] for attempt in shown["attempts"]]
    assert any(sent), "the ledger must know of the call before it is made"
    assert await play.server.told(shown | {"postId": shown["id"]}) == ["post.published"]


@pytest.mark.parametrize(("platform", "failure"), named(lambda row: row.name, every_failure()))
async def test_every_failure_is_told_as_it_is(play: Play, failure: Failure) -> None:
    await play.backstage.fault(**failure.fault)
    result = await play.post_kind(kinds(play.platform)[failure.kind])
    error = result.get("error")
    assert error is not None, result
    told = (state_of(result), error["code"], error.get("rule"))
    assert told == (failure.state, failure.code.value, failure.rule), error
    assert error["willRetry"] is (failure.state in ("queued", "unknown"))
    assert error["message"]
    if failure.retry_after_seconds is not None:
        assert error["retryAfterSeconds"] == pytest.approx(failure.retry_after_seconds, abs=1)
    hold_to_the_raw_answer(failure, error)
    if "times" not in failure.fault:
        await hold_to_the_end(play, result, failure)


def hold_to_the_raw_answer(failure: Failure, error: Any) -> None:
    """What the platform said is kept untouched."""
    if failure.fault["fault"] != "status":
        return
    body = failure.fault.get("body")
    if isinstance(body, str):
        assert error["platformResponse"]["body"] == body
    elif body is None:
        assert error["platformResponse"]
    else:
        assert error["platformResponse"] == body


async def hold_to_the_end(play: Play, result: Any, failure: Failure) -> None:
    """What was refused for good stays so; what was not is published once, or said to be unknown."""
    if failure.state not in ("queued", "unknown"):
        assert await play.count() == 0
        return
    shown = await play.end(result)
    if failure.state == "unknown" and shown["status"] == "failed":
        assert shown["error"]["rule"] == OUTCOME_UNKNOWN
        return
    assert shown["status"] == "published", shown["error"]
    assert await play.count() >= 1


@pytest.mark.parametrize("platform", playing_tokens("expired_token"))
async def test_a_token_that_expires_among_posts_is_renewed(play: Play) -> None:
    await play.renewable()
    before = await play.end(await play.post("before"))
    await play.backstage.fault(fault="expired_token")
    after = await play.end(await play.post("after"))
    assert (before["status"], after["status"]) == ("published", "published"), after
    assert await play.count() == 2
    purposes = [purpose for purpose, _ in await play.server.endings()]
    assert "reconcile" not in purposes, "a refused token is no lost answer"


@pytest.mark.parametrize("platform", playing_tokens("expired_token"))
async def test_a_token_that_expires_under_posts_at_once_fails_none(play: Play) -> None:
    await play.renewable()
    media, targets = await posts_at_once(play)
    await play.backstage.fault(fault="expired_token")
    await publish_at_once(play, media, targets)


@pytest.mark.parametrize("platform", playing_tokens("expired_token"))
async def test_posts_at_once_renew_an_expired_token_with_one_call(play: Play) -> None:
    await play.renewable()
    account = f"/v1/accounts/{play.server.account_id}"
    before = len(await play.backstage.requests())
    renewed = await play.server.call("POST", f"{account}/refresh")
    assert renewed.status == 200, renewed.text
    [path] = [each["path"] for each in (await play.backstage.requests())[before:]]
    media, targets = await posts_at_once(play)
    ends_at = datetime.fromisoformat(renewed.body["tokenExpiresAt"])
    play.server.clock.advance((ends_at - play.server.clock.now()).total_seconds() + 60)
    before = len(await play.backstage.requests())
    await publish_at_once(play, media, targets)
    asked = [each["path"] for each in (await play.backstage.requests())[before:]]
    assert asked.count(path) == 1


async def posts_at_once(play: Play) -> tuple[list[Any], list[Any]]:
    """Posts that differ in their words alone: their files, and a target for each."""
    kind = any_kind(play.platform)
    media = [await play.server.upload(file) for file in kind.files]
    options = {"platform": play.platform, **kind.options} if kind.options else None
    targets = [
        {
            "accountId": play.server.account_id,
            "text": f"{kind.text} number {number}".strip(),
            **({"options": options} if options else {}),
        }
        for number in range(AT_ONCE)
    ]
    return media, targets


async def publish_at_once(play: Play, media: list[Any], targets: list[Any]) -> None:
    """Publish all with one call; each ends well, and stands there once."""
    body = {"targets": targets, "media": media}
    headers = {"Prefer": "respond-async"}
    reply = await play.server.call("POST", "/v1/posts", body, headers=headers)
    assert reply.status == 202, reply.text
    await play.server.idle()
    ended = [await play.end(each) for each in reply.body["results"]]
    assert [each["status"] for each in ended] == ["published"] * AT_ONCE
    assert await play.count() == AT_ONCE


@pytest.mark.parametrize("platform", playing_tokens("revoked_token"))
async def test_access_that_was_taken_back_asks_for_a_person(play: Play) -> None:
    await play.backstage.fault(fault="revoked_token")
    result = await play.post()
    error = result["error"]
    assert (result["status"], error["code"]) == ("rejected", "platform_auth_failed"), error
    assert error["willRetry"] is False
    assert error["platformResponse"]
    assert error["remediation"]
    assert await play.count() == 0


@every_platform
async def test_a_rate_limit_is_waited_out_as_the_platform_says(play: Play) -> None:
    route = await play.creating_route()
    await play.backstage.fault(fault="status", status=429, route=route)
    result = await play.post("limited")
    error = result["error"]
    assert result["status"] == "queued", error
    assert (error["code"], error["willRetry"]) == ("platform_unavailable", True)
    assert error["retryAfterSeconds"] > 0
    assert error["platformResponse"]
    assert (await play.end(result))["status"] == "published"
    assert await play.count() == 2


@every_platform
@pytest.mark.parametrize("fault", ["malformed", "cut_after_commit"])
async def test_a_post_whose_answer_is_lost_is_never_made_twice(play: Play, fault: str) -> None:
    route = await play.creating_route()
    await play.backstage.fault(fault=fault, route=route)
    result = await play.post("lost")
    assert state_of(result) == "unknown", result
    shown = await play.end(result)
    assert shown["status"] == "published" or shown["error"]["rule"] == OUTCOME_UNKNOWN, shown
    assert await play.count() == 2


@every_platform
@pytest.mark.parametrize("fault", ["html", "cut_before_commit"])
async def test_a_post_that_never_arrived_is_published_once(play: Play, fault: str) -> None:
    route = await play.creating_route()
    await play.backstage.fault(fault=fault, route=route)
    result = await play.post("undone")
    assert state_of(result) == "unknown", result
    if fault == "html":
        assert "<html" in str(result["error"]["platformResponse"])
    shown = await play.end(result)
    if shown["status"] == "published":
        assert await play.count() == 2
    else:
        assert shown["error"]["rule"] == OUTCOME_UNKNOWN, shown
        assert await play.count() == 1


@every_platform
async def test_a_post_whose_answer_comes_too_late_is_never_made_twice(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    route = await play.creating_route()
    await play.backstage.fault(fault="slow", route=route, seconds=SLOW_SECONDS)
    patient = Tasks.upstream

    def hasty(self: Tasks, *given: Any) -> Upstream:
        upstream = patient(self, *given)
        upstream.deadline_seconds = HASTY_SECONDS
        return upstream

    with monkeypatch.context() as patched:
        patched.setattr(Tasks, "upstream", hasty)
        result = await play.post("late")
    assert state_of(result) == "unknown", result

    async def arrived() -> bool:
        return await play.count() == 2

    await eventually(arrived)
    shown = await play.end(result)
    assert shown["status"] == "published" or shown["error"]["rule"] == OUTCOME_UNKNOWN, shown
    assert await play.count() == 2


def deletes(platform: str) -> bool:
    """Whether the account that the suite connects may delete; of one platform only some may."""
    return platforms()[platform].deletes_by is not None and getattr(
        cases(platform), "DELETES", True
    )


@pytest.mark.parametrize(
    ("platform", "kind"),
    named(
        lambda kind: kind.name,
        (pair for pair in every_kind() if deletes(pair[0])),
    ),
)
async def test_every_kind_of_post_is_deleted_with_all_that_belongs_to_it(
    play: Play, kind: Kind
) -> None:
    shown = await play.end(await play.server.post_kind(kind))
    assert await play.count() >= 1
    path = f"/v1/posts/{shown['id']}?upstream=true"
    reply = await play.server.call("DELETE", path)
    assert (reply.status, reply.body["status"]) == (200, "deleted"), reply.text
    assert await play.count() == 0
    assert (await play.server.call("DELETE", path)).body == reply.body


@pytest.mark.parametrize(
    "platform", [each for each in WITH_CASES if platforms()[each].examined_by is not None]
)
async def test_an_account_is_looked_over_without_a_change(play: Play) -> None:
    await play.end(await play.post())
    before = await play.backstage.timeline()
    reply = await play.server.call("GET", f"/v1/accounts/{play.server.account_id}/check")
    assert reply.status == 200, reply.text
    assert reply.body["findings"]
    assert reply.body["ok"], reply.body["findings"]
    assert len(reply.body["transcript"]) >= 1
    assert await play.backstage.timeline() == before
