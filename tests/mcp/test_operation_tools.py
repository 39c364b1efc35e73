"""Tools are made of any OpenAPI document, however it is laid out."""

import pytest

from letmepost.mcp.operation_tools import operation_tools


def test_a_document_may_name_what_it_declares_elsewhere() -> None:
    page = {"name": "page", "in": "query", "required": True, "schema": {"type": "integer"}}
    answer = {"content": {"application/json": {"schema": {"type": "object"}}}}
    read = {
        "summary": "Read",
        "tags": ["Posts"],
        "parameters": [{"$ref": "#/components/parameters/Page"}],
        "responses": {"200": {"$ref": "#/components/responses/Found"}, "404": {}},
    }
    document = {
        "paths": {"/v1/x": {"summary": "About x", "parameters": [], "get": read}},
        "components": {
            "schemas": {},
            "parameters": {"Page": page},
            "responses": {"Found": answer},
        },
    }
    [tool] = operation_tools(document)
    assert tool.name == "get_v1_x"
    assert tool.input_schema["required"] == ["page"]


def test_an_argument_has_one_place() -> None:
    named = {"name": "id", "in": "query", "schema": {"type": "string"}}
    body = {"type": "object", "properties": {"id": {"type": "string"}}}
    write = {
        "summary": "Write",
        "tags": ["Posts"],
        "parameters": [named],
        "requestBody": {"content": {"application/json": {"schema": body}}},
        "responses": {},
    }
    document = {"paths": {"/v1/x": {"post": write}}, "components": {"schemas": {}}}
    with pytest.raises(ValueError, match="stands in address and body"):
        list(operation_tools(document))
