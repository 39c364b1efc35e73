"""The X simulator's posts and media: what it makes, gives back and refuses."""

import base64
from typing import Any

import pytest

from tests.clock import FakeClock
from tests.platforms.twitter.caller import MP4, PNG, Caller

ALICE = "2244994945"
FIELDS = {
    "post.fields": "created_at,entities,attachments,note_post",
    "expansions": "referenced_posts",
}


async def own_posts(app: Caller, **params: str) -> Any:
    return (await app.call("GET", f"/2/users/{ALICE}/tweets", params={**FIELDS, **params})).body


async def test_post_is_made_read_and_deleted(app: Caller) -> None:
    made = await app.post("Hello")
    assert made.status == 201
    post_id = made.body["data"]["id"]
    assert made.body["data"]["text"] == "Hello"
    assert (await app.call("GET", f"/2/tweets/{post_id}")).body["data"]["id"] == post_id
    assert (await app.call("DELETE", f"/2/tweets/{post_id}")).body == {"data": {"deleted": True}}
    gone = await app.call("GET", f"/2/tweets/{post_id}")
    assert gone.status == 200
    assert gone.body["errors"][0]["type"].endswith("resource-not-found")
    assert (await app.call("DELETE", f"/2/tweets/{post_id}")).body == {"data": {"deleted": False}}


@pytest.mark.parametrize(
    "body",
    [
        {"text": "a", "colour": "red"},
        {"text": 3},
        {"text": ""},
        {},
        {"text": "a", "reply": {"in_reply_to_tweet_id": 12}},
        {"text": "a", "reply": {"to": "12"}},
        {"text": "a", "media": {}},
        {"text": "a", "media": {"media_ids": []}},
        {"text": "a", "media": {"media_ids": ["1", "2", "3", "4", "5"]}},
        {"text": "a", "media": {"media_ids": ["999"]}},
        {"text": "a", "reply_settings": "everyone"},
        {"text": "a", "made_with_ai": "yes"},
        {"text": "a", "quote_tweet_id": "x"},
        {"text": "a", "poll": {"options": ["one"], "duration_minutes": 5}},
        {"text": "a", "poll": {"options": ["a", "b"], "duration_minutes": 5}, "media": {}},
    ],
)
async def test_body_that_breaks_the_description_is_refused(
    app: Caller, body: dict[str, Any]
) -> None:
    refused = await app.call("POST", "/2/tweets", json=body)
    assert refused.problem == (400, "invalid-request")
    assert refused.body["errors"][0]["message"]
    assert await app.timeline() == []


async def test_body_must_be_json(app: Caller) -> None:
    assert (await app.call("POST", "/2/tweets", data={"text": "a"})).status == 415
    headers = {"Content-Type": "application/json"}
    assert (await app.call("POST", "/2/tweets", data=b"{", headers=headers)).status == 400


async def test_text_is_weighed(app: Caller) -> None:
    assert (await app.post("故" * 140)).status == 201
    assert (await app.post("故" * 140 + "a")).status == 403
    await app.world(accounts=[{"username": "alice_on_x", "verifiedType": "blue"}])
    assert (await app.post("a" * 281)).status == 201
    (long, _) = (await own_posts(app))["data"]
    assert (long["text"][-1], long["note_post"]["text"]) == ("…", "a" * 281)


async def test_same_text_again_is_a_duplicate_for_a_while(
    app: Caller, fake_clock: FakeClock
) -> None:
    await app.post("Hello")
    refused = await app.post("Hello")
    assert refused.problem == (403, "about:blank")
    assert "duplicate content" in refused.body["detail"]
    fake_clock.advance(24 * 3600 + 7200)
    await app.refresh()
    assert (await app.post("Hello")).status == 201


async def test_replies_go_to_own_posts_and_to_whoever_called(app: Caller) -> None:
    own = (await app.post("Own")).body["data"]["id"]
    reply = await app.post("Below", reply={"in_reply_to_tweet_id": own})
    assert reply.status == 201
    made = await app.world(
        accounts=[{"username": "bob"}],
        posts=[
            {"username": "bob", "text": "Hello @Alice_on_X"},
            {"username": "bob", "text": "To all"},
        ],
    )
    called, other = (each["id"] for each in made.body["posts"])
    assert (await app.post("Yes", reply={"in_reply_to_tweet_id": called})).status == 201
    refused = await app.post("Me too", reply={"in_reply_to_tweet_id": other})
    assert refused.status == 403
    assert refused.body["detail"].startswith("Reply to this conversation is not allowed")
    gone = await app.post("Where", reply={"in_reply_to_tweet_id": "12"})
    assert "deleted or not visible" in gone.body["detail"]
    await app.world(enterprise=True)
    assert (await app.post("Now", reply={"in_reply_to_tweet_id": other})).status == 201


async def test_quotes_are_for_enterprises(app: Caller) -> None:
    own = (await app.post("Own")).body["data"]["id"]
    refused = await app.post("Look", quote_tweet_id=own)
    assert refused.status == 403
    assert refused.body["detail"].startswith("Quoting this post is not allowed because")
    await app.world(enterprise=True)
    assert (await app.post("Look", quote_tweet_id=own)).status == 201


async def test_second_cashtag_is_refused(app: Caller) -> None:
    assert (await app.post("$ACME")).status == 201
    refused = await app.post("$ACME and $EMCA")
    assert "maximum of one cashtag" in refused.body["detail"]


async def test_app_without_credit_or_project_posts_nothing(app: Caller) -> None:
    await app.world(creditsLeft=1)
    assert (await app.post("One")).status == 201
    broke = await app.post("Two")
    assert (broke.problem, broke.body["title"]) == ((402, "credits"), "CreditsDepleted")
    await app.world(creditsLeft=None, enrolled=False)
    refused = await app.post("Three")
    assert refused.problem == (403, "client-forbidden")
    assert refused.body["reason"] == "client-not-enrolled"


async def test_links_come_back_short(app: Caller) -> None:
    await app.post("See example.com & https://example.com/a?b=1")
    (post,) = (await own_posts(app))["data"]
    first, second = post["entities"]["urls"]
    assert first["expanded_url"] == "http://example.com"
    assert second["expanded_url"] == "https://example.com/a?b=1"
    assert post["text"] == f"See {first['url']} &amp; {second['url']}"


async def test_timeline_has_the_newest_first_and_goes_on(
    app: Caller, fake_clock: FakeClock
) -> None:
    ids = []
    for number in range(7):
        ids.append((await app.post(f"Number {number}")).body["data"]["id"])
        fake_clock.advance(1)
    page = await own_posts(app, max_results="5")
    assert [each["id"] for each in page["data"]] == ids[:1:-1]
    rest = await own_posts(app, max_results="5", pagination_token=page["meta"]["next_token"])
    assert [each["id"] for each in rest["data"]] == ids[1::-1]
    late = await own_posts(app, start_time="2026-11-24T12:00:06Z")
    assert [each["id"] for each in late["data"]] == ids[6:]
    assert (await own_posts(app, start_time="2027-01-01T00:00:00Z")) == {
        "meta": {"result_count": 0}
    }


async def test_fields_are_answered_in_the_dialect_in_which_they_were_asked_for(
    app: Caller,
) -> None:
    own = (await app.post("Own")).body["data"]["id"]
    below = await app.post("a" * 270, reply={"in_reply_to_tweet_id": own})
    path = f"/2/tweets/{below.body['data']['id']}"
    references = [{"type": "replied_to", "id": own}]
    as_posts = (await app.call("GET", path, params=FIELDS)).body["data"]
    assert as_posts["referenced_posts"] == references
    assert "edit_history_post_ids" in as_posts
    older = {"tweet.fields": "referenced_tweets,note_tweet"}
    as_tweets = (await app.call("GET", path, params=older)).body["data"]
    assert as_tweets["referenced_tweets"] == references
    assert "edit_history_tweet_ids" in as_tweets
    mixed = await app.call("GET", path, params={"tweet.fields": "note_post"})
    assert mixed.problem == (400, "invalid-request")


@pytest.mark.parametrize(
    "params", [{"max_results": "4"}, {"start_time": "noon"}, {"post.fields": "a"}, {"page": "2"}]
)
async def test_timeline_is_asked_for_as_described(app: Caller, params: dict[str, str]) -> None:
    assert (await app.call("GET", f"/2/users/{ALICE}/tweets", params=params)).status == 400


async def test_hidden_history_reads_as_if_nothing_were_there(app: Caller) -> None:
    post_id = (await app.post()).body["data"]["id"]
    await app.fault("hide_history", times=2)
    assert (await own_posts(app))["meta"] == {"result_count": 0}
    assert "errors" in (await app.call("GET", f"/2/tweets/{post_id}")).body
    assert (await own_posts(app))["meta"]["result_count"] == 1


async def test_image_is_uploaded_described_and_shown(app: Caller) -> None:
    uploaded = await app.upload()
    media = uploaded.body["data"]
    assert (media["size"], media["expires_after_secs"]) == (len(PNG), 86400)
    text = {"alt_text": {"text": "A dot"}}
    told = await app.call("POST", "/2/media/metadata", json={"id": media["id"], "metadata": text})
    assert told.body["data"]["associated_metadata"] == text
    made = await app.post(None, media={"media_ids": [media["id"]]})
    assert made.status == 201
    (entry,) = await app.timeline()
    (shown,) = entry["media"]
    assert (shown["alt"], shown["mimeType"]) == ("A dot", "image/png")
    assert (await app.send("GET", shown["url"])).body == PNG


async def test_upload_may_be_json_too(app: Caller) -> None:
    body = {"media": base64.b64encode(PNG).decode(), "media_category": "tweet_image"}
    uploaded = await app.call("POST", "/2/media/upload", json=body)
    assert uploaded.body["data"]["size"] == len(PNG)
    for media in (None, 3, "%%"):
        refused = await app.call("POST", "/2/media/upload", json={**body, "media": media})
        assert refused.problem == (400, "invalid-request")


@pytest.mark.parametrize(
    ("content", "fields"),
    [
        (PNG, {"media_category": "tweet_painting"}),
        (PNG, {"media_category": "tweet_image", "colour": "red"}),
        (b"text", {"media_category": "tweet_image"}),
        (PNG + bytes(5 * 1024 * 1024), {"media_category": "tweet_image"}),
    ],
)
async def test_upload_that_x_refuses(app: Caller, content: bytes, fields: dict[str, str]) -> None:
    assert (await app.upload(content, **fields)).problem == (400, "invalid-request")


async def test_video_is_converted_over_a_few_polls(app: Caller) -> None:
    media_id = await app.begin(MP4 * 2)
    assert (await app.finalize(media_id)).status == 400
    for index in ("0", "1"):
        assert (await app.append(media_id, index=index)).status == 200
    done = (await app.finalize(media_id)).body["data"]
    assert done["processing_info"]["state"] == "pending"
    early = await app.post("Early", media={"media_ids": [media_id]})
    assert "media IDs are invalid" in early.body["errors"][0]["message"]
    states = [(await app.poll(media_id))["processing_info"]["state"] for _ in range(3)]
    assert states == ["in_progress", "succeeded", "succeeded"]
    assert (await app.post("Film", media={"media_ids": [media_id]})).status == 201


async def test_what_is_no_video_fails_to_convert(app: Caller) -> None:
    media_id = await app.begin(b"no film at all")
    await app.append(media_id, b"no film at all")
    await app.finalize(media_id)
    await app.poll(media_id)
    info = (await app.poll(media_id))["processing_info"]
    assert (info["state"], info["error"]["name"]) == ("failed", "InvalidMedia")


async def test_conversion_is_stuck_or_broken_when_a_test_says_so(app: Caller) -> None:
    media_id = await app.begin()
    await app.append(media_id)
    await app.fault("container_stuck", route="finalize")
    await app.finalize(media_id)
    states = {(await app.poll(media_id))["processing_info"]["state"] for _ in range(3)}
    assert states == {"pending"}
    await app.fault("container_error", message="Bad frame")
    assert (await app.poll(media_id))["processing_info"]["error"]["message"] == "Bad frame"


async def test_media_of_others_and_old_media_are_not_taken(
    app: Caller, fake_clock: FakeClock
) -> None:
    media_id = (await app.upload()).body["data"]["id"]
    fake_clock.advance(24 * 3600)
    await app.refresh()
    assert (await app.post("Old", media={"media_ids": [media_id]})).status == 400
    media_id = (await app.upload()).body["data"]["id"]
    made = await app.world(accounts=[{"username": "bob"}])
    await app.connect(account=made.body["accounts"][0]["id"])
    assert (await app.post("Others", media={"media_ids": [media_id]})).status == 400


async def test_gif_is_alone(app: Caller) -> None:
    ids = [
        (await app.upload(b"GIF89a", media_category="tweet_gif")).body["data"]["id"],
        (await app.upload()).body["data"]["id"],
    ]
    for _ in range(2):
        await app.poll(ids[0])
    assert (await app.post("Both", media={"media_ids": ids})).status == 400
