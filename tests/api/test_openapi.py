"""The OpenAPI document is whole: every operation is named, and every reference leads somewhere."""

from collections.abc import Iterator
from typing import Any

import pytest
import pytest_asyncio
from pydantic_core import from_json
from starlette.routing import Route

from letmepost.api.app import OPERATIONS
from letmepost.platforms import platforms
from letmepost.webhooks.event_types import EVENT_TYPES
from openapi_file import OPENAPI_FILE
from tests.api.server import ON_ONE_DATABASE, Server

pytestmark = [pytest.mark.asyncio(loop_scope="session"), ON_ONE_DATABASE]

METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}


@pytest_asyncio.fixture(loop_scope="session")
async def document(server: Server) -> Any:
    answer = await server.stranger.get("/openapi.json")
    assert answer.status == 200
    return answer.body


# They are called with no API key: a browser comes back from a platform, a program has a token.
NOT_THERE = {"/v1/accounts/oauth/{platform}/callback", "/v1/oauth-exchange"}


async def test_the_document_leaves_out_what_is_called_by_other_means_than_a_key(
    server: Server, document: Any
) -> None:
    app = server.service.app
    routes = {each.path for each in app._app.routes if isinstance(each, Route)}  # type: ignore[attr-defined]
    served = {each for each in routes if each.startswith("/v1/")}
    assert served - set(document["paths"]) == NOT_THERE


def _operations(document: Any) -> Iterator[tuple[str, str, Any]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert method in METHODS
            yield method, path, operation


def _followed(document: Any, value: Any) -> Any:
    """What a reference leads to, or the value itself."""
    if "$ref" not in value:
        return value
    found = document
    for part in value["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return found


def _everything(value: Any) -> Iterator[Any]:
    yield value
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in inside:
        yield from _everything(each)


async def test_it_is_openapi_3_1_of_this_server(document: Any, server: Server) -> None:
    assert document["openapi"].startswith("3.1.")
    assert document["info"]["title"] == "letmepost"
    assert document["info"]["version"]
    assert document["servers"] == [{"url": server.url}]


async def test_the_repository_keeps_what_is_served(document: Any) -> None:
    kept = from_json(OPENAPI_FILE.read_bytes())
    assert {**kept, "servers": None} == {**document, "servers": None}
    assert kept["servers"] == [{"url": "http://127.0.0.1:8000"}]


async def test_every_route_is_declared_once(document: Any) -> None:
    declared = {(method.upper(), path) for method, path, _ in _operations(document)}
    assert declared == {(each.method, each.path) for each in OPERATIONS}
    ids = [operation["operationId"] for _, _, operation in _operations(document)]
    assert len(ids) == len(set(ids))


async def test_every_operation_says_what_it_is(document: Any) -> None:
    tags = {each["name"]: each["description"] for each in document["tags"]}
    for method, path, operation in _operations(document):
        where = f"{method} {path}"
        assert operation["operationId"].isidentifier(), where
        assert operation["summary"], where
        assert operation["description"], where
        [tag] = operation["tags"]
        assert tags[tag], where
        assert len(operation["security"]) <= 1, where


async def test_every_answer_is_declared_with_its_headers(document: Any) -> None:
    answers = document["components"]["responses"]
    for method, path, operation in _operations(document):
        responses = operation["responses"]
        assert "default" not in responses
        assert {"400", "500"} <= set(responses), (method, path)
        assert any(status.startswith("2") for status in responses), (method, path)
        for status, response in responses.items():
            declared = _followed(document, response)
            assert declared["description"]
            assert "X-Request-Id" in declared["headers"], (method, path, status)
            if status >= "4":
                assert declared in answers.values()
                [content] = declared["content"].values()
                assert content["schema"] == {"$ref": "#/components/schemas/ErrorEnvelope"}


async def test_an_operation_with_a_key_says_what_may_come_of_the_key(document: Any) -> None:
    for method, path, operation in _operations(document):
        keyed = {"401", "429"} if operation["security"] else set()
        assert {"401", "429"} & set(operation["responses"]) == keyed, (method, path)
        scopes = [scope for each in operation["security"] for scope in each["apiKey"]]
        if scopes:
            assert "403" in operation["responses"], (method, path)


async def test_every_parameter_of_a_path_is_declared(document: Any) -> None:
    for method, path, operation in _operations(document):
        parameters = [_followed(document, each) for each in operation.get("parameters", [])]
        declared = {each["name"] for each in parameters if each["in"] == "path"}
        assert declared == {part[1:-1] for part in path.split("/") if part.startswith("{")}
        assert all(each["required"] for each in parameters if each["in"] == "path")
        names = [(each["in"], each["name"]) for each in parameters]
        assert len(names) == len(set(names)), (method, path)


async def test_every_call_that_changes_something_takes_an_idempotency_key(document: Any) -> None:
    # The one asks only, and the other is sent with an address that works once.
    without = {"validatePost", "putUploadContent"}
    for method, path, operation in _operations(document):
        taken = {"$ref": "#/components/parameters/Idempotency-Key"} in operation.get(
            "parameters", []
        )
        changes = method != "get" and operation["operationId"] not in without
        assert taken == changes, (method, path)
        assert not taken or "409" in operation["responses"]


async def test_the_lists_declare_how_to_page_and_filter(document: Any) -> None:
    def query(path: str) -> set[str]:
        parameters = document["paths"][path]["get"].get("parameters", [])
        return {each["name"] for each in parameters if each["in"] == "query"}

    assert query("/v1/posts") == {
        "profileId",
        "platform",
        "status",
        "errorCode",
        "q",
        "after",
        "before",
        "timeFrom",
        "timeBefore",
        "limit",
        "cursor",
    }
    assert query("/v1/media") == {"profileId", "limit", "cursor"}
    assert query("/v1/api-keys") == {"limit", "cursor"}
    assert query("/v1/accounts") == {"profileId"}


async def test_every_reference_leads_somewhere(document: Any) -> None:
    references = [
        each
        for each in _everything(document)
        if isinstance(each, dict) and isinstance(each.get("$ref"), str)
    ]
    assert references
    for each in references:
        assert each["$ref"].startswith("#/")
        assert _followed(document, each)


async def test_there_is_one_schema_of_each_thing(document: Any) -> None:
    for name in document["components"]["schemas"]:
        assert name.isalnum(), f"{name}: two models have this name, or a body and its answer differ"


async def test_what_is_told_apart_by_a_field_says_so(document: Any) -> None:
    schemas = document["components"]["schemas"]
    assert schemas["PostOptions"]["discriminator"]["propertyName"] == "platform"
    assert set(schemas["PostOptions"]["discriminator"]["mapping"]) == set(platforms())
    assert schemas["Event"]["discriminator"]["propertyName"] == "type"
    assert set(schemas["Event"]["discriminator"]["mapping"]) == set(EVENT_TYPES)
    target = schemas["TargetBody"]["properties"]["options"]
    assert {"$ref": "#/components/schemas/PostOptions"} in target["anyOf"]


async def test_schemas_are_written_as_the_wire_is(document: Any) -> None:
    for name, schema in document["components"]["schemas"].items():
        for field in schema.get("properties", {}):
            assert "_" not in field, (name, field)
            assert field[0].islower(), (name, field)


async def test_a_post_takes_both_shapes(document: Any) -> None:
    body = document["paths"]["/v1/posts"]["post"]["requestBody"]
    assert body["required"] is True
    shapes = {each["$ref"] for each in body["content"]["application/json"]["schema"]["oneOf"]}
    assert shapes == {"#/components/schemas/PostBody", "#/components/schemas/AccountPostBody"}
    upload = document["paths"]["/v1/media"]["post"]["requestBody"]["content"]
    assert list(upload) == ["multipart/form-data"]


async def test_the_frameworks_own_pages_are_off(server: Server) -> None:
    (await server.stranger.get("/redoc")).refused(404, "not_found")
    docs = await server.stranger.get("/docs")
    assert b"swagger" not in docs.raw.lower()
