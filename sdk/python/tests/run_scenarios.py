"""Runs the scenarios that every SDK runs, and prints a line for each step; see ../../README.md.

`--async` runs them with the async client.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import re
import sys
import urllib.request
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

from letmepost_sdk import (
    AsyncLetmepost,
    Letmepost,
    LetmepostError,
    WebhookVerificationError,
    verify_webhook,
)

RETRY_BASE_SECONDS = 0.01
_CAPITAL = re.compile(r"(?=[A-Z])")
# The names of methods' arguments that stand for what `with` calls `id`.
_ID = re.compile(r"^\w+_id$")
_NAME = re.compile(r"\$\{(\w+)\}")


class UnmetError(Exception):
    """A step did not give what it must."""


def snake(name: str) -> str:
    return _CAPITAL.sub("_", name).lower()


def filled(value: Any, variables: Mapping[str, Any]) -> Any:
    """The value with every `${name}` replaced."""
    if isinstance(value, dict):
        return {name: filled(each, variables) for name, each in value.items()}
    if isinstance(value, list):
        return [filled(each, variables) for each in value]
    if not isinstance(value, str):
        return value
    if whole := _NAME.fullmatch(value):
        return variables[whole[1]]
    return _NAME.sub(lambda found: str(variables[found[1]]), value)


def at(document: Any, path: str) -> Any:
    """What a dotted path leads to; None where it leads nowhere."""
    for part in path.split("."):
        if isinstance(document, list):
            document = document[int(part)] if int(part) < len(document) else None
        elif isinstance(document, dict):
            document = document.get(part)
        else:
            return None
    return document


class Lines:
    """Writes what is the same in every run and every language."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._without = set(document["without"])
        self._placeholders = [
            (re.compile(each["pattern"]), each["with"]) for each in document["placeholders"]
        ]

    def write(self, scenario: str, step: int, result: Any) -> None:
        line = {"scenario": scenario, "step": step, "result": self._plain(result)}
        text = json.dumps(line, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        sys.stdout.write(f"{text}\n")

    def _plain(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {
                name: self._plain(each)
                for name, each in value.items()
                if each is not None and name not in self._without
            }
        if isinstance(value, list):
            return [self._plain(each) for each in value]
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if isinstance(value, str):
            for pattern, instead in self._placeholders:
                value = pattern.sub(instead, value)
        return value


async def settled(value: Any) -> Any:
    """The value itself, or what is awaited by it."""
    return await value if inspect.isawaitable(value) else value


async def call(client: Any, name: str, given: dict[str, Any], options: Mapping[str, Any]) -> Any:
    """Call a method by the name that it has in the scenarios."""
    if name == "webhooks.verify":
        return verify_webhook(given["body"], given["headers"], given["secret"])
    method = method_of(client, name)
    arguments, rest = arguments_of(method, given)
    return await settled(method(*arguments, **rest, **{snake(k): v for k, v in options.items()}))


def method_of(client: Any, name: str) -> Callable[..., Any]:
    resource, _, method = name.partition(".")
    found: Callable[..., Any] = getattr(getattr(client, snake(resource)), snake(method))
    return found


def arguments_of(
    method: Callable[..., Any], given: dict[str, Any]
) -> tuple[list[Any], dict[str, Any]]:
    """What is given, as the method takes it: ids, then the body, or else arguments by name."""
    rest = dict(given)
    arguments: list[Any] = []
    for name in inspect.signature(method).parameters:
        if _ID.match(name):
            arguments.append(rest.pop("id"))
        elif name == "file":
            arguments.append(rest.pop("path"))
        elif name == "body":
            return [*arguments, rest], {}
    return arguments, {snake(name): value for name, value in rest.items()}


async def walked(client: Any, name: str, given: Mapping[str, Any]) -> dict[str, int]:
    """How many entries all pages have, and how many different ids."""
    iterate = method_of(client, name.replace(".list", ".iterate"))
    entries = iterate(**{snake(k): v for k, v in given.items()})
    if isinstance(entries, AsyncIterator):
        ids = [entry["id"] async for entry in entries]
    else:
        ids = [entry["id"] for entry in entries]
    return {"count": len(ids), "distinct": len(set(ids))}


def drop_connection(step: Mapping[str, Any]) -> None:
    request = urllib.request.Request(  # noqa: S310 - the address of the test's proxy
        os.environ["SCENARIO_CONTROL_URL"],
        data=json.dumps(step).encode(),
        headers={"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request).close()  # noqa: S310 - as above


async def result_of(client: Any, step: Mapping[str, Any], variables: Mapping[str, Any]) -> Any:
    if "dropConnection" in step:
        drop_connection(step)
        return dict(step)
    given = filled(step.get("with", {}), variables)
    if "paginate" in step:
        return await walked(client, step["paginate"], given)
    try:
        return await call(client, step["call"], given, step.get("options", {}))
    except LetmepostError as error:
        name = type(error).__name__.removesuffix("Error")
        return {"error": {"class": name, "status": error.status, **error.details}}
    except WebhookVerificationError as error:
        name = type(error).__name__.removesuffix("Error")
        return {"error": {"class": name, "reason": error.reason}}


def check(step: Mapping[str, Any], result: Any, variables: Mapping[str, Any]) -> None:
    """Raise where the result is not what the step expects."""
    expected = filled(step.get("expect", {}), variables)
    failed = isinstance(result, dict) and set(result) == {"error"}
    wanted = expected.get("error")
    if failed is not isinstance(wanted, dict):
        raise UnmetError(f"an error was {'not ' if wanted is None else ''}expected: {result}")
    document = result["error"] if failed else result
    for path, value in (wanted if failed else expected).items():
        if at(document, path) != value:
            raise UnmetError(f"{path} is {at(document, path)!r}, and must be {value!r}")


async def run(client: Any, document: Mapping[str, Any]) -> int:
    lines = Lines(document)
    start = json.loads(os.environ["SCENARIO_VARIABLES"])
    for scenario in document["scenarios"]:
        variables = dict(start)
        for number, step in enumerate(scenario["steps"], 1):
            result = await result_of(client, step, variables)
            lines.write(scenario["name"], number, result)
            try:
                check(step, result, variables)
            except UnmetError as unmet:
                sys.stderr.write(f"{scenario['name']}, step {number}: {unmet}\n")
                return 1
            document_to_save = result.get("error", result) if isinstance(result, dict) else result
            for name, path in step.get("save", {}).items():
                variables[name] = at(document_to_save, path)
    return 0


async def main(document: Mapping[str, Any]) -> int:
    options: dict[str, Any] = {
        "api_key": os.environ["LETMEPOST_API_KEY"],
        "base_url": os.environ["LETMEPOST_API_BASE"],
        "retry_base_seconds": RETRY_BASE_SECONDS,
    }
    if "--async" in sys.argv[1:]:
        async with AsyncLetmepost(**options) as client:
            return await run(client, document)
    with Letmepost(**options) as blocking:
        return await run(blocking, document)


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # it is a text stream
    sys.exit(asyncio.run(main(json.loads(Path(os.environ["SCENARIOS"]).read_text("utf-8")))))
