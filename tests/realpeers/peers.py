"""Two kinds of PDS to ask the same, and what of an answer they can have in common."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

from tests.realpeers.exchanges import Step, login


@dataclass
class Peer:
    """A PDS, real or simulated, and one account on it."""

    url: str
    plc_url: str
    names: dict[str, str]


async def log_in(session: aiohttp.ClientSession, peer: Peer) -> None:
    (answer,) = await play(session, peer, [login("<handle>", "<app_password>")])
    names = {"did": "did", "access": "accessJwt", "refresh": "refreshJwt"}
    peer.names |= {name: answer["body"][key] for name, key in names.items()}


async def play(
    session: aiohttp.ClientSession, peer: Peer, steps: Sequence[Step]
) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = []
    for step in steps:
        headers = dict(step.headers)
        if step.token is not None:
            headers["Authorization"] = f"Bearer {filled(step.token, peer, answers)}"
        async with session.request(
            step.method,
            f"{peer.url}/xrpc/{step.nsid}",
            params=filled(step.params, peer, answers),
            json=filled(step.json, peer, answers),
            data=step.data,
            headers=headers,
        ) as answer:
            text = await answer.text()
            answers.append({"status": answer.status, "body": json.loads(text) if text else None})
    return answers


def filled(value: Any, peer: Peer, answers: Sequence[Mapping[str, Any]]) -> Any:
    """Put a peer's own names, and its earlier answers, into a request."""
    if isinstance(value, Mapping):
        return {key: filled(item, peer, answers) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, peer, answers) for item in value]
    if not isinstance(value, str):
        return value
    if earlier := re.fullmatch(r"<(\d+)\.([\w.]+)>", value):
        found: Any = answers[int(earlier[1])]["body"]
        for key in earlier[2].split("."):
            found = found[key]
        return found
    return re.sub(r"<(\w+)>", lambda name: peer.names[name[1]], value)


def comparable(value: Any, peer: Peer, *, named: bool) -> Any:
    """Take out of an answer what two servers cannot have in common."""
    if isinstance(value, dict):
        return {
            key: comparable(kept(key, item, named=named), peer, named=named)
            for key, item in sorted(value.items())
        }
    if isinstance(value, list):
        return [comparable(item, peer, named=named) for item in value]
    if not isinstance(value, str):
        return value
    value = value.replace(peer.names["did"], "<did>").replace(peer.names["handle"], "<handle>")
    # A key that the server chose begins with the time, unlike those that the cases chose.
    return re.sub(r"/3[n-z][a-z2-7]{11}$", "/<key>", value)


def kept(key: str, item: Any, *, named: bool) -> Any:
    if key in ("accessJwt", "refreshJwt", "token"):
        return len(item.split("."))
    if key == "commit":
        return sorted(item)
    if key == "didDoc":
        services = [(each["id"], each["type"]) for each in item["service"]]
        return [item["id"], item["alsoKnownAs"], services]
    # A record that names its account has another identifier on another server.
    if key == "cid" and named:
        return len(item)
    return item
