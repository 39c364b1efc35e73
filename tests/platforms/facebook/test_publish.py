"""Publishing on a Page: files unseen, one visible call, and never a second post."""

from datetime import timedelta
from typing import Any

import pytest

from letmepost.platforms.facebook.upload import UPLOAD_DEADLINE_SECONDS
from tests.platforms.cases import Kind
from tests.platforms.every_platform import Play, kinds
from tests.platforms.facebook.cases import FEED, PHOTOS, VIDEOS
from tests.platforms.killing import published_among_kills

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PAGE = "104100000000001"
UNKNOWN = "delivery.outcome_unknown"


def kind(name: str) -> Kind:
    return kinds("facebook")[name]


async def sent(play: Play) -> list[Any]:
    """What was sent to the Page since it was connected."""
    asked = await play.backstage.requests()
    return [each for each in asked if each["method"] == "POST" and f"/{PAGE}/" in each["path"]]


async def edges(play: Play) -> list[str]:
    """The ends of the paths that something was sent to."""
    return [each["path"].rpartition("/")[2] for each in await sent(play)]


async def test_a_text_is_one_call_and_has_its_own_address(play: Play) -> None:
    result = await play.server.post_kind(kind("text"))
    assert result["status"] == "published"
    assert result["uri"].startswith(f"https://www.facebook.com/{PAGE}/posts/")
    assert await edges(play) == ["feed"]


async def test_every_call_proves_that_it_knows_the_secret_and_shows_no_token(play: Play) -> None:
    await play.end(await play.server.post_kind(kind("photo")))
    asked = [each for each in await play.backstage.requests() if f"/{PAGE}/" in each["path"]]
    assert asked
    for each in asked:
        assert each["headers"]["authorization"].startswith("Bearer ")
        assert "access_token" not in each["query"]
        assert "appsecret_proof" in each["query"] or "appsecret_proof=" in each["body"]


async def test_no_secret_is_in_the_transcript(play: Play) -> None:
    shown = await play.end(await play.server.post_kind(kind("reel")))
    [token] = {each["headers"]["authorization"].partition(" ")[2] for each in await sent(play)}
    assert token not in str(shown)
    assert "secret-of-the-simulated-app" not in str(shown)


async def test_photos_are_uploaded_unseen_and_keep_their_order_and_words(play: Play) -> None:
    shown = await play.end(await play.server.post_kind(kind("ten photos")))
    assert shown["status"] == "published"
    assert await edges(play) == ["photos"] * 10 + ["feed"]
    [post] = await play.backstage.timeline()
    assert [each["alt"] for each in post["media"]] == ["A stone bridge"] * 10


async def test_photos_that_are_there_stay_when_a_later_one_fails(play: Play) -> None:
    media = [await play.server.upload(each) for each in kind("ten photos").files[:3]]
    await play.backstage.fault(fault="status", route=PHOTOS, status=500, every=3)
    shown = await play.end(await play.server.post("Three", media=media))
    assert shown["status"] == "published"
    assert await edges(play) == ["photos"] * 4 + ["feed"]
    assert await play.count() == 1


async def test_a_video_is_sent_in_the_pieces_that_facebook_asks_for(play: Play) -> None:
    await play.backstage.world(chunkBytes=5000)
    shown = await play.end(await play.server.post_kind(kind("video")))
    assert shown["status"] == "published"
    size = len(kind("video").files[0].content)
    # The start and the finish beside the pieces.
    assert len(await edges(play)) == 2 + -(-size // 5000)
    [post] = await play.backstage.timeline()
    assert post["media"][0]["sizeBytes"] == size


async def test_an_upload_goes_on_where_facebook_stands(play: Play) -> None:
    await play.backstage.world(chunkBytes=5000)
    result = await published_among_kills(play, kind("video"), call=2, answered=True)
    assert result["status"] == "published"
    assert await play.count() == 1
    [post] = await play.backstage.timeline()
    assert post["media"][0]["sizeBytes"] == len(kind("video").files[0].content)


async def test_a_video_is_published_once_facebook_says_so(play: Play) -> None:
    await play.backstage.world(readsUntilReady=4)
    result = await play.server.post_kind(kind("video"))
    assert (result["status"], result["phase"]) == ("publishing", "waiting")
    assert await play.count() == 0
    assert play.server.service.state.runner._tasks == set(), "no task is held while it waits"
    assert (await play.end(result))["status"] == "published"
    assert await play.count() == 1


async def test_a_video_that_never_ends_is_not_begun_a_second_time(play: Play) -> None:
    await play.backstage.fault(fault="container_stuck")
    result = await play.server.post_kind(kind("video"))
    play.server.clock.advance(timedelta(hours=7).total_seconds())
    shown = await play.end(result)
    assert (shown["status"], shown["error"]["rule"]) == ("failed", UNKNOWN)
    # Begun, sent in two pieces and finished, each of it once.
    assert (await edges(play)).count("videos") == 4


async def test_a_reels_bytes_go_to_the_host_that_takes_them(play: Play) -> None:
    shown = await play.end(await play.server.post_kind(kind("reel")))
    assert shown["platformUri"].startswith("https://www.facebook.com/reel/")
    [upload] = [
        each for each in await play.backstage.requests() if "/video-upload/" in each["path"]
    ]
    assert upload["headers"]["authorization"].startswith("OAuth ")
    assert upload["headers"]["file_size"] == str(upload["bodyBytes"])
    assert upload["query"] == {}
    assert UPLOAD_DEADLINE_SECONDS > 20


async def test_bytes_that_do_not_arrive_are_sent_again_for_another_video(play: Play) -> None:
    await play.backstage.fault(fault="status", route="/video-upload/", status=500)
    shown = await play.end(await play.server.post_kind(kind("reel")))
    assert shown["status"] == "published"
    assert await play.count() == 1


async def test_a_comment_follows_its_post(play: Play) -> None:
    shown = await play.end(await play.server.post("Look", firstComment={"text": "#bridges"}))
    assert shown["firstCommentUri"].startswith(shown["platformUri"] + "?comment_id=")
    assert [each["text"] for each in await play.backstage.timeline()] == ["#bridges", "Look"]


async def test_a_comment_that_is_refused_leaves_the_post(play: Play) -> None:
    body = {"error": {"message": "Invalid parameter", "type": "OAuthException", "code": 100}}
    await play.backstage.fault(fault="status", route="/comments?", status=400, body=body)
    shown = await play.end(await play.server.post("Look", firstComment={"text": "#bridges"}))
    assert shown["status"] == "published"
    assert [each["code"] for each in shown["warnings"]] == ["facebook.first_comment.not_published"]


@pytest.mark.parametrize("hidden", [False, True])
async def test_a_comment_whose_answer_is_lost_is_there_once(play: Play, *, hidden: bool) -> None:
    fault = "cut_before_commit" if hidden else "cut_after_commit"
    await play.backstage.fault(fault=fault, route="/comments?")
    shown = await play.end(await play.server.post("Look", firstComment={"text": "#bridges"}))
    assert (shown["status"], bool(shown["firstCommentUri"])) == ("published", True)
    assert await play.count() == 2


@pytest.mark.parametrize("name", ["text", "link", "photo", "photo without text", "ten photos"])
async def test_a_post_whose_answer_is_lost_is_found(play: Play, name: str) -> None:
    await play.backstage.fault(fault="cut_after_commit", route=FEED)
    shown = await play.end(await play.server.post_kind(kind(name)))
    assert shown["status"] == "published"
    assert shown["platformUri"].startswith(f"https://www.facebook.com/{PAGE}/posts/")
    assert await play.count() == 1


async def test_a_list_that_is_late_is_read_twice_before_anything_is_sent_again(play: Play) -> None:
    await play.backstage.fault(fault="cut_after_commit", route=FEED)
    await play.backstage.fault(fault="hide_history", route="/published_posts")
    shown = await play.end(await play.server.post_kind(kind("text")))
    assert shown["status"] == "published"
    assert (await edges(play)).count("feed") == 1
    assert await play.count() == 1


async def test_a_post_that_never_arrived_is_sent_once_more_and_no_third_time(play: Play) -> None:
    await play.backstage.fault(fault="cut_before_commit", route=FEED)
    shown = await play.end(await play.server.post_kind(kind("text")))
    assert shown["status"] == "published"
    assert (await edges(play)).count("feed") == 2
    await play.backstage.fault(fault="cut_before_commit", route=FEED, times=9)
    lost = await play.end(await play.server.post("Another"))
    assert (lost["status"], lost["error"]["rule"]) == ("failed", UNKNOWN)
    assert (await edges(play)).count("feed") == 4


async def test_a_refusal_as_a_duplicate_after_a_loss_is_said_to_be_unknown(play: Play) -> None:
    await play.backstage.fault(fault="cut_after_commit", route=FEED)
    await play.backstage.fault(fault="hide_history", route="/published_posts", times=99)
    shown = await play.end(await play.server.post_kind(kind("text")))
    assert (shown["status"], shown["error"]["rule"]) == ("failed", UNKNOWN)
    assert await play.count() == 1


async def test_two_posts_that_say_the_same_are_not_told_apart(play: Play) -> None:
    await play.end(await play.server.post("The same"))
    await play.end(await play.server.post("Between"))
    await play.backstage.fault(fault="cut_after_commit", route=FEED)
    shown = await play.end(await play.server.post("The same"))
    assert (shown["status"], shown["error"]["rule"]) == ("failed", UNKNOWN)
    assert await play.count() == 3


@pytest.mark.parametrize("name", ["video", "reel"])
@pytest.mark.parametrize("fault", ["cut_before_commit", "cut_after_commit"])
async def test_a_video_whose_finish_is_lost_is_looked_up_by_its_id(
    play: Play, name: str, fault: str
) -> None:
    """The start passes, and each call after it loses its answer once."""
    route = VIDEOS if name == "video" else "/video_reels?"
    await play.backstage.fault(fault=fault, route=route, every=2 if name == "reel" else 3)
    shown = await play.end(await play.server.post_kind(kind(name)))
    assert shown["status"] == "published", shown
    assert await play.count() == 1


@pytest.mark.parametrize("name", ["photo story", "video story"])
async def test_a_story_whose_answer_is_lost_is_never_sent_again(play: Play, name: str) -> None:
    route = "/photo_stories?" if name == "photo story" else "/video_stories?"
    every = 1 if name == "photo story" else 2
    await play.backstage.fault(fault="cut_after_commit", route=route, every=every)
    shown = await play.end(await play.server.post_kind(kind(name)))
    assert (shown["status"], shown["error"]["rule"]) == ("failed", UNKNOWN)
    assert await play.count() == 1


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("text", 1),
        ("photo", 1),
        ("ten photos", 1),
        ("ten photos", 2),
        ("video", 1),
        ("video", 2),
        ("reel", 1),
    ],
)
@pytest.mark.parametrize("answered", [False, True])
async def test_a_worker_killed_at_any_step_leaves_one_post(
    play: Play, name: str, call: int, *, answered: bool
) -> None:
    """A video of several pieces and an album make more than one call in a step."""
    await play.backstage.world(chunkBytes=5000)
    shown = await published_among_kills(play, kind(name), call=call, answered=answered)
    assert shown["status"] == "published"
    assert await play.count() == 1


async def test_a_published_post_is_looked_for_later(play: Play) -> None:
    shown = await play.end(await play.server.post_kind(kind("text")))
    await play.server.run_due("verify")
    assert (await play.server.read({"postId": shown["id"]}))["verifiedAt"]


async def test_a_post_and_its_comment_are_deleted(play: Play) -> None:
    shown = await play.end(await play.server.post("Look", firstComment={"text": "#bridges"}))
    reply = await play.server.call("DELETE", f"/v1/posts/{shown['id']}?upstream=true")
    assert (reply.status, reply.body["status"]) == (200, "deleted"), reply.text
    assert await play.count() == 0


async def test_the_page_is_slowed_down_before_facebook_refuses_it(play: Play) -> None:
    await play.backstage.world(usagePercent=97)
    assert (await play.server.post("First"))["status"] == "published"
    asked = len(await sent(play))
    second = await play.server.post("Second")
    assert second["status"] == "queued"
    assert [each["code"] for each in second["warnings"]] == ["account.slowed"]
    assert len(await sent(play)) == asked, "nothing is sent meanwhile"
    await play.backstage.world(usagePercent=10)
    play.server.clock.advance(601)
    assert (await play.end(second))["status"] == "published"


async def test_a_post_that_is_on_its_way_is_not_queued_while_the_page_is_slow(play: Play) -> None:
    await play.backstage.world(usagePercent=97)
    result = await play.server.post_kind(kind("video"))
    await play.server.run_due()
    shown = await play.server.read(result)
    assert (shown["status"], shown["phase"]) == ("publishing", "waiting")
    reply = await play.server.call("DELETE", f"/v1/posts/{shown['id']}")
    assert (reply.status, reply.body["error"]["rule"]) == (409, "post.status")
    await play.backstage.world(usagePercent=0)
    play.server.clock.advance(601)
    assert (await play.end(result))["status"] == "published"


async def test_a_version_that_has_ended_is_noticed(play: Play) -> None:
    body = {"id": f"{PAGE}_1", "permalink_url": f"https://www.facebook.com/{PAGE}/posts/1"}
    headers = {"facebook-api-version": "v27.0"}
    await play.backstage.fault(fault="status", route=FEED, status=200, body=body, headers=headers)
    assert (await play.server.post("Old"))["status"] == "published"
    rows = (await play.server.call("GET", "/v1/events?type=version.deprecated")).body["data"]
    assert rows, "the answer named another version than the one that was asked"
