"""The options of a platform as fields of a form, from the model that the API takes them by."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from letmepost.dashboard.words import words
from letmepost.platforms import platforms

Kind = Literal["text", "number", "flag", "choice"]


@dataclass(frozen=True)
class OptionField:
    """One option that a form can ask for; lists and objects are the API's alone."""

    name: str
    kind: Kind
    help_text: str
    choices: tuple[str, ...] = ()
    max_length: int | None = None

    @property
    def label(self) -> str:
        """The name in words: `boardId` is "board id"."""
        return words(self.name)

    def read(self, given: str) -> Any:  # noqa: ANN401 - JSON
        """The value for the API; what is no number is passed on, so that the API can say so."""
        if self.kind == "flag":
            return given == "true"
        if self.kind == "number" and given.lstrip("-").isdecimal():
            return int(given)
        return given


@cache
def option_fields(platform_name: str) -> tuple[OptionField, ...]:
    """The fields of a platform, in the order of its model."""
    platform = platforms()[platform_name]
    schema = platform.options.model_json_schema()
    definitions = schema.get("$defs", {})
    apart = {"platform", platform.threads_field}
    fields = (
        _field(name, each, definitions)
        for name, each in schema["properties"].items()
        if name not in apart
    )
    return tuple(each for each in fields if each is not None)


def _field(
    name: str, schema: Mapping[str, Any], definitions: Mapping[str, Any]
) -> OptionField | None:
    kinds = [each for each in schema.get("anyOf", [schema]) if each.get("type") != "null"]
    if len(kinds) != 1:
        return None
    only = kinds[0]
    if "$ref" in only:
        only = definitions.get(only["$ref"].rpartition("/")[2], {})
    help_text = schema.get("description", "")
    if "enum" in only:
        choices = tuple(str(each) for each in only["enum"])
        return OptionField(name, "choice", help_text, choices)
    kind: Kind | None = {"string": "text", "boolean": "flag", "integer": "number"}.get(
        only.get("type", "")
    )  # type: ignore[assignment] # one of the kinds, or none
    if kind is None:
        return None
    return OptionField(name, kind, help_text, max_length=only.get("maxLength"))
