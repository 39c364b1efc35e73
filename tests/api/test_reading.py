"""Posts are read back whole, filtered, and a page at a time without gaps or doubles."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from sqlalchemy import insert, select, update

from letmepost.kit.ids import new_id
from letmepost.posts.tables import publications
from tests.api.client import TOKEN, Client
from tests.api.server import Organization, Server
from tests.media.samples import image

pytestmark = pytest.mark.asyncio(loop_scope="session")

TARGET = [{"platform": "bluesky"}]


async def _post(client: Client, text: str, **more: Any) -> str:
    answer = await client.publish({"targets": TARGET, "text": text, **more})
    assert answer.status in (200, 202), answer.body
    return str(answer.body["results"][0]["postId"])


async def _listed(client: Client, query: str) -> list[str]:
    answer = await client.get(f"/v1/posts?{query}")
    assert answer.status == 200, answer.body
    return [each["text"] for each in answer.body["data"]]


async def _some_posts(organization: Organization) -> Client:
    client = await organization.test_client()
    await organization.connect(client)
    await _post(client, "An apple, 50% off")
    await _post(client, "A pear [lmp:rejected]")
    await _post(client, "A plum [lmp:auth_failed]")
    await _post(client, "A fig", scheduledAt="2030-01-01T00:00:00Z")
    return client


async def test_a_list_is_narrowed_by_every_filter(organization: Organization) -> None:
    client = await _some_posts(organization)
    apple, pear, plum, fig = (
        "An apple, 50% off",
        "A pear [lmp:rejected]",
        "A plum [lmp:auth_failed]",
        "A fig",
    )
    default = organization.profile_id
    for query, wanted in (
        ("", [fig, plum, pear, apple]),
        ("platform=bluesky", [fig, plum, pear, apple]),
        (f"profileId={default}", [fig, plum, pear, apple]),
        ("status=published", [apple]),
        ("status=queued", [fig]),
        ("status=rejected", [plum, pear]),
        ("status=publishing", []),
        ("status=canceled", []),
        ("errorCode=platform_rejected", [pear]),
        ("errorCode=platform_auth_failed&status=rejected", [plum]),
        ("errorCode=platform_rejected&status=published", []),
        ("q=APPLE", [apple]),
        ("q=" + quote("50%"), [apple]),
        ("q=" + quote("_"), [plum]),
        ("q=" + quote("%"), [apple]),
        ("q=" + quote("lmp:"), [plum, pear]),
        ("after=2020-01-01T00:00:00Z", [fig, plum, pear, apple]),
        ("after=2030-01-01T00:00:00Z", []),
        ("before=2020-01-01T00:00:00%2B02:00", []),
        ("before=2030-01-01T00:00:00+02:00", [fig, plum, pear, apple]),
        ("limit=1", [fig]),
        ("nonsense=1", [fig, plum, pear, apple]),
    ):
        assert await _listed(client, query) == wanted, query


async def test_arrays_are_taken_in_every_spelling(organization: Organization) -> None:
    client = await _some_posts(organization)
    both = await _listed(client, "status=published&status=queued")
    assert both == ["A fig", "An apple, 50% off"]
    for query in (
        "status=published,queued",
        "status[]=published&status[]=queued",
        "status[0]=published&status[1]=queued",
        urlencode([("status[]", "published"), ("status[]", "queued")]),
        urlencode([("status[0]", "published"), ("status[1]", "queued")]),
        "status[]=published,queued",
        "status=published,&status=queued",
    ):
        assert await _listed(client, query) == both, query
    assert await _listed(client, "platform[]=bluesky&status[0]=queued") == ["A fig"]


async def test_bounds_are_exclusive_to_the_microsecond(
    server: Server, organization: Organization
) -> None:
    client = await organization.test_client()
    await organization.connect(client)
    post = await _post(client, "Now")
    at = (await client.get(f"/v1/posts/{post}")).body["createdAt"]
    moment = server.service.state.clock.now().replace(microsecond=123_000)
    await server.service.state.database.write(
        lambda connection: connection.execute(
            update(publications).where(publications.c.id == post).values(created_at=moment)
        )
    )
    at = (await client.get(f"/v1/posts/{post}")).body["createdAt"]
    assert at.endswith(".123Z")
    assert await _listed(client, f"after={at}") == []
    assert await _listed(client, f"before={at}") == []
    earlier = (moment - timedelta(milliseconds=1)).isoformat()
    assert await _listed(client, f"after={quote(earlier)}&before=2031-01-01T00:00:00Z") == ["Now"]


async def test_pages_of_equal_times_have_no_gaps_and_no_doubles(
    server: Server, organization: Organization
) -> None:
    client = await organization.test_client()
    await organization.connect(client)
    post = await _post(client, "Many")
    database = server.service.state.database
    row = await database.read(
        lambda connection: connection.execute(
            select(publications).where(publications.c.id == post)
        ).one()
    )
    copies = [
        {**row._mapping, "id": new_id("post"), "position": number + 1} for number in range(119)
    ]
    await database.write(lambda connection: connection.execute(insert(publications), copies))
    wanted = sorted([post, *(each["id"] for each in copies)], reverse=True)
    for limit in (7, 50, 120, 200):
        seen: list[str] = []
        cursor, pages = "", 0
        while True:
            page = (await client.get(f"/v1/posts?limit={limit}{cursor}")).body
            seen += [each["id"] for each in page["data"]]
            pages += 1
            if page["nextCursor"] is None:
                break
            cursor = f"&cursor={page['nextCursor']}"
        assert seen == wanted
        assert pages == -(-120 // limit)
    assert len((await client.get("/v1/posts")).body["data"]) == 50


async def test_queries_that_make_no_sense_are_refused(organization: Organization) -> None:
    client = await organization.client()
    for query, rule in (
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=-1", "limit"),
        ("limit=ten", "limit"),
        ("limit=1e2", "limit"),
        ("limit=", "limit"),
        ("limit=" + "9" * 5000, "limit"),
        ("limit=" + quote("\uff11"), "limit"),
        ("cursor=x", "cursor"),
        ("cursor=" + quote("💥"), "cursor"),
        ("cursor=" + "A" * 5000, "cursor"),
        ("cursor=OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5fHg", "cursor"),
        ("cursor=MXwA", "cursor"),
        ("after=yesterday", "after"),
        ("after=2026-01-01", "after"),
        ("after=2026-01-01T00:00:00", "after"),
        ("after=", "after"),
        ("before=1893456000", "before"),
        ("before=2026-13-01T00:00:00Z", "before"),
        ("status=lost", "status"),
        ("status=published,lost", "status"),
        ("platform=myspace", "platform"),
        ("errorCode=oops", "errorCode"),
        ("q=", "q"),
        ("q=" + "x" * 201, "q"),
        ("q=%00", None),
        ("profileId=%00", None),
    ):
        answer = await client.get(f"/v1/posts?{query}")
        answer.refused(400, "validation_failed", rule)
    for path in ("media", "api-keys"):
        (await client.get(f"/v1/{path}?limit=0")).refused(400, "validation_failed", "limit")
        (await client.get(f"/v1/{path}?cursor=x")).refused(400, "validation_failed", "cursor")


async def test_the_ends_of_time_are_only_times(organization: Organization) -> None:
    client = await _some_posts(organization)
    for at in ("0001-01-01T00:00:00%2B23:59", "9999-12-31T23:59:59-23:59"):
        assert len(await _listed(client, f"before={at}")) in (0, 4)
        assert len(await _listed(client, f"after={at}")) in (0, 4)


async def test_ids_that_are_not_there_answer_404(organization: Organization) -> None:
    client = await organization.client()
    for each in (
        "post_0000000000000000000000",
        "7",
        "00000000-0000-4000-8000-000000000000",
        "x" * 2000,
        "%00",
        "%F0%9F%91%8B",
        "%FF%FE",
        "a%2Fb",
        "..%2f..",
        "'%20OR%201=1",
    ):
        for path in ("posts", "batches"):
            (await client.get(f"/v1/{path}/{each}")).refused(404, "not_found")


async def test_a_post_is_read_with_everything_that_was_asked_for(
    organization: Organization,
) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    file = await client.upload(image(size=(64, 48)))
    body = {
        "targets": [
            {
                "accountId": account["id"],
                "options": {"platform": "bluesky", "langs": ["en", "de"]},
            }
        ],
        "text": "With everything",
        "media": [{"kind": "image", "mediaId": file.body["id"], "altText": "Noise"}],
        "firstComment": {"text": "And a comment"},
    }
    answer = await client.publish(body)
    assert answer.status == 200, answer.body
    (result,) = answer.body["results"]
    assert result["status"] == "published"
    assert result["firstCommentUri"].startswith("at://")
    shown = (await client.get(f"/v1/posts/{result['postId']}")).body
    assert shown["batchId"] == answer.body["id"]
    assert shown["platformUri"] == result["uri"]
    assert shown["platformCid"] == result["cid"]
    assert shown["text"] == "With everything"
    assert shown["mediaRefs"] == [{"kind": "image", "mediaId": file.body["id"], "altText": "Noise"}]
    assert shown["firstComment"] == {"text": "And a comment"}
    assert shown["options"]["langs"] == ["en", "de"]
    assert shown["account"]["platformAccountId"] == account["platformAccountId"]
    assert shown["publishedAt"]
    assert shown["error"] is None
    assert (await client.get(f"/v1/batches/{answer.body['id']}")).body == answer.body


async def test_attempts_show_what_was_said_without_the_secrets(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    login = await server.new_login()
    await organization.connect(client, login)
    post = await _post(client, "Watched")
    answer = await client.get(f"/v1/posts/{post}")
    (attempt,) = answer.body["attempts"]
    assert (attempt["attemptNumber"], attempt["purpose"]) == (1, "publish")
    assert attempt["succeeded"] is True
    assert attempt["startedAt"] <= attempt["sendingAt"] <= attempt["finishedAt"]
    assert any("createRecord" in str(each) for each in attempt["transcript"])
    assert not TOKEN.search(answer.raw.decode())
    assert login["appPassword"].encode() not in answer.raw


async def test_a_refusal_of_the_platform_is_told_in_its_own_words(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    await organization.connect(client)
    body = {"error": "InvalidRequest", "message": "Not today"}
    await server.fault("status", status=400, body=body, route="createRecord")
    answer = await client.publish({"targets": TARGET, "text": "Refused there"})
    assert (answer.status, answer.body["status"]) == (200, "failed")
    (result,) = answer.body["results"]
    assert (result["status"], result["error"]["code"]) == ("rejected", "platform_rejected")
    assert "Not today" in str(result["error"]["platformResponse"])
    shown = (await client.get(f"/v1/posts/{result['postId']}")).body
    assert shown["error"] == result["error"]
    assert shown["attempts"][0]["errorCode"] == "platform_rejected"
    assert await _listed(client, "errorCode=platform_rejected") == ["Refused there"]


async def test_media_is_listed_newest_first(organization: Organization) -> None:
    client = await organization.client()
    await organization.connect(client)
    ids = [(await client.upload(image())).body["id"] for _ in range(3)]
    page = (await client.get("/v1/media?limit=2")).body
    assert [each["id"] for each in page["data"]] == ids[:0:-1]
    rest = (await client.get(f"/v1/media?limit=2&cursor={page['nextCursor']}")).body
    assert [each["id"] for each in rest["data"]] == ids[:1]
    assert rest["nextCursor"] is None
