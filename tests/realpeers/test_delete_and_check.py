"""What is taken back is gone from a real PDS, and a look at an account finds what it has."""

from urllib.parse import urlencode

from tests.realpeers.conftest import Publisher, RealPds
from tests.realpeers.repository import get_record, posts_saying
from tests.server_process import call


def test_a_post_and_its_first_comment_are_deleted_for_good(
    publisher: Publisher, real_pds: RealPds
) -> None:
    batch = publisher.server.post("Taken back", firstComment={"text": "With its comment"})
    result = batch["results"][0]
    assert get_record(real_pds.url, result["firstCommentUri"])["value"]["text"]
    path = f"/v1/posts/{result['postId']}?upstream=true"
    answer = publisher.server.call("DELETE", path)
    assert (answer.status, answer.body["status"]) == (200, "deleted"), answer.text
    for text in ("Taken back", "With its comment"):
        assert posts_saying(real_pds.url, real_pds.did, text) == []
    assert publisher.server.call("DELETE", path).body == answer.body


def test_a_post_that_its_author_took_back_first_counts_as_deleted(
    publisher: Publisher, real_pds: RealPds
) -> None:
    result = publisher.server.post("Twice taken back")["results"][0]
    repo, collection, rkey = result["uri"].removeprefix("at://").split("/")
    login = {"identifier": real_pds.handle, "password": real_pds.app_password}
    session = call(
        f"{real_pds.url}/xrpc/com.atproto.server.createSession", "POST", json_body=login
    ).body
    gone = call(
        f"{real_pds.url}/xrpc/com.atproto.repo.deleteRecord",
        "POST",
        json_body={"repo": repo, "collection": collection, "rkey": rkey},
        headers={"Authorization": f"Bearer {session['accessJwt']}"},
    )
    assert gone.status == 200, gone.text
    answer = publisher.server.call("DELETE", f"/v1/posts/{result['postId']}?upstream=true")
    assert answer.body["status"] == "deleted", answer.text
    query = urlencode({"repo": repo, "collection": collection, "rkey": rkey})
    left = call(f"{real_pds.url}/xrpc/com.atproto.repo.getRecord?{query}")
    assert (left.status, left.body["error"]) == (400, "RecordNotFound")


def test_a_look_at_the_account_finds_its_server_and_what_it_may_do(
    publisher: Publisher, real_pds: RealPds
) -> None:
    answer = publisher.server.call("GET", f"/v1/accounts/{publisher.account_id}/check")
    assert answer.status == 200, answer.text
    found = {each["name"]: each["found"] for each in answer.body["findings"]}
    assert found["account"] == f"{real_pds.handle} ({real_pds.did})"
    assert found["scopes"] == "com.atproto.appPass"
    # This release of the PDS tells neither its version nor its cap on files.
    assert found["server"].startswith("http://localhost:")
    problems = [each["name"] for each in answer.body["findings"] if each["problem"]]
    assert problems == ([] if found["e-mail"] == "confirmed" else ["e-mail"])
