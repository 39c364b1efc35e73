"""What every SDK is generated from: the OpenAPI document, and the registry of error codes."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from letmepost.content.errors import ERROR_PAGES, ErrorCode

REPOSITORY = Path(__file__).parents[2]
DOCUMENT = REPOSITORY / "openapi.json"
# What a class is called whose code does not make a good name by itself.
_CLASSES = {
    ErrorCode.VALIDATION_FAILED: "Validation",
    ErrorCode.PLATFORM_AUTH_FAILED: "PlatformAuth",
    ErrorCode.INTERNAL_ERROR: "Internal",
}


@dataclass(frozen=True)
class ErrorClass:
    """The class of one code; its name, to which `Error` is added where a language does that."""

    code: str
    name: str
    meaning: str


def error_classes() -> list[ErrorClass]:
    """One class for each code that the server may answer."""
    return [
        ErrorClass(
            page.code.value,
            _CLASSES.get(page.code) or "".join(part.title() for part in page.code.split("_")),
            page.meaning,
        )
        for page in ERROR_PAGES.values()
    ]


def document() -> dict[str, Any]:
    """The OpenAPI document that is kept in the root, with each parameter written out."""
    kept: dict[str, Any] = json.loads(DOCUMENT.read_text("utf-8"))
    shared = kept["components"]["parameters"]
    for operations in kept["paths"].values():
        for operation in operations.values():
            operation["parameters"] = [
                shared[each["$ref"].rpartition("/")[2]] if "$ref" in each else each
                for each in operation.get("parameters", ())
            ]
    return kept


def schemas(described: Mapping[str, Any]) -> dict[str, Any]:
    """The schemas of a document by name."""
    found: dict[str, Any] = described["components"]["schemas"]
    return found


def named(described: Mapping[str, Any]) -> dict[str, Any]:
    """The same document, with readable names where a schema is called by its module too."""
    text = json.dumps(described)
    for name in schemas(described):
        *module, last = name.split("__")
        if module:
            text = text.replace(name, f"{module[-2].title()}{last}")
    renamed: dict[str, Any] = json.loads(text)
    return renamed


def calls(described: Mapping[str, Any]) -> dict[str, Any]:
    """Each operation that is a call, by a name such as `GET /v1/posts/{id}`, in order.

    A signed address is none: answers give it whole, and it is used as it is.
    """
    return {
        f"{method.upper()} {path}": operation
        for path, operations in described["paths"].items()
        for method, operation in operations.items()
        if all(each["name"] != "signature" for each in operation.get("parameters", ()))
    }


class MissingProgramError(SystemExit):
    """A program that an SDK is made with is not on this machine; its Debian package is named."""

    def __init__(self, name: str, package: str) -> None:
        super().__init__(
            f"The SDKs are made with {name}, which is not installed: "
            f"install the Debian package {package}."
        )


def program(name: str, *, package: str) -> str:
    """Where a program is. Raises `MissingProgramError`."""
    path = shutil.which(name)
    if path is None:
        raise MissingProgramError(name, package)
    return path
