"""Every answer that is not 2xx is the envelope, carries an id, and leads to pages that exist."""

import pytest

from letmepost.api import root
from letmepost.api.app import OPERATIONS
from letmepost.posts.check import Checker
from tests.api.client import Answer, Client
from tests.api.server import ON_ONE_DATABASE, Organization, Server

pytestmark = [pytest.mark.asyncio(loop_scope="session"), ON_ONE_DATABASE]


async def test_an_unknown_address_answers_the_envelope(server: Server) -> None:
    for path in ("/nothing", "/v1", "/v1/nothing", "/v2/posts", "/docs/nothing", "/v1/posts/a/b/c"):
        (await server.stranger.get(path)).refused(404, "not_found")


async def test_a_wrong_method_answers_405_and_names_the_right_ones(server: Server) -> None:
    for method, path, allowed in (
        ("PUT", "/v1/posts", {"GET", "HEAD", "POST"}),
        ("DELETE", "/v1/media", {"GET", "HEAD", "POST"}),
        ("POST", "/v1/profiles/prof_1", {"GET", "HEAD", "PATCH", "DELETE"}),
        ("POST", "/health", {"GET", "HEAD"}),
        ("PATCH", "/v1/accounts/connect/bluesky", {"POST"}),
        ("PUT", "/v1/api-keys", {"GET", "HEAD", "POST"}),
        # Not a file and not a post with such an id.
        ("DELETE", "/v1/media/uploads", {"POST"}),
        ("GET", "/posts/validate/", {"POST"}),
        ("OPTIONS", "/v1/events", {"GET", "HEAD"}),
    ):
        answer = await server.stranger.call(method, path)
        answer.refused(405, "validation_failed")
        named = {each.strip() for each in answer.headers["Allow"].split(",")}
        assert named == allowed, (method, path)


async def test_every_address_of_the_document_names_its_methods(server: Server) -> None:
    allowed: dict[str, set[str]] = {}
    for operation in OPERATIONS:
        also = {"HEAD"} if operation.method == "GET" else set()
        allowed.setdefault(operation.path, set()).update({operation.method, *also})
    for template, methods in allowed.items():
        path = template.format(id="x", platform="bluesky", delivery="x")
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} - methods:
            answer = await server.stranger.call(method, path)
            answer.refused(405, "validation_failed")
            assert set(answer.headers["Allow"].split(", ")) == methods, (method, path)


async def test_head_answers_like_get_without_a_body(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    for operation in OPERATIONS:
        if operation.method != "GET":
            continue
        path = operation.path.format(id="x", platform="bluesky", delivery="x")
        got, head = await client.get(path), await client.call("HEAD", path)
        assert (head.status, head.raw) == (got.status, b""), path
        assert head.headers["Content-Type"] == got.headers["Content-Type"]
    unknown = await server.stranger.call("HEAD", "/nothing")
    wrong = await server.stranger.call("HEAD", "/v1/posts/validate")
    assert (unknown.status, wrong.status, wrong.headers["Allow"]) == (404, 405, "POST")


async def test_a_request_without_a_good_key_answers_401(server: Server) -> None:
    for authorization in (
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer lmp_live_unknown",
        "Bearer sk_live_x",
        "Basic bG1wX2xpdmVf",
        "lmp_live_x",
        "Bearer lmp_live_\u00e9",
    ):
        headers = {"Authorization": authorization} if authorization is not None else {}
        answer = await server.stranger.get("/v1/posts", headers=headers)
        answer.refused(401, "unauthenticated")
        assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_every_operation_wants_a_key_but_those_that_everybody_may_call(
    server: Server,
) -> None:
    without_key = set()
    for operation in OPERATIONS:
        path = operation.path.format(id="x", platform="bluesky", delivery="x")
        answer = await server.stranger.call(operation.method, path)
        if operation.is_public:
            without_key.add(operation.name)
            assert answer.status in (200, 403, 404)
        else:
            answer.refused(401, "unauthenticated")
    assert without_key == {
        "listEventTypes",
        "listPlatformVersions",
        # An id that nobody guesses, and a signature, stand in for the key.
        "readMediaFile",
        "putUploadContent",
        "getHealth",
        "getReadiness",
    }


async def test_every_answer_carries_an_id_and_echoes_the_one_that_came(server: Server) -> None:
    own = {"X-Request-Id": "order-7:try.2"}
    for path in ("/", "/health", "/ready", "/openapi.json", "/docs", "/v1/posts", "/nothing"):
        answer = await server.stranger.get(path, headers=own)
        assert answer.headers["X-Request-Id"] == "order-7:try.2"
        made = await server.stranger.get(path)
        assert made.headers["X-Request-Id"].startswith("req_")


async def test_an_id_that_could_not_be_logged_safely_is_replaced(server: Server) -> None:
    for given in ("", "a b", "a" * 129, "<script>", "\u00e9"):
        answer = await server.stranger.get("/health", headers={"X-Request-Id": given})
        assert answer.headers["X-Request-Id"].startswith("req_")


async def test_a_fault_of_our_own_says_nothing_of_the_inside(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("secret of the inside")

    client = await organization.client()
    monkeypatch.setattr(Checker, "check", broken)
    answer = await client.publish({"targets": [{"platform": "bluesky"}], "text": "x"})
    answer.refused(500, "internal_error")
    assert b"inside" not in answer.raw
    assert b"RuntimeError" not in answer.raw
    assert b"Traceback" not in answer.raw
    assert answer.error["retryable"] is True


async def test_a_fault_outside_of_the_operations_answers_the_envelope_too(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_name: str) -> str:
        raise RuntimeError("secret of the inside")

    monkeypatch.setattr(root, "version", broken)
    answer = await server.stranger.get("/")
    answer.refused(500, "internal_error")
    assert b"inside" not in answer.raw


async def _error_answers(client: Client) -> list[Answer]:
    target = {"platform": "bluesky"}
    bodies = [
        {},
        {"targets": []},
        {"targets": "all"},
        {"targets": [target] * 26, "text": "x"},
        {"targets": [target], "text": 7},
        {"targets": [{**target, "text": 7}]},
        {"targets": [target], "text": "x", "scheduledAt": "2030-01-01T00:00:00"},
        {"targets": [target], "text": "x", "scheduledAt": 1893456000},
        {"targets": [target], "text": "x", "scheduledAt": "2020-01-01T00:00:00Z"},
        {"targets": [target], "text": "x", "nonsense": 1},
        {"targets": [target], "text": "x", "non/sense?#%20 é": 1},
        {"targets": [{**target, "a b": 1}], "text": "x"},
        {"targets": [target], "text": "x", "media": [{"kind": "sound"}]},
        {"targets": [target], "text": "x", "media": [{"kind": "image"}]},
        {"targets": [target], "text": "x", "firstComment": {}},
        {"targets": [{**target, "options": {"platform": "twitter"}}], "text": "x"},
        {"targets": [{**target, "options": {"platform": "bluesky", "boardId": "1"}}], "text": "x"},
        {"targets": [{**target, "options": {"platform": "bluesky", "labels": ["x"]}}], "text": "x"},
        {"targets": [{**target, "options": {"platform": "bluesky", "card": {}}}], "text": "x"},
        {"account": {"platform": "bluesky"}, "text": "x"},
        {"account": "me", "text": "x"},
        {"account": {"platform": "bluesky", "id": "x"}, "targets": [target], "text": "x"},
        {"account": {"platform": "bluesky", "id": "x"}, "text": "x", "bluesky": {"x": 1}},
        {"account": {"platform": "pinterest", "id": "x"}, "text": "x", "pinterest": {"x": 1}},
    ]
    answers = [await client.publish(body) for body in bodies]
    answers += [await client.publish({"targets": [target], "text": "x"}, key="k" * 256)]
    answers += [
        await client.get(path)
        for path in (
            "/nothing",
            "/v1/posts?limit=0",
            "/v1/posts?cursor=x",
            "/v1/posts?after=x",
            "/v1/posts?status=x",
            "/v1/posts?platform=x",
            "/v1/posts?errorCode=x",
            "/v1/posts?q=",
            "/v1/media?limit=x",
            "/v1/profiles/x",
        )
    ]
    answers += [
        await client.post(path, body)
        for path, body in (
            ("/v1/api-keys", {}),
            ("/v1/api-keys", {"name": "x", "scopes": ["all"]}),
            ("/v1/api-keys", {"name": "x", "prefix": "sk_"}),
            ("/v1/profiles", {"name": ""}),
            ("/v1/profiles", {"name": "x", "slug": "X Y"}),
            ("/v1/accounts/connect/myspace", {}),
            ("/v1/accounts/connect/bluesky", {"profileId": 1}),
            ("/v1/accounts/connect/bluesky/complete", {}),
            ("/v1/accounts/connect/bluesky/complete", {"identifier": 1}),
            ("/v1/accounts/connect/bluesky/complete", {"odd name/?#": "x"}),
            ("/v1/accounts/connect/bluesky/complete", {"odd name/?#": 7}),
        )
    ]
    return answers


async def test_every_error_leads_to_pages_of_this_server(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    await organization.connect(client)
    answers = await _error_answers(client)
    links: dict[str, object] = {}
    for answer in answers:
        assert answer.status >= 400, answer.body
        links[answer.error["docUrl"]] = answer.body
        assert ("rule" in answer.error) == ("ruleUrl" in answer.error)
        for shown in (answer.error, *answer.error.get("violations", [])):
            if "ruleUrl" in shown:
                links[shown["ruleUrl"]] = answer.body
    for link, body in links.items():
        assert link.startswith(f"{server.url}/docs/"), link
        page = await server.stranger.get(link.removeprefix(server.url))
        assert page.status == 200, (link, body)


async def test_rule_pages_are_found_whatever_the_case(server: Server) -> None:
    for path in ("bluesky-text-max_graphemes", "BLUESKY-TEXT-MAX_GRAPHEMES"):
        page = await server.stranger.get(f"/docs/preflight/{path}")
        assert page.status == 200
