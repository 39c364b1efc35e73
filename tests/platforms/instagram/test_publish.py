"""Publishing to Instagram: each step goes on from the last, and nothing is published twice."""

from datetime import timedelta

import pytest

from tests.platforms.cases import File, Kind
from tests.platforms.every_platform import Play, kinds
from tests.platforms.instagram.cases import PUBLISH
from tests.platforms.killing import published_among_kills
from tests.platforms.outside import seen_from_outside

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

LIMIT = "content_publishing_limit"


def kind(name: str) -> Kind:
    return kinds("instagram")[name]


async def calls(play: Play) -> list[tuple[str, str]]:
    """What Instagram's API was asked since the account was connected."""
    found = [(each["method"], each["path"]) for each in await play.backstage.requests()]
    return [each for each in found if "/v25.0/" in each[1]]


async def edges(play: Play) -> list[str]:
    """The ends of the paths that something was sent to."""
    return [path.rpartition("/")[2] for method, path in await calls(play) if method == "POST"]


async def test_an_image_is_prepared_looked_at_and_published(play: Play) -> None:
    shown = await play.end(await play.server.post_kind(kind("image")))
    assert shown["platformUri"].startswith("https://www.instagram.com/p/")
    assert await edges(play) == ["media", "media_publish"]
    [post] = await play.backstage.timeline()
    assert (post["text"], post["media"][0]["alt"]) == ("The bridge at noon", "A stone bridge")


async def test_no_token_is_in_any_address_of_a_publish(play: Play) -> None:
    await play.end(await play.server.post_kind(kind("carousel")))
    asked = [each for each in await play.backstage.requests() if "/v25.0/" in each["path"]]
    assert all("access_token" not in each["query"] for each in asked)
    assert all(each["headers"]["authorization"].startswith("Bearer ") for each in asked)


async def test_a_carousel_of_ten_is_one_post_of_the_quota(play: Play) -> None:
    picture, film = kind("image").files[0], kind("reel").files[0]
    many = Kind(name="ten", text="Ten", files=(*([picture] * 9), film))
    await play.backstage.world(readsUntilReady=4)
    result = await play.server.post_kind(many)
    assert result["phase"] == "waiting"
    assert play.server.service.state.runner._tasks == set(), "no task is held meanwhile"
    shown = await play.end(result)
    assert shown["status"] == "published", shown
    [post] = await play.backstage.timeline()
    assert len(post["media"]) == 10
    checked = await play.server.call("GET", f"/v1/accounts/{play.server.account_id}/check")
    assert {"name": "posts left today", "found": "99 of 100", "problem": None} in (
        checked.body["findings"]
    )


async def test_a_first_comment_is_said_below_the_post(play: Play) -> None:
    media = [await play.server.upload(each) for each in kind("image").files]
    shown = await play.end(
        await play.server.post("Look", media=media, firstComment={"text": "#bridges"})
    )
    assert shown["firstCommentUri"].startswith(f"{shown['platformUri']}c/")
    assert sorted(each["text"] for each in await play.backstage.timeline()) == ["#bridges", "Look"]


@pytest.mark.parametrize("fault", ["cut_after_commit", "cut_before_commit"])
async def test_a_comment_whose_answer_is_lost_is_said_once(play: Play, fault: str) -> None:
    media = [await play.server.upload(each) for each in kind("image").files]
    await play.backstage.fault(fault=fault, route="/comments?")
    shown = await play.end(
        await play.server.post("Look", media=media, firstComment={"text": "#bridges"})
    )
    assert (shown["status"], shown["warnings"]) == ("published", [])
    assert sorted(each["text"] for each in await play.backstage.timeline()) == ["#bridges", "Look"]


async def test_a_comment_that_is_refused_leaves_the_post(play: Play) -> None:
    media = [await play.server.upload(each) for each in kind("image").files]
    body = {"error": {"message": "Invalid parameter", "type": "OAuthException", "code": 100}}
    await play.backstage.fault(fault="status", route="/comments?", status=400, body=body)
    shown = await play.end(
        await play.server.post("Look", media=media, firstComment={"text": "#bridges"})
    )
    assert shown["status"] == "published"
    assert [each["code"] for each in shown["warnings"]] == ["instagram.first_comment.not_published"]


@pytest.mark.parametrize("name", ["image", "reel", "carousel", "story"])
@pytest.mark.parametrize("call", [1, 2])
@pytest.mark.parametrize("answered", [False, True])
async def test_a_worker_killed_at_any_step_leaves_one_post(
    play: Play, name: str, call: int, *, answered: bool
) -> None:
    await published_among_kills(play, kind(name), call=call, answered=answered)
    assert await play.count() == 1


@pytest.mark.parametrize("call", [1, 2, 3])
@pytest.mark.parametrize("answered", [False, True])
async def test_a_worker_killed_at_any_step_of_an_upload_leaves_one_post(
    by_page: Play, call: int, *, answered: bool
) -> None:
    await published_among_kills(by_page, kind("reel"), call=call, answered=answered)
    assert await by_page.count() == 1


async def test_through_a_page_the_bytes_of_videos_are_sent(by_page: Play) -> None:
    shown = await by_page.end(await by_page.server.post_kind(kind("carousel")))
    assert shown["status"] == "published", shown
    asked = await by_page.backstage.requests()
    [upload] = [each for each in asked if "/ig-api-upload/" in each["path"]]
    film = kind("reel").files[0]
    assert upload["headers"]["authorization"].startswith("OAuth ")
    assert upload["headers"]["file_size"] == str(len(film.content)) == str(upload["bodyBytes"])
    # Images have no such way.
    assert sum("image_url" in each.get("body", "") for each in asked) == 2
    assert all("video_url" not in each.get("body", "") for each in asked)


async def test_bytes_that_do_not_arrive_are_sent_again_in_another_container(by_page: Play) -> None:
    await by_page.backstage.fault(fault="status", route="/ig-api-upload/", status=500)
    result = await by_page.server.post_kind(kind("reel"))
    assert result["error"]["code"] == "platform_unavailable"
    shown = await by_page.end(result)
    assert shown["status"] == "published"
    assert await by_page.count() == 1


async def test_through_a_page_posts_and_comments_are_deleted(by_page: Play) -> None:
    media = [await by_page.server.upload(each) for each in kind("image").files]
    shown = await by_page.end(
        await by_page.server.post("Look", media=media, firstComment={"text": "#bridges"})
    )
    reply = await by_page.server.call("DELETE", f"/v1/posts/{shown['id']}?upstream=true")
    assert (reply.status, reply.body["status"]) == (200, "deleted"), reply.text
    assert await by_page.count() == 0


async def test_with_its_own_login_nothing_is_deleted_and_it_says_so(play: Play) -> None:
    shown = await play.end(await play.server.post_kind(kind("image")))
    reply = await play.server.call("DELETE", f"/v1/posts/{shown['id']}?upstream=true")
    assert "instagram.delete.page_login_only" in reply.text
    assert await play.count() == 1


async def test_an_expired_container_is_made_anew_in_the_same_post(play: Play) -> None:
    await play.backstage.world(readsUntilReady=1000)
    result = await play.server.post_kind(kind("image"))
    await play.backstage.world(readsUntilReady=0)
    play.server.clock.advance(timedelta(hours=25).total_seconds())
    shown = await play.end(result)
    assert shown["status"] == "published"
    assert await edges(play) == ["media", "media", "media_publish"]


async def test_a_full_quota_is_seen_before_anything_is_prepared(play: Play) -> None:
    await play.backstage.world(postsPerDay=0)
    result = await play.server.post_kind(kind("image"))
    error = result["error"]
    assert (result["status"], error["rule"]) == ("queued", "instagram.publish.quota_24h")
    assert await edges(play) == []


@pytest.mark.parametrize("number", ["2207001", "2207053", "2207076", ""])
async def test_a_failure_that_may_pass_is_prepared_once_more(play: Play, number: str) -> None:
    await play.backstage.fault(fault="container_error", message=f"failed with {number}")
    shown = await play.end(await play.server.post_kind(kind("reel")))
    assert shown["status"] == "published", shown


async def test_a_post_that_nobody_can_tell_from_another_has_the_profiles_address(
    play: Play,
) -> None:
    await play.backstage.fault(fault="cut_after_commit", route=PUBLISH)
    await play.backstage.fault(fault="hide_history", route="/media?fields", times=100)
    shown = await play.end(await play.server.post_kind(kind("image")))
    assert shown["platformUri"] == "https://www.instagram.com/janes.bakery/"
    assert [each["code"] for each in shown["warnings"]] == ["instagram.post.address_unknown"]
    assert await play.count() == 1


async def test_a_published_post_is_looked_for_later(play: Play) -> None:
    shown = await play.end(await play.server.post_kind(kind("image")))
    await play.server.run_due("verify")
    assert (await play.server.read({"postId": shown["id"]}))["verifiedAt"]


async def test_files_of_a_private_server_are_refused_before_anything_is_sent(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen_from_outside(monkeypatch)
    result = await play.server.post_kind(kind("image"))
    error = result["error"]
    assert (result["status"], error["rule"]) == ("rejected", "instagram.media.reachable")
    assert "LETMEPOST_PUBLIC_URL" in error["remediation"]
    assert await edges(play) == []


async def test_a_private_server_posts_videos_through_a_page(
    by_page: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen_from_outside(monkeypatch)
    shown = await by_page.end(await by_page.server.post_kind(kind("reel")))
    assert shown["status"] == "published", shown


async def test_an_account_is_slowed_down_before_instagram_refuses_it(play: Play) -> None:
    await play.backstage.world(usagePercent=97)
    begun = await play.server.post_kind(kind("image"))
    # Each look tells the same again, so even this one takes its time.
    first = await play.server.run_to_the_end(begun, 60, seconds_a_round=120)
    assert first["status"] == "published"
    asked = len(await calls(play))
    second = await play.server.post("Another", media=[await play.server.upload(picture())])
    assert (second["status"], await play.count()) == ("queued", 1)
    assert [each["code"] for each in second["warnings"]][-1] == "account.slowed"
    assert len(await calls(play)) == asked, "nothing is sent meanwhile"
    await play.backstage.world(usagePercent=10)
    play.server.clock.advance(601)
    assert (await play.end(second))["status"] == "published"


def picture() -> File:
    return kind("image").files[0]
