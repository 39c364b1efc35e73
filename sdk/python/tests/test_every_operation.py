"""Every operation of the API has a method, with its parameters and its answer."""

import ast
import inspect
import re
import typing
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import letmepost_sdk
from letmepost.api.app import OPERATIONS
from letmepost.api.openapi import describe
from letmepost.content.errors import ErrorCode
from letmepost_sdk import Letmepost, LetmepostError
from letmepost_sdk.error_codes import CLASSES
from letmepost_sdk.filters import (
    AuditFilters,
    CalendarFilters,
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
from letmepost_sdk.types import Event

RESOURCES = Path(letmepost_sdk.__file__).parent / "resources"
OF_A_CALL = set(CallOptions.__optional_keys__)
# What the SDK says with a method or an argument of its own.
SAID_OTHERWISE = {"upstream"}


@cache
def document() -> Any:
    return describe(OPERATIONS, "http://127.0.0.1:8000")


def operations() -> dict[tuple[str, str], Any]:
    return {
        (method.upper(), path): operation
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
        # A signed address is no call: answers give it whole, and it is used as it is.
        if "signature" not in query_of(operation)
    }


def query_of(operation: Any) -> set[str]:
    """The names in the query of an operation; what it shares with others is in headers."""
    parameters = operation.get("parameters", ())
    return {each["name"] for each in parameters if each.get("in") == "query"}


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
    contents = [
        each["content"]["application/json"]["schema"]
        for status, each in operation["responses"].items()
        if status.startswith("2")
    ]
    several = [each for content in contents for each in content.get("oneOf", [content])]
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
        ("/v1/calendar", CalendarFilters),
        ("/v1/media", ProfilePageFilters),
        ("/v1/accounts", ProfileFilter),
        ("/v1/api-keys", PageFilters),
        ("/v1/audit-log", AuditFilters),
        ("/v1/events", EventFilters),
        ("/v1/webhook-endpoints", ProfilePageFilters),
        ("/v1/webhook-endpoints/{id}/deliveries", DeliveryFilters),
        ("/v1/rules", RuleFilters),
    ],
)
def test_filters_are_the_parameters_of_the_operation(path: str, filters: Any) -> None:
    given = {_camel(name) for name in filters.__optional_keys__ - OF_A_CALL}
    assert given == query_of(operations()["GET", path])


def test_every_query_is_known() -> None:
    """A parameter that is new to an operation without filters is noticed too."""
    with_filters = {
        path
        for node, _, method, path in methods()
        if method == "GET" and "Filter" in ast.unparse(node.args)
    }
    for (method, path), operation in operations().items():
        query = query_of(operation)
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
    client = Letmepost(api_key="k")
    assert inspect.getdoc(client.posts.create) is not None
    assert "self" not in inspect.signature(client.posts.create).parameters
    assert typing.get_type_hints(letmepost_sdk.verify_webhook)["return"] == Event
