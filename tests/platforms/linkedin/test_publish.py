"""Publishing to LinkedIn: what is sent for each kind of post, and what each refusal means."""

import json
from pathlib import Path
from typing import Any

import pytest

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.platform_kit.outcome import Published, Rejected, TryLater, Unknown, Waiting
from letmepost.platforms.linkedin.post import address_of
from tests.media import samples
from tests.platforms.linkedin.caller import DISTRIBUTION, PAGE, PERSON, VERSION
from tests.platforms.linkedin.cases import FAILURES, wrong_input
from tests.platforms.linkedin.publishing import PUBLISHER, Desk, file, options

STATES = {Rejected: "rejected", TryLater: "queued", Unknown: "unknown"}
ARTICLE = {"url": "https://example.com/bridges", "title": "Bridges of the north"}


def image(alt: str | None = None) -> Any:
    return file("image", "image/png", samples.image("PNG", (8, 8)), alt)


async def test_a_text_is_sent_as_linkedin_documents_it(desk: Desk) -> None:
    ended, _ = await desk.publish(desk.task("Hello (world) #bridges"))
    (body,) = desk.posts()
    assert body == {
        "author": PERSON,
        "commentary": r"Hello \(world\) #bridges",
        "visibility": "PUBLIC",
        "distribution": DISTRIBUTION,
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    }
    assert await desk.ada.texts() == ["Hello (world) #bridges"]
    (entry,) = await desk.ada.timeline()
    assert ended == Published(uri=f"https://www.linkedin.com/feed/update/{entry['id']}/")
    (request,) = await desk.requests("/rest/posts")
    assert request["headers"]["linkedin-version"] == VERSION
    assert request["headers"]["x-restli-protocol-version"] == "2.0.0"
    assert request["headers"]["content-type"] == "application/json"
    assert desk.sendings == 1


async def test_visibility_is_the_callers(desk: Desk) -> None:
    await desk.publish(desk.task(options=options(visibility="CONNECTIONS")))
    assert desk.posts()[0]["visibility"] == "CONNECTIONS"


async def test_one_image_is_uploaded_waited_for_and_named(desk: Desk) -> None:
    task = desk.task(files=[image("Noise")])
    first = await PUBLISHER.publish(task)
    assert isinstance(first, Waiting)
    assert desk.sendings == 0
    (urn,) = first.checkpoint["files"]
    ended, _ = await desk.publish(desk.again(task, first.checkpoint))
    assert isinstance(ended, Published)
    assert desk.posts()[0]["content"] == {"media": {"id": urn, "altText": "Noise"}}
    # Who may not look at images spends none of the day's requests on it.
    assert await desk.requests("/rest/images/", "GET") == []


async def test_several_images_are_one_post(desk: Desk) -> None:
    ended, _ = await desk.publish(desk.task(files=[image("One"), image()]))
    assert isinstance(ended, Published)
    one, two = desk.posts()[0]["content"]["multiImage"]["images"]
    assert (one["altText"], "altText" in two) == ("One", False)
    assert one["id"] != two["id"]


async def test_what_is_uploaded_is_kept_when_the_next_file_fails(desk: Desk) -> None:
    await desk.ada.fault("status", route="dms-uploads/image", status=503, times=1)
    task = desk.task(files=[image(), image()])
    first = await PUBLISHER.publish(task)
    assert isinstance(first, TryLater)
    assert first.checkpoint["files"] == []
    await desk.ada.fault("cut_after_commit", route="dms-uploads/image", times=1)
    second = await PUBLISHER.publish(desk.again(task, first.checkpoint))
    assert isinstance(second, TryLater)
    ended, _ = await desk.publish(desk.again(task, second.checkpoint))
    assert isinstance(ended, Published)
    assert desk.sendings == 1


async def test_a_file_whose_address_ran_out_is_uploaded_anew(desk: Desk) -> None:
    fault = wrong_input("EXPIRED_UPLOAD_URL", "The upload URL has expired")
    await desk.ada.fault(fault.pop("fault"), **fault)
    ended, task = await desk.publish(desk.task(files=[image()]))
    assert isinstance(ended, TryLater)
    assert ended.checkpoint == {}
    ended, _ = await desk.publish(desk.again(task, ended.checkpoint))
    assert isinstance(ended, Published)
    assert len(await desk.requests("/dms-uploads", "PUT")) == 2


async def test_an_article_has_its_card_and_thumbnail(desk: Desk) -> None:
    await desk.publish(desk.task(options=options(article={**ARTICLE, "description": "Old"})))
    picture = image()
    chosen = options(article={**ARTICLE, "thumbnailMediaId": picture[0].media_id})
    await desk.publish(desk.task("Again", files=[picture], options=chosen))
    plain, pictured = (body["content"]["article"] for body in desk.posts())
    assert plain == {"source": ARTICLE["url"], "title": ARTICLE["title"], "description": "Old"}
    assert pictured["thumbnail"].startswith("urn:li:image:")


async def test_a_page_is_the_author_where_the_member_consented(desk: Desk) -> None:
    await desk.connect_page()
    chosen = options(authorUrn=PAGE)
    ended, _ = await desk.publish(desk.task(files=[image()], options=chosen))
    assert isinstance(ended, Published)
    assert desk.posts()[0]["author"] == PAGE
    assert len(await desk.requests("/rest/images/", "GET")) == 2


async def test_a_file_that_is_ready_is_not_asked_about_again(desk: Desk) -> None:
    await desk.connect_page()
    chosen = options(authorUrn=PAGE)
    ended, _ = await desk.publish(desk.task(files=[image(), image()], options=chosen))
    assert isinstance(ended, Published)
    # Two looks each: one while it is processed, one that finds it ready.
    assert len(await desk.requests("/rest/images/", "GET")) == 4


async def test_an_account_without_author_asks_for_a_person(desk: Desk) -> None:
    desk.details = {}
    with pytest.raises(LetmepostError) as raised:
        await PUBLISHER.publish(desk.task())
    assert raised.value.rule == "linkedin.author.unresolved"
    assert desk.sendings == 0


async def test_the_first_comment_is_an_attempt_of_its_own(desk: Desk) -> None:
    task = desk.task(first_comment="First (really)")
    first = await PUBLISHER.publish(task)
    assert isinstance(first, Waiting)
    assert desk.sendings == 1
    ended, _ = await desk.publish(desk.again(task, first.checkpoint))
    assert isinstance(ended, Published)
    assert ended.uri == address_of(first.checkpoint["post"])
    assert ended.first_comment_uri
    assert "?commentUrn=urn%3Ali%3Acomment%3A%28" in ended.first_comment_uri
    assert sorted(await desk.ada.texts()) == ["First (really)", "Hello"]
    (request,) = await desk.requests("/comments")
    assert '"actor":"urn:li:person:Ab3_x-9"' in request["body"]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"fault": "status", "status": 403}, "linkedin.first_comment.not_published"),
        ({"fault": "status", "status": 500}, "linkedin.first_comment.not_confirmed"),
        ({"fault": "cut_after_commit"}, "linkedin.first_comment.not_confirmed"),
        ({"fault": "status", "status": 429, "times": 5}, "linkedin.first_comment.not_published"),
    ],
)
async def test_a_post_stays_published_whatever_becomes_of_its_comment(
    desk: Desk, fault: dict[str, Any], code: str
) -> None:
    await desk.ada.fault(route="/comments", **{"name": fault.pop("fault"), **fault})
    ended, _ = await desk.publish(desk.task(first_comment="First"))
    assert isinstance(ended, Published)
    assert [each.code for each in ended.warnings] == [code]
    assert len(await desk.requests("/rest/posts")) == 1


async def test_a_comment_waits_out_a_busy_moment(desk: Desk) -> None:
    body = {"status": 429, "serviceErrorCode": 101, "message": "Too many"}
    await desk.ada.fault("status", route="/comments", status=429, body=body)
    ended, _ = await desk.publish(desk.task(first_comment="First"))
    assert isinstance(ended, Published)
    assert ended.first_comment_uri
    assert not ended.warnings


@pytest.mark.parametrize("failure", FAILURES, ids=lambda each: each.name)
async def test_every_failure_means_what_its_row_says(desk: Desk, failure: Any) -> None:
    fault = dict(failure.fault)
    await desk.ada.fault(fault.pop("fault"), **fault)
    files = [image()] if failure.kind != "text" else []
    try:
        ended, _ = await desk.publish(desk.task(files=files))
    except LetmepostError as error:
        ended = Rejected(error=error)
    assert isinstance(ended, Rejected | TryLater | Unknown)
    assert STATES[type(ended)] == failure.state
    assert (ended.error.code, ended.error.rule) == (failure.code, failure.rule)
    if isinstance(ended, TryLater) and failure.retry_after_seconds is not None:
        assert ended.retry_after_seconds == failure.retry_after_seconds
    if "body" in failure.fault:
        assert ended.error.platform_response == failure.fault["body"]
    assert desk.posts() == []


@pytest.mark.parametrize(
    ("scope", "seconds"), [("MEMBER DAY", 12 * 3600), ("APPLICATION DAY", 12 * 3600), ("", None)]
)
async def test_a_full_day_ends_at_midnight_and_a_busy_moment_at_some_time(
    desk: Desk, scope: str, seconds: int | None
) -> None:
    message = f"Resource level throttle {scope} limit for calls to this resource is reached."
    body = {"serviceErrorCode": 101, "message": message, "status": 429}
    await desk.ada.fault("status", route="/rest/posts", status=429, body=body)
    ended, _ = await desk.publish(desk.task())
    assert isinstance(ended, TryLater)
    assert ended.retry_after_seconds == seconds
    assert ended.error.retry_after_source == ("midnight UTC" if seconds else None)


async def test_a_retired_version_is_named_with_its_setting(desk: Desk) -> None:
    await desk.ada.world(retiredVersions=[VERSION])
    ended, _ = await desk.publish(desk.task())
    assert isinstance(ended, TryLater)
    assert VERSION in ended.error.message
    assert "LETMEPOST_LINKEDIN_VERSION" in ended.error.message
    assert ended.error.rule == "linkedin.version.supported"


async def test_a_missing_scope_is_regained_by_connecting_again(desk: Desk) -> None:
    await desk.ada.fault("status", route="/rest/posts", status=403)
    desk.details = {**desk.details, "scopes": ["openid", "profile"]}
    ended, _ = await desk.publish(desk.task())
    assert isinstance(ended, Rejected)
    assert ended.error.code is ErrorCode.PLATFORM_AUTH_FAILED


async def test_a_lost_role_at_a_page_is_said(desk: Desk) -> None:
    await desk.connect_page()
    desk.simulator.world.members["Ab3_x-9"].roles.clear()
    ended, _ = await desk.publish(desk.task(options=options(authorUrn=PAGE)))
    assert isinstance(ended, Rejected)
    assert ended.error.code is ErrorCode.PLATFORM_REJECTED
    assert ended.error.rule == "linkedin.org.role"


async def test_a_repetition_is_refused_and_names_the_original(desk: Desk) -> None:
    original = (await desk.ada.post()).urn
    ended, _ = await desk.publish(desk.task())
    assert isinstance(ended, Rejected)
    assert ended.error.rule == "linkedin.post.duplicate"
    assert original in ended.error.message


async def test_an_expired_token_is_renewed_before_the_post_is_sent_again(desk: Desk) -> None:
    await desk.ada.world(partner=True)
    await desk.connect()
    await desk.ada.fault("expired_token", route="/rest/posts")
    ended, _ = await desk.publish(desk.task())
    assert isinstance(ended, Published)
    # Before each call that may create something, the ledger is told.
    assert (desk.refreshes, desk.sendings) == (1, 2)


async def test_an_expired_token_that_nothing_renews_keeps_the_raw_answer(desk: Desk) -> None:
    await desk.ada.fault("expired_token", route="/rest/posts")
    with pytest.raises(LetmepostError) as raised:
        await PUBLISHER.publish(desk.task())
    assert raised.value.code is ErrorCode.PLATFORM_AUTH_FAILED
    assert raised.value.platform_response["code"] == "EXPIRED_ACCESS_TOKEN"


async def test_a_created_post_without_its_urn_is_published_and_never_sent_again(
    desk: Desk,
) -> None:
    await desk.ada.fault("status", route="/rest/posts", status=201, body={})
    ended, _ = await desk.publish(desk.task())
    assert isinstance(ended, Published)
    assert ended.uri == "https://www.linkedin.com/in/me/recent-activity/all/"
    assert [each.code for each in ended.warnings] == ["linkedin.post.id_unknown"]


async def test_an_old_moment_is_renewed_before_anything_is_sent(desk: Desk) -> None:
    task = desk.task()
    desk.clock.advance(3600)
    ended = await PUBLISHER.publish(desk.again(task))
    assert ended == Waiting(checkpoint={"at": desk.clock.now().timestamp()}, look_after_seconds=0.0)
    assert desk.sendings == 0


async def test_the_record_of_requests_is_whole_and_holds_no_secret(
    desk: Desk, tmp_path: Path
) -> None:
    desk.upstream.sessions.record_to = tmp_path / "requests.jsonl"
    await desk.connect()
    await desk.publish(desk.task(files=[image()], first_comment="First"))
    written = desk.upstream.sessions.record_to.read_text(encoding="utf-8")
    lines = [json.loads(line) for line in written.splitlines()]
    paths = [line["url"].partition("/linkedin/")[2].partition("?")[0] for line in lines]
    assert paths[:3] == ["oauth/v2/accessToken", "v2/userinfo", "rest/images"]
    assert (paths[4], lines[4]["json"]["author"]) == ("rest/posts", PERSON)
    assert paths[5].startswith("rest/socialActions/urn%3Ali%3Ashare%3A")
    assert desk.settings.client_secret is not None
    secrets = {*desk.credentials.values(), desk.settings.client_secret.get_secret_value()}
    assert not [secret for secret in secrets if secret in written]


async def test_a_preview_shows_what_is_sent_and_sends_nothing(desk: Desk) -> None:
    task = desk.task("Hello (world)", files=[image("Noise")], first_comment="First")
    before = len(desk.upstream.transcript)
    post, comment = PUBLISHER.preview(task.draft, desk.details)
    assert post["json"]["commentary"] == r"Hello \(world\)"
    assert post["json"]["content"]["media"]["id"] == "(the uploaded image)"
    assert comment["json"]["message"] == {"text": "First"}
    assert len(desk.upstream.transcript) == before
