"""LETMEPOST_RECORD_UPSTREAM writes down every call to a platform, and no secret."""

import base64
import binascii
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import pytest
from pydantic import SecretStr

from letmepost.accounts.credentials import open_credentials
from letmepost.accounts.tables import accounts
from letmepost.platform_kit.redaction import HIDDEN, SECRET_NAMES
from letmepost.platforms import platforms
from tests.platforms.every_platform import (
    WITH_CASES,
    Play,
    cases,
    playing,
    playing_tokens,
)

SECRET_CHARACTERS_MIN = 6
BODIES = {"json", "form", "multipart", "body", "body_base64"}
BINARY_BYTES = 256

pytestmark = [
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
    pytest.mark.parametrize("platform", WITH_CASES),
]


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return tmp_path / "upstream.jsonl"


@pytest.fixture
async def play(
    platform: str, database_url: str, tmp_path: Path, record: Path
) -> AsyncIterator[Play]:
    settings = {"LETMEPOST_RECORD_UPSTREAM": str(record)}
    async with playing(platform, database_url, tmp_path / "data", **settings) as opened:
        yield opened


def content_of(record: Path) -> str:
    return record.read_text("utf-8")


async def journey(play: Play) -> set[str]:
    """Do all that a platform can be asked to do; every secret that was used on the way."""
    secrets = await stored_secrets(play)
    for kind in cases(play.platform).KINDS:
        published = await play.end(await play.server.post_kind(kind))
        assert published["status"] == "published"
    if play.platform in playing_tokens("expired_token"):
        await play.backstage.fault(fault="expired_token")
        assert (await play.end(await play.post("renewed")))["status"] == "published"
    if platforms()[play.platform].examined_by is not None:
        await play.server.call("GET", f"/v1/accounts/{play.server.account_id}/check")
    if platforms()[play.platform].deletes_by is not None:
        await play.server.call("DELETE", f"/v1/posts/{published['id']}?upstream=true")
    secrets |= await stored_secrets(play)
    for request in await play.backstage.requests():
        secrets |= set(sent_secrets(request))
    return {each for each in secrets if len(each) >= SECRET_CHARACTERS_MIN}


async def stored_secrets(play: Play) -> set[str]:
    """The account's credentials as they are now, and what the platform's settings hide."""
    connecting = play.server.service.state.connecting
    found = set()
    for row in await play.server.rows(accounts):
        opened = open_credentials(connecting.keyring, row["id"], row["credentials"])
        found |= {value for value in opened.values() if isinstance(value, str)}
    settings = connecting.platform_settings[play.platform]
    hidden = (getattr(settings, name) for name in type(settings).model_fields)
    return found | {each.get_secret_value() for each in hidden if isinstance(each, SecretStr)}


def sent_secrets(request: Mapping[str, Any]) -> Iterator[str]:
    """What of a request that arrived nobody else may read."""
    _, _, token = request["headers"].get("authorization", "").partition(" ")
    yield token
    with suppress(binascii.Error, UnicodeDecodeError):
        yield base64.b64decode(token, validate=True).decode().partition(":")[2]
    named = [*request["query"].items(), *parse_qsl(request.get("body", ""))]
    with suppress(ValueError):
        named += list(pairs_in(json.loads(request.get("body", ""))))
    for name, value in named:
        if name.lower() in SECRET_NAMES:
            yield value


def pairs_in(value: Any) -> Iterator[tuple[str, str]]:
    """Every name of a JSON text with its text."""
    if isinstance(value, list):
        for inner in value:
            yield from pairs_in(inner)
    if isinstance(value, dict):
        yield from ((name, inner) for name, inner in value.items() if isinstance(inner, str))
        yield from pairs_in(list(value.values()))


async def test_the_record_of_calls_holds_no_secret(play: Play, record: Path) -> None:
    secrets = await journey(play)
    assert len(secrets) > 1
    written = content_of(record)
    leaked = {each for each in secrets if each in written or quote(each, safe="") in written}
    assert not leaked
    assert HIDDEN in written


async def test_the_record_has_every_call_as_it_arrived(play: Play, record: Path) -> None:
    await journey(play)
    lines = [json.loads(line) for line in content_of(record).splitlines()]
    arrived = await play.backstage.requests()
    recorded = Counter((line["method"], unquote(urlsplit(line["url"]).path)) for line in lines)
    seen = Counter((each["method"], each["path"]) for each in arrived)
    assert not recorded - seen
    # What the owner's browser asks of the consent page is no call of ours.
    visits = 1 if platforms()[play.platform].connect.kind == "oauth" else 0
    assert (seen - recorded).total() == visits
    sizes: dict[tuple[str, str], list[int]] = {}
    for each in arrived:
        sizes.setdefault((each["method"], each["path"]), []).append(each["bodyBytes"])
    for line in lines:
        where = line["method"], unquote(urlsplit(line["url"]).path)
        assert line["platform"] == play.platform
        assert line["headers"].get("Authorization", HIDDEN) == HIDDEN
        body = BODIES & set(line)
        assert len(body) == (1 if sizes[where].pop(0) else 0), line
        hold_to_the_form(line)


def hold_to_the_form(line: Mapping[str, Any]) -> None:
    """A body stands in the record by its kind, files by their sizes or by how they begin."""
    kind = line["headers"].get("Content-Type", "")
    if "json" in line:
        assert kind.startswith("application/json")
    if "form" in line:
        assert kind.startswith("application/x-www-form-urlencoded")
    if "multipart" in line:
        assert kind.startswith("multipart/form-data")
        for part in line["multipart"]:
            assert part["name"]
            assert "value" in part or (part["filename"] and part["size_bytes"] > 0)
    if "body_base64" in line:
        assert len(base64.b64decode(line["body_base64"])) <= BINARY_BYTES
