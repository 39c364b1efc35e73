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
    from sdks.python import _named  # noqa: PLC0415 - as above

    long = "letmepost__platforms__kites__options__Tail"
    given = {"components": {"schemas": {long: {"$ref": f"#/components/schemas/{long}"}}}}
    assert _named(given) == {
        "components": {"schemas": {"KitesTail": {"$ref": "#/components/schemas/KitesTail"}}}
    }
