"""Settings from the environment: declared once, read with a sentence for every mistake."""

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

PREFIX = "LETMEPOST_"
# What Kubernetes and Docker put into the environment of a neighbour of a service "letmepost".
_SERVICE_LINK = re.compile(
    r"^LETMEPOST_(SERVICE_(HOST|PORT).*|PORT(_\d+_(TCP|UDP).*)?)$",
)


class SettingsError(Exception):
    """The environment holds what cannot be meant; each sentence names one mistake."""

    def __init__(self, sentences: Iterable[str]) -> None:
        self.sentences = tuple(sentences)
        super().__init__("\n".join(self.sentences))


class SettingsModel(BaseModel):
    """What a group of settings is declared as: a field each, its description on the docs page."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


Group = TypeVar("Group", bound=SettingsModel)


def variable_names(model: type[SettingsModel], prefix: str = PREFIX) -> dict[str, str]:
    """The environment variable of each field, by field name."""
    return {field: f"{prefix}{field.upper()}" for field in model.model_fields}


def _is_service_link(name: str, value: str) -> bool:
    if name == f"{PREFIX}PORT":
        return "://" in value
    return bool(_SERVICE_LINK.match(name))


def read_group(model: type[Group], environment: Mapping[str, str], prefix: str = PREFIX) -> Group:
    """Read one group; raise `SettingsError` with a sentence for every value that does not fit."""
    names = variable_names(model, prefix)
    values = {
        field: environment[name]
        for field, name in names.items()
        if environment.get(name, "") != "" and not _is_service_link(name, environment[name])
    }
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise SettingsError(
            f"{names.get(str(issue['loc'][0]), prefix) if issue['loc'] else prefix}: {issue['msg']}"
            for issue in error.errors(include_url=False, include_input=False)
        ) from None


def refuse_unknown(environment: Mapping[str, str], known: Iterable[str]) -> None:
    """Stop at a misspelled name: a setting that does nothing is found out too late."""
    names = set(known)
    sentences = []
    for name in sorted(environment):
        if not name.startswith(PREFIX) or name in names:
            continue
        if _is_service_link(name, environment[name]):
            continue
        close = difflib.get_close_matches(name, names, n=1)
        hint = f"; did you mean {close[0]}?" if close else "; it is not a setting of this version."
        sentences.append(f"{name} is unknown{hint}")
    if sentences:
        raise SettingsError(sentences)
