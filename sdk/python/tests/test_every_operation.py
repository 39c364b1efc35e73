"""Every operation of the API has a method, with its parameters and its answer, that works."""

import ast
import inspect
import io
import re
import typing
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
import pytest

import letmepost_sdk
from letmepost.api.app import OPERATIONS
from letmepost.api.openapi import describe
from letmepost.content.errors import ErrorCode
from letmepost.platform_kit.simulator_visit import visit
from letmepost_sdk import (
    LetmepostError,
    PlatformRejectedError,
    PreflightFailedError,
    UnauthenticatedError,
    ValidationError,
)
from letmepost_sdk.error_codes import CLASSES
from letmepost_sdk.filters import (
    DeliveryFilters,
    EventFilters,
    PageFilters,
    PostFilters,
    ProfileFilter,
    ProfilePageFilters,
    RuleFilters,
)
from letmepost_sdk.operation import _camel
from letmepost_sdk.settings import CallOptions
from sdk.python.tests.run_scenarios import settled
from tests.sdk.live_server import LiveServer, png

RESOURCES = Path(letmepost_sdk.__file__).parent / "resources"
OF_A_CALL = set(CallOptions.__optional_keys__)
# What the SDK says with a method or an argument of its own.
SAID_OTHERWISE = {"upstream"}


@cache
def document() -> Any:
    routes = [route for each in OPERATIONS for route in each.router.routes]
    return describe(routes, "http://127.0.0.1:8000")


def operations() -> dict[tuple[str, str], Any]:
    return {
        (method.upper(), path): operation
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
    }


def methods() -> Iterator[tuple[ast.FunctionDef, str, str, str]]:
    """Each method with the call in it: its decorator, HTTP's method and the path."""
    for module in sorted(RESOURCES.glob("*.py")):
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if not isinstance(node, ast.FunctionDef):
                continue
            (decorator,) = (ast.unparse(each) for each in node.decorator_list)
            for call in ast.walk(node):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
                    said = [
                        each.value
                        for each in call.args
                        if isinstance(each, ast.Constant) and isinstance(each.value, str)
                    ]
                    if call.func.attr == "_call":
                        yield node, decorator, said[0], said[1]
                    elif call.func.attr == "_walk":
                        yield node, decorator, "GET", said[0]


def answers(operation: Any) -> set[str]:
    """The names of the schemas that an operation answers."""
    (content,) = (
        each["content"]["application/json"]["schema"]
        for status, each in operation["responses"].items()
        if status != "default"
    )
    several = content.get("oneOf", [content])
    return {each["$ref"].rpartition("/")[2] for each in several}


def test_every_operation_has_a_method() -> None:
    found = {(method, path) for _, _, method, path in methods()}
    assert found == set(operations())


def test_every_method_answers_what_the_operation_does() -> None:
    # The SDK speaks the shape with targets alone, whose answer is a batch.
    older = {"FlatResult"}
    schemas = document()["components"]["schemas"]
    for node, decorator, method, path in methods():
        assert node.returns is not None
        said = ast.unparse(node.returns)
        names = set(re.findall(r"\w+", said)) - {"Exchange", "Walk"}
        names = {"Media" if each == "MediaFile" else each for each in names}
        wanted = answers(operations()[method, path]) - older
        if decorator == "Iteration":
            (page,) = wanted
            items = schemas[page]["properties"]["data"]["items"]
            wanted = {items["$ref"].rpartition("/")[2]}
        if node.name in {"cancel", "upload_direct", "wait"}:
            # Others call the same operation, or a method calls several.
            assert names <= wanted or node.name == "upload_direct"
        else:
            assert names == wanted, f"{node.name} answers {said}"


@pytest.mark.parametrize(
    ("path", "filters"),
    [
        ("/v1/posts", PostFilters),
        ("/v1/media", ProfilePageFilters),
        ("/v1/accounts", ProfileFilter),
        ("/v1/api-keys", PageFilters),
        ("/v1/events", EventFilters),
        ("/v1/webhook-endpoints", ProfilePageFilters),
        ("/v1/webhook-endpoints/{id}/deliveries", DeliveryFilters),
        ("/v1/rules", RuleFilters),
    ],
)
def test_filters_are_the_parameters_of_the_operation(path: str, filters: Any) -> None:
    given = {_camel(name) for name in filters.__optional_keys__ - OF_A_CALL}
    declared = operations()["GET", path].get("parameters", [])
    assert given == {each["name"] for each in declared if each["in"] == "query"}


def test_every_query_is_known() -> None:
    """A parameter that is new to an operation without filters is noticed too."""
    with_filters = {
        path
        for node, _, method, path in methods()
        if method == "GET" and "Filter" in ast.unparse(node.args)
    }
    for (method, path), operation in operations().items():
        query = {each["name"] for each in operation.get("parameters", []) if each["in"] == "query"}
        if method == "GET" and query:
            assert path in with_filters
        elif path != "/v1/media":
            assert query <= SAID_OTHERWISE


def test_an_error_has_every_field_of_the_envelope() -> None:
    fields = document()["components"]["schemas"]["ErrorFields"]["properties"]
    error = LetmepostError({name: name for name in fields}, status=400)
    shown = {_camel(name): value for name, value in vars(error).items()}
    assert {name: shown[name] for name in fields} == {name: name for name in fields}


def test_every_code_has_a_class() -> None:
    assert set(CLASSES) == {code.value for code in ErrorCode}
    assert {each.__name__ for each in CLASSES.values()} <= set(letmepost_sdk.__all__)
    assert all(issubclass(each, LetmepostError) for each in CLASSES.values())


def test_methods_explain_themselves() -> None:
    client = letmepost_sdk.Letmepost(api_key="k")
    assert inspect.getdoc(client.posts.create) is not None
    assert "self" not in inspect.signature(client.posts.create).parameters
    assert typing.get_type_hints(letmepost_sdk.verify_webhook)["return"].__name__ == "Event"


async def _entries(several: Any) -> list[Any]:
    if hasattr(several, "__aiter__"):
        return [each async for each in several]
    return list(several)


async def _until(ask: Any) -> Any:
    for _ in range(400):
        if found := await ask():
            return found
    raise AssertionError("waited in vain")


async def _publish(client: Any, live: LiveServer) -> None:
    target = {"accountId": live.account_id}
    batch = await settled(client.posts.create({"targets": [target], "text": "Every method"}))
    post_id = batch["results"][0]["postId"]
    assert (await settled(client.batches.get(batch["id"])))["status"] == "published"
    assert (await settled(client.posts.wait(post_id)))["attempts"]
    assert [each["id"] for each in await _entries(client.posts.iterate(q="Every method", limit=1))]
    assert (await settled(client.posts.validate({"targets": [target], "text": "x"})))["valid"]
    with pytest.raises(ValidationError) as caught:
        await settled(client.posts.retry(post_id))
    assert caught.value.rule == "post.retry.status"
    assert (await settled(client.posts.delete(post_id, wait_seconds=5)))["status"] == "deleted"

    at = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    later = {"targets": [target], "text": "Every method, later", "scheduledAt": at}
    queued = (await settled(client.posts.create(later)))["results"][0]["postId"]
    changed = await settled(client.posts.update(queued, {"text": "Changed"}))
    assert changed["text"] == "Changed"
    assert (await settled(client.posts.cancel(queued)))["status"] == "canceled"
    retried = await settled(client.posts.retry(queued, {"scheduledAt": at}))
    assert retried["status"] == "queued"
    assert (await settled(client.posts.get(queued)))["status"] == "queued"
    found = await settled(
        client.posts.list(status="queued", q="Changed", after=datetime(2026, 1, 1, tzinfo=UTC))
    )
    assert queued in [each["id"] for each in found["data"]]
    await settled(client.posts.cancel(queued))


async def _store(client: Any) -> None:
    # Three sizes: the same file a second time would be the same file.
    stored = await settled(client.media.upload(png(1)))
    direct = await settled(client.media.upload_direct(io.BytesIO(png(2))))
    assert (stored["width"], direct["width"]) == (1, 2)
    begun = await settled(client.media.begin_upload({"sizeBytes": len(png(3))}))
    async with (
        aiohttp.ClientSession() as browser,
        browser.put(begun["url"], data=png(3), headers=begun["headers"]) as put,
    ):
        assert put.status == 200
    completed = await settled(client.media.complete_upload(begun["id"]))
    assert completed["contentType"] == "image/png"
    listed = await settled(client.media.list(limit=1))
    assert listed["data"][0]["id"] == completed["id"]
    ours = [each["id"] for each in (completed, direct, stored)]
    assert [each["id"] for each in await _entries(client.media.iterate(limit=2))] == ours
    for each in ours:
        assert (await settled(client.media.delete(each)))["deleted"]


async def _look_after_accounts(client: Any, live: LiveServer) -> None:
    ours = live.account_id
    listed = await settled(client.accounts.list())
    assert ours in [each["id"] for each in listed["data"]]
    assert (await settled(client.accounts.get(ours)))["platform"] == "bluesky"
    assert (await settled(client.accounts.check(ours)))["ok"]
    assert (await settled(client.accounts.health(ours)))["accountId"] == ours
    assert (await settled(client.accounts.refresh(ours)))["accountId"] == ours
    assert (await settled(client.accounts.pause(ours)))["pausedAt"] is not None
    assert (await settled(client.accounts.resume(ours)))["pausedAt"] is None
    assert (await settled(client.accounts.connect_link()))["url"]
    started = await settled(client.accounts.connect("bluesky"))
    assert started["descriptor"]["kind"] == "credentials"


async def _pin(client: Any, live: LiveServer) -> None:
    started = await settled(client.accounts.connect("pinterest", {}))
    async with aiohttp.ClientSession() as browser:
        given = live.simulation["accounts"]["pinterest"]
        back = await visit(browser, started["descriptor"]["authorizationUrl"], given)
    fields = {name: back[name] for name in ("code", "state")}
    pins = (await settled(client.accounts.complete_connect("pinterest", fields)))["id"]
    made = await settled(
        client.accounts.add_pinterest_board(pins, {"name": "Ferries", "upsert": True})
    )
    boards = await settled(client.accounts.list_pinterest_boards(pins))
    assert made["id"] in [each["id"] for each in boards["data"]]
    chosen = await settled(client.accounts.set_pinterest_default_board(pins, made["id"]))
    assert chosen["defaultBoardId"] == made["id"]
    assert (await settled(client.accounts.delete(pins)))["deleted"]


async def _own(client: Any) -> None:
    profile = await settled(client.profiles.create({"name": "For a moment"}))
    assert (await settled(client.profiles.get(profile["id"])))["name"] == "For a moment"
    renamed = await settled(client.profiles.update(profile["id"], {"name": "Another"}))
    assert renamed["name"] == "Another"
    assert len((await settled(client.profiles.list()))["data"]) == 2
    key = await settled(client.api_keys.create({"name": "k", "prefix": "lmp_test_"}))
    assert key["key"].startswith("lmp_test_")
    assert (await settled(client.api_keys.list(limit=1)))["data"][0]["id"] == key["id"]
    assert key["id"] in [each["id"] for each in await _entries(client.api_keys.iterate(limit=1))]
    assert (await settled(client.api_keys.delete(key["id"])))["revokedAt"]
    assert (await settled(client.profiles.delete(profile["id"])))["deleted"]


async def _be_told(client: Any, live: LiveServer) -> None:
    hooks = client.webhook_endpoints
    endpoint = (await settled(hooks.create({"url": "http://127.0.0.1:1/hooks"})))["id"]
    body = {"targets": [{"accountId": live.account_id}], "text": "To be told of"}
    post_id = (await settled(client.posts.create(body)))["results"][0]["postId"]

    async def delivered() -> Any:
        return (await settled(hooks.list_deliveries(endpoint, limit=1)))["data"]

    (delivery,) = await _until(delivered)
    assert await _entries(hooks.iterate_deliveries(endpoint, limit=1))
    again = await settled(hooks.redeliver(endpoint, delivery["id"]))
    assert again["eventId"] == delivery["eventId"]
    assert (await settled(hooks.get(endpoint)))["active"]
    assert (await settled(hooks.rotate_secret(endpoint)))["signingSecret"].startswith("whsec_")
    assert not (await settled(hooks.test(endpoint)))["delivered"]
    after = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    assert await settled(hooks.replay(endpoint, {"after": after}))
    assert not (await settled(hooks.update(endpoint, {"active": False})))["active"]
    assert (await settled(hooks.list()))["data"]
    assert endpoint in [each["id"] for each in await _entries(hooks.iterate(limit=1))]
    assert (await settled(hooks.delete(endpoint)))["deleted"]

    events = await _entries(client.events.iterate(post_id=post_id, order="asc", limit=1))
    assert [each["type"] for each in events] == ["post.validated", "post.published"]
    assert (await settled(client.events.get(events[0]["id"])))["sequence"] == 1
    page = await settled(client.events.list(type=["post.published"], limit=1, order="asc"))
    assert page["resumeCursor"]
    assert (await settled(client.events.types()))["data"]


async def _read_the_catalogue(client: Any) -> None:
    rules = await settled(client.rules.list(platform="bluesky"))
    rule = await settled(client.rules.get(rules["data"][0]["id"]))
    assert rule["platform"] == "bluesky"
    versions = await settled(client.platform_versions.list())
    assert "bluesky" in [each["platform"] for each in versions["data"]]


async def test_every_method_works_on_a_real_server(client: Any, live: LiveServer) -> None:
    before = len(live.proxy.passed)
    await _publish(client, live)
    await _store(client)
    await _look_after_accounts(client, live)
    await _pin(client, live)
    await _own(client)
    await _be_told(client, live)
    await _read_the_catalogue(client)
    passed = {(each.method, each.path) for each in live.proxy.passed[before:]}
    missed = [
        (method, path)
        for method, path in operations()
        if not any(
            each == method and re.fullmatch(re.sub(r"{\w+}", "[^/]+", path), address)
            for each, address in passed
        )
    ]
    assert missed == []


async def test_errors_have_the_class_of_their_code(client: Any, live: LiveServer) -> None:
    too_long = {"targets": [{"accountId": live.account_id}], "text": "x" * 301}
    with pytest.raises(PreflightFailedError) as caught:
        await settled(client.posts.create(too_long))
    error = caught.value
    assert (error.status, error.rule) == (400, "bluesky.text.max_graphemes")
    assert error.platform == "bluesky"
    assert error.violations[0]["limit"] == 300
    assert error.rule_url is not None
    assert error.request_id is not None
    assert error.retryable is False
    with pytest.raises(UnauthenticatedError):
        await settled(client.posts.list(headers={"Authorization": "Bearer lmp_live_wrong"}))
    assert not issubclass(PlatformRejectedError, PreflightFailedError)
