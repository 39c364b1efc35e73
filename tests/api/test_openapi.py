"""The OpenAPI document is whole: every operation is named, and every reference leads somewhere."""

from collections.abc import Iterator
from typing import Any

import pytest
import pytest_asyncio

from tests.api.client import PUBLIC, ROUTES
from tests.api.server import ON_ONE_DATABASE, Server

pytestmark = [pytest.mark.asyncio(loop_scope="session"), ON_ONE_DATABASE]

METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}


@pytest_asyncio.fixture(loop_scope="session")
async def document(server: Server) -> Any:
    answer = await server.stranger.get("/openapi.json")
    assert answer.status == 200
    return answer.body


def _operations(document: Any) -> Iterator[tuple[str, str, Any]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert method in METHODS
            yield method, path, operation


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


async def test_every_route_is_declared_once(document: Any) -> None:
    declared = {(method.upper(), path) for method, path, _ in _operations(document)}
    assert declared == {(route.method, route.path) for route in ROUTES}
    ids = [operation["operationId"] for _, _, operation in _operations(document)]
    assert len(ids) == len(set(ids))


async def test_every_operation_says_what_it_is(document: Any) -> None:
    for method, path, operation in _operations(document):
        where = f"{method} {path}"
        assert operation["operationId"].isidentifier(), where
        assert operation["summary"], where
        assert operation["description"], where
        assert len(operation["tags"]) == 1, where
        assert [list(each) for each in operation["security"]] == (
            [] if path in PUBLIC else [["apiKey"]]
        ), where
        assert operation["responses"], where


async def test_every_answer_is_declared(document: Any) -> None:
    for method, path, operation in _operations(document):
        responses = operation["responses"]
        error = responses["default"]["content"]["application/json"]["schema"]
        assert error == {"$ref": "#/components/schemas/ErrorEnvelope"}
        good = [status for status in responses if status.startswith("2")]
        assert good, (method, path)
        for status in good:
            assert responses[status]["content"]["application/json"]["schema"], (method, path)


async def test_every_parameter_of_a_path_is_declared(document: Any) -> None:
    for method, path, operation in _operations(document):
        parameters = operation.get("parameters", [])
        declared = {each["name"] for each in parameters if each["in"] == "path"}
        assert declared == {part[1:-1] for part in path.split("/") if part.startswith("{")}
        assert all(each["required"] for each in parameters if each["in"] == "path")
        names = [(each["in"], each["name"]) for each in parameters]
        assert len(names) == len(set(names)), (method, path)
        assert (("header", "Idempotency-Key") in names) == (method != "get"), (method, path)


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
        "limit",
        "cursor",
    }
    assert query("/v1/media") == {"profileId", "limit", "cursor"}
    assert query("/v1/api-keys") == {"limit", "cursor"}
    assert query("/v1/accounts") == {"profileId"}


async def test_every_reference_leads_somewhere(document: Any) -> None:
    references = {
        each["$ref"]
        for each in _everything(document)
        if isinstance(each, dict) and isinstance(each.get("$ref"), str)
    }
    assert references
    for reference in references:
        found = document
        assert reference.startswith("#/")
        for part in reference[2:].split("/"):
            found = found[part]


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
