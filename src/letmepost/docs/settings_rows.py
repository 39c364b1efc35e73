"""Settings in words: the rows of the settings page, from the models that declare them."""

import types
from collections.abc import Iterator
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from letmepost.docs.markdown import fill
from letmepost.docs.site import Setting, Site
from letmepost.kit.settings import PREFIX, SettingsModel, variable_names

_WORDS: dict[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    SecretStr: "secret text",
}


def setting_rows(group: str, model: type[SettingsModel], prefix: str = PREFIX) -> Iterator[Setting]:
    """The rows of one settings model, in the order of its fields."""
    for name, variable in variable_names(model, prefix).items():
        declared = model.model_fields[name]
        yield Setting(
            group=group,
            variable=variable,
            type=_type_words(declared.annotation),
            default=_default_words(declared),
            description=declared.description or "",
        )


def _type_words(annotation: Any) -> str:  # noqa: ANN401 - any annotation
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return "one of " + ", ".join(f"`{each}`" for each in arguments)
    if origin in (Union, types.UnionType):
        return " or ".join(_type_words(each) for each in arguments if each is not types.NoneType)
    if hasattr(annotation, "__metadata__"):
        return _type_words(arguments[0])
    if origin in (list, tuple, frozenset, set):
        return "list, comma-separated"
    return _WORDS.get(annotation, getattr(annotation, "__name__", str(annotation)).lower())


def _default_words(declared: FieldInfo) -> str:
    if declared.is_required():
        return "required"
    value = declared.get_default(call_default_factory=True, validated_data={})
    if value is None or value in ("", (), []):
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, SecretStr):
        return "set"
    if isinstance(value, (list, tuple, frozenset)):
        return "`" + ",".join(str(each) for each in value) + "`"
    return f"`{value}`"


def settings_page(site: Site) -> str:
    """The page of all settings, as Markdown."""
    groups = dict.fromkeys(each.group for each in site.settings)
    return fill(
        "settings.md",
        groups=[
            (group, [each for each in site.settings if each.group == group]) for group in groups
        ],
    )
