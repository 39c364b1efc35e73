"""The generated files of the SDKs: what is stale is found, and names come out readable."""

import sys
from pathlib import Path
from typing import Any

import pytest

from letmepost.content.errors import ErrorCode

TOOLS = Path(__file__).parents[2] / "tools"


@pytest.fixture(autouse=True)
def tools_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(TOOLS), *sys.path])


def test_a_generated_file_that_is_missing_or_stale_is_found(tmp_path: Path) -> None:
    from check_sdks import problems  # noqa: PLC0415 - tools are no package

    kept, stale, missing = (tmp_path / name for name in ("kept", "stale", "missing"))
    kept.write_text("same", encoding="utf-8")
    stale.write_text("old", encoding="utf-8")
    wanted = {kept: "same", stale: "new", missing: "new"}
    assert [sentence.split()[0] for sentence in problems(wanted)] == [str(stale), str(missing)]


def test_every_code_has_a_class_of_its_own() -> None:
    from sdks.declarations import error_classes  # noqa: PLC0415 - as above

    names = {each.code: each.name for each in error_classes()}
    assert set(names) == {code.value for code in ErrorCode}
    assert len(set(names.values())) == len(names)
    assert names["validation_failed"] == "Validation"
    assert names["platform_auth_failed"] == "PlatformAuth"
    assert names["rate_limited"] == "RateLimited"


def test_limits_are_left_out_and_fields_called_like_them_are_not() -> None:
    from sdks.python import _unlimited  # noqa: PLC0415 - as above

    given: dict[str, Any] = {
        "type": "object",
        "properties": {
            "pattern": {"type": "string", "pattern": "^a$"},
            "properties": {"maxLength": 3, "properties": {"minimum": {"minimum": 1}}},
        },
    }
    assert _unlimited(given) == {
        "type": "object",
        "properties": {
            "pattern": {"type": "string"},
            "properties": {"properties": {"minimum": {}}},
        },
    }


def test_a_schema_that_is_called_by_its_module_gets_a_name() -> None:
    from sdks.declarations import named  # noqa: PLC0415 - as above

    long = "letmepost__platforms__kites__options__Tail"
    given = {"components": {"schemas": {long: {"$ref": f"#/components/schemas/{long}"}}}}
    assert named(given) == {
        "components": {"schemas": {"KitesTail": {"$ref": "#/components/schemas/KitesTail"}}}
    }


def test_a_field_is_called_in_go_as_go_calls_things() -> None:
    from sdks.go_types import exported  # noqa: PLC0415 - as above

    given = ("accountId", "mediaIds", "threadUris", "ruleUrl", "last4", "posts:read", "PUBLIC")
    assert [exported(name) for name in given] == [
        *("AccountID", "MediaIDs", "ThreadURIs", "RuleURL", "Last4", "PostsRead", "Public")
    ]


TEXT_OR_NULL = {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}
KITE = {
    "type": "object",
    "required": ["name", "line"],
    "properties": {
        "name": {"type": "string"},
        "line": TEXT_OR_NULL,
        "tail": TEXT_OR_NULL,
        "height": {"type": "integer", "default": 0},
        "steps": {"type": "integer", "default": 5},
        "flags": {"type": "array", "items": {"type": "string"}},
        "kind": {"enum": ["box", "delta"], "type": "string"},
    },
}


def _go_fields(method: str, schema: dict[str, Any]) -> dict[str, str]:
    """The fields of a document that this method sends, or that none does."""
    from sdks.go_types import Types  # noqa: PLC0415 - as above

    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Kite"}}}}
    described = {
        "components": {"schemas": {"Kite": schema}},
        "paths": {"/kites": {method: {"requestBody": body}}},
    }
    fields = Types(described).fields("Kite", schema)
    return {each.name: f"{each.type} {each.tag}" for each in fields.written}


def test_a_field_of_a_request_in_go_is_left_out_unless_it_is_given() -> None:
    assert _go_fields("post", KITE) == {
        "Name": "string name",
        "Line": "*string line,omitempty",
        "Tail": "*string tail,omitempty",
        "Height": "int64 height,omitempty",
        "Steps": "*int64 steps,omitempty",
        "Flags": "[]string flags,omitempty",
        "Kind": "KiteKind kind,omitempty",
    }


def test_a_field_of_a_change_in_go_can_be_null() -> None:
    fields = _go_fields("patch", KITE)
    assert fields["Tail"] == "Optional[string] tail,omitempty"
    assert fields["Name"] == "string name"


def test_a_field_of_a_change_in_go_can_be_zero() -> None:
    fields = _go_fields("patch", KITE)
    assert fields["Height"] == "Optional[int64] height,omitempty"
    assert fields["Flags"] == "Optional[[]string] flags,omitempty"


def test_a_field_of_an_answer_in_go_is_a_pointer_where_it_may_be_absent() -> None:
    assert _go_fields("get", KITE) == {
        "Name": "string name",
        "Line": "*string line",
        "Tail": "*string tail",
        "Height": "*int64 height",
        "Steps": "*int64 steps",
        "Flags": "[]string flags",
        "Kind": "*KiteKind kind",
    }


def test_what_can_have_one_value_only_is_not_asked_for_in_go() -> None:
    from sdks.go import files  # noqa: PLC0415 - as above

    kite = {"properties": {"platform": {"const": "kites"}, "text": {"type": "string"}}}
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Kite"}}}}
    described = {
        "components": {"schemas": {"Kite": kite}},
        "paths": {"/kites": {"post": {"operationId": "fly", "requestBody": body}}},
    }
    types = next(text for path, text in files(described).items() if path.name == "types.go")
    assert 'Text string `json:"text,omitempty"`' in types
    assert '}{"kites", given(o)})' in types


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _one_of(tag: str, **members: str) -> dict[str, Any]:
    """A union whose members a tag tells apart."""
    mapping = {value: _reference(name)["$ref"] for value, name in members.items()}
    listed = [_reference(name) for name in dict.fromkeys(members.values())]
    discriminator = {"propertyName": tag, "mapping": mapping}
    return {"oneOf": listed, "discriminator": discriminator, "description": "One of several."}


def _news(value: str, data: str) -> dict[str, Any]:
    properties = {"id": {"type": "string"}, "type": {"const": value}, "data": _reference(data)}
    return {"type": "object", "required": list(properties), "properties": properties}


def _go_file(name: str, described: dict[str, Any]) -> str:
    """One generated file of the Go SDK, without what aligns it."""
    from sdks.go import files  # noqa: PLC0415 - as above

    (text,) = (text for path, text in files(described).items() if path.name == name)
    return " ".join(text.split())


def test_documents_that_a_tag_tells_apart_are_one_struct_with_typed_data_in_go() -> None:
    schemas = {
        "Flown": {"properties": {"meters": {"type": "integer"}}},
        "Lost": {"properties": {"place": {"type": "string"}}},
        "FlownNews": _news("flown", "Flown"),
        "LandedNews": _news("landed", "Flown"),
        "LostNews": _news("lost", "Lost"),
        "NewsName": {"enum": ["flown", "landed", "lost"], "type": "string"},
        "News": _one_of("type", flown="FlownNews", landed="LandedNews", lost="LostNews"),
    }
    types = _go_file("types.go", {"components": {"schemas": schemas}, "paths": {}})
    assert 'type News struct { ID string `json:"id"` Type NewsName `json:"type"`' in types
    assert 'Data NewsData `json:"data"`' in types
    assert "o.Data, err = readNewsData(string(o.Type), read.Data)" in types
    assert 'case "flown", "landed": return readAs[Flown](document)' in types
    assert "return readAs[UnknownNewsData](document)" in types
    assert "FlownNews" not in types


def test_a_union_that_is_sent_is_read_by_its_own_tag_in_go() -> None:
    tail = {"properties": {"kind": {"const": "ribbon"}, "length": {"type": "integer"}}}
    kite = {"properties": {"tail": _reference("Tail")}}
    schemas = {
        "Kite": kite,
        "Shown": kite,
        "Ribbon": tail,
        "Tail": _one_of("kind", ribbon="Ribbon"),
    }
    body = {"content": {"application/json": {"schema": _reference("Kite")}}}
    paths = {"/kites": {"post": {"operationId": "fly", "requestBody": body}}}
    types = _go_file("types.go", {"components": {"schemas": schemas}, "paths": paths})
    assert 'type Kite struct { Tail Tail `json:"tail,omitempty"` }' in types
    assert 'o.Tail, err = readTail(textAt(read.Tail, "kind"), read.Tail)' in types
    assert types.count("UnmarshalJSON(") == 1


def test_a_query_has_the_named_values_of_the_document_in_go() -> None:
    asked = {
        "kind": {"type": "array", "items": _reference("KiteKind")},
        "color": _reference("Color"),
        "limit": {"type": "integer"},
        "after": {"type": "string", "format": "date-time"},
    }
    parameters = [
        {"in": "query", "name": name, "description": "Only these.", "schema": schema}
        for name, schema in asked.items()
    ]
    kinds = {"enum": ["box", "delta"], "type": "string"}
    described = {
        "components": {"schemas": {"KiteKind": kinds, "Color": kinds}},
        "paths": {"/kites": {"get": {"operationId": "listKites", "parameters": parameters}}},
    }
    queries = _go_file("queries.go", described)
    for field in ("Kind []KiteKind", "Color Color", "Limit int", "After time.Time"):
        assert field in queries
    for line in ('setList(query, "kind", q.Kind)', 'setText(query, "color", q.Color)'):
        assert line in queries


def test_a_signed_address_is_no_call() -> None:
    from sdks.declarations import calls  # noqa: PLC0415 - as above

    signed = {"parameters": [{"name": "id"}, {"name": "signature"}]}
    paths = {"/kites": {"get": {}}, "/kites/{id}/content": {"put": signed}}
    assert list(calls({"paths": paths})) == ["GET /kites"]


def test_typescript_has_no_types_of_answers_that_are_thrown() -> None:
    from sdks.typescript import _answered  # noqa: PLC0415 - as above

    responses: dict[str, Any] = {"200": {}, "202": {}, "404": {}, "default": {}}
    kept = _answered({"paths": {"/kites": {"get": {"responses": responses}}}})
    assert list(kept["paths"]["/kites"]["get"]["responses"]) == ["200", "202"]


def test_a_program_that_is_missing_is_named_with_its_package(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from sdks.declarations import program  # noqa: PLC0415 - as above

    monkeypatch.setenv("PATH", "")
    with pytest.raises(SystemExit, match=r"gofmt.*install the Debian package golang-go\."):
        program("gofmt", package="golang-go")
