"""Publishing to Threads: each step goes on from the last, and nothing is published twice."""

from datetime import timedelta

import pytest

from letmepost.preflight.delivery_rules import FIRST_COMMENT_LEFT
from tests.platforms.cases import Kind
from tests.platforms.every_platform import Play, kinds
from tests.platforms.killing import published_among_kills
from tests.platforms.outside import seen_from_outside
from tests.platforms.threads.cases import CREATE, PUBLISH

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

LIMIT = "threads_publishing_limit"


def kind(name: str) -> Kind:
    return kinds("threads")[name]


async def calls(play: Play) -> list[tuple[str, str]]:
    """What Threads was asked since the account was connected."""
    found = [(each["method"], each["path"]) for each in await play.backstage.requests()]
    return [each for each in found if "/v1.0/" in each[1]]


async def test_a_text_is_prepared_looked_at_and_published(play: Play) -> None:
    shown = await play.end(await play.server.post_kind(kind("text")))
    assert shown["platformUri"].startswith("https://www.threads.net/@janes.bakery/post/")
    posts = [path for method, path in await calls(play) if method == "POST"]
    assert [path.rpartition("/")[2] for path in posts] == ["threads", "threads_publish"]
    assert [each["outcome"] for each in shown["attempts"]] == ["waiting", "waiting", "published"]


async def test_what_needs_no_waiting_is_published_in_one_go(play: Play) -> None:
    result = await play.server.post_kind(kind("thread"))
    assert result["status"] == "published"
    assert len(result["threadUris"]) == 2


async def test_no_token_is_in_any_address_of_a_publish(play: Play) -> None:
    await play.end(await play.server.post_kind(kind("carousel")))
    asked = [each for each in await play.backstage.requests() if "/v1.0/" in each["path"]]
    assert asked
    assert all("access_token" not in each["query"] for each in asked)
    assert all(each["headers"]["authorization"].startswith("Bearer ") for each in asked)


async def test_a_carousel_waits_for_its_items_and_then_for_itself(play: Play) -> None:
    await play.backstage.world(readsUntilReady=3)
    result = await play.server.post_kind(kind("carousel"))
    assert result["phase"] == "waiting"
    assert play.server.service.state.runner._tasks == set(), "no task is held while Threads works"
    shown = await play.end(result)
    assert shown["status"] == "published"
    [post] = await play.backstage.timeline()
    assert [each["mimeType"] for each in post["media"]] == [
        "image/jpeg",
        "image/jpeg",
        "video/mp4",
    ]
    assert post["media"][0]["alt"] == "A stone bridge"
    assert (await play.server.read(shown | {"postId": shown["id"]}))["status"] == "published"


async def test_a_thread_answers_post_by_post_and_keeps_every_address(play: Play) -> None:
    result = await play.server.post(
        "First",
        options={"thread": [{"text": "Second"}, {"text": "Third"}]},
        firstComment={"text": "And a remark"},
    )
    shown = await play.end(result)
    assert shown["status"] == "published", shown
    assert len(shown["threadUris"]) == 2
    assert shown["firstCommentUri"]
    texts = [each["text"] for each in await play.backstage.timeline()]
    assert texts == ["And a remark", "Third", "Second", "First"]


async def test_what_is_out_of_a_thread_stays_when_the_rest_is_refused(play: Play) -> None:
    body = {"error": {"message": "Invalid parameter", "type": "OAuthException", "code": 100}}
    await play.backstage.fault(fault="status", route=CREATE, status=400, body=body, every=2)
    result = await play.server.post(
        "First", options={"thread": [{"text": "Second"}]}, firstComment={"text": "A remark"}
    )
    shown = await play.end(result)
    assert shown["status"] == "published"
    assert [each["code"] for each in shown["warnings"]] == [
        "threads.thread.incomplete",
        "threads.first_comment.not_published",
    ]
    assert await play.count() == 1
    assert FIRST_COMMENT_LEFT.id not in str(shown["warnings"])


@pytest.mark.parametrize("name", ["text", "image", "carousel", "thread"])
@pytest.mark.parametrize("call", [1, 2])
@pytest.mark.parametrize("answered", [False, True])
async def test_a_worker_killed_at_any_step_leaves_one_post(
    play: Play, name: str, call: int, *, answered: bool
) -> None:
    await published_among_kills(play, kind(name), call=call, answered=answered)
    assert await play.count() == (3 if name == "thread" else 1)


async def test_an_expired_container_is_made_anew_in_the_same_post(play: Play) -> None:
    await play.backstage.world(readsUntilReady=1000)
    result = await play.server.post_kind(kind("image"))
    await play.backstage.world(readsUntilReady=0)
    play.server.clock.advance(timedelta(hours=25).total_seconds())
    shown = await play.end(result)
    assert shown["status"] == "published"
    assert await play.count() == 1
    made = [
        path for method, path in await calls(play) if (method, path[-8:]) == ("POST", "/threads")
    ]
    assert len(made) == 2


async def test_a_file_that_never_gets_ready_is_tried_again_and_then_told(play: Play) -> None:
    await play.backstage.fault(fault="container_stuck", times=100)
    result = await play.server.post_kind(kind("video"))
    shown = await play.server.run_to_the_end(result, 100, seconds_a_round=120)
    assert shown["status"] == "failed"
    assert "not ready after 15 minutes" in shown["error"]["message"]
    assert await play.count() == 0


@pytest.mark.parametrize("word", ["FAILED_DOWNLOADING_VIDEO", "UNKNOWN", "SOMETHING_NEW"])
async def test_a_failure_that_may_pass_is_prepared_once_more(play: Play, word: str) -> None:
    await play.backstage.fault(fault="container_error", message=word)
    shown = await play.end(await play.server.post_kind(kind("video")))
    assert shown["status"] == "published", shown


async def test_a_container_that_is_not_visible_yet_is_waited_for(play: Play) -> None:
    await play.backstage.world(invisibleSeconds=120)
    shown = await play.end(await play.server.post_kind(kind("text")))
    assert shown["status"] == "published", shown
    assert await play.count() == 1


async def test_a_full_quota_is_seen_before_anything_is_prepared(play: Play) -> None:
    body = {"data": [{"quota_usage": 250, "config": {"quota_total": 250}}]}
    await play.backstage.fault(fault="status", route=LIMIT, status=200, body=body)
    result = await play.server.post_kind(kind("text"))
    error = result["error"]
    assert (result["status"], error["rule"]) == ("queued", "threads.publish.quota_24h")
    assert error["retryAfterSeconds"] == 3600
    assert [path for method, path in await calls(play) if method == "POST"] == []


async def test_a_post_that_nobody_can_tell_from_another_has_the_profiles_address(
    play: Play,
) -> None:
    await play.end(await play.server.post("The same"))
    await play.backstage.fault(fault="cut_after_commit", route=PUBLISH)
    await play.backstage.fault(fault="hide_history", route="/me/threads?", times=100)
    shown = await play.end(await play.server.post("Another"))
    assert shown["status"] == "published"
    assert shown["platformUri"] == "https://www.threads.net/@janes.bakery"
    assert [each["code"] for each in shown["warnings"]] == ["threads.post.address_unknown"]
    assert await play.count() == 2


async def test_a_permalink_that_is_not_told_is_no_failed_post(play: Play) -> None:
    await play.backstage.fault(fault="status", route="fields=id%2Cpermalink", status=500, times=9)
    shown = await play.end(await play.server.post_kind(kind("text")))
    assert (shown["status"], len(shown["warnings"])) == ("published", 1)


async def test_a_published_post_is_looked_for_later(play: Play) -> None:
    shown = await play.end(await play.server.post_kind(kind("text")))
    await play.server.run_due("verify")
    assert (await play.server.read({"postId": shown["id"]}))["verifiedAt"]


async def test_files_of_a_private_server_are_refused_before_anything_is_sent(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen_from_outside(monkeypatch)
    result = await play.server.post_kind(kind("image"))
    error = result["error"]
    assert (result["status"], error["rule"]) == ("rejected", "threads.media.reachable")
    assert "LETMEPOST_PUBLIC_URL" in error["remediation"]
    assert [path for method, path in await calls(play) if method == "POST"] == []
