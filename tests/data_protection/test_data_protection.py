"""All data of an organization or a profile is given out whole, and erased without a trace."""

import asyncio
import json
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from letmepost.data_protection.belongings import BELONGS, NOBODYS, Subject
from letmepost.data_protection.erase import count, erase
from letmepost.data_protection.export import LEFT_OUT, SECRET_COLUMNS, export
from letmepost.kit.database import metadata
from letmepost.kit.logs import configure_logs
from letmepost.tenancy.tables import api_keys
from tests.api.server import ENCRYPTION_KEYS, Organization, Server, running_server
from tests.isolation.victim import MARK, Victim, contents, furnished
from tests.media.samples import image
from tests.oauth.browser import Program
from tests.server_process import environment

ONCE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
_OF_A_PROFILE = ("acc", "batch", "evt", "key", "med", "post", "prof", "upl", "whd", "whe")


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    configure_logs("critical")


@pytest.fixture
async def server(tmp_path: Path, database_url: str) -> AsyncIterator[Server]:
    async with running_server(tmp_path, database_url) as running:
        yield running


async def _everything(server: Server) -> dict[str, list[str]]:
    """Every row of every table as text, the answers that are kept for a day among them."""

    def read(connection: Connection) -> dict[str, list[str]]:
        return {
            table.name: [str(dict(row._mapping)) for row in connection.execute(select(table))]
            for table in metadata.sorted_tables
        }

    return await server.service.state.database.read(read)


def _found(rows: dict[str, list[str]], ids: Iterable[str]) -> list[tuple[str, str]]:
    return [
        (name, each)
        for name, lines in rows.items()
        for each in ids
        if any(each in line for line in lines)
    ]


def _files(server: Server, organization_id: str) -> list[Path]:
    return [
        each
        for each in (server.folder / "media").rglob("*")
        if each.is_file() and organization_id in str(each)
    ]


async def _erase(server: Server, subject: Subject) -> Any:
    state = server.service.state
    erased = await erase(state.database, state.library.storage, subject, state.clock.now())
    return erased.rows


def _now(server: Server) -> datetime:
    return server.service.state.clock.now()


async def _granted(organization: Organization) -> None:
    """A program that the organization's key let in, and that got a key for it."""
    server = organization.server
    program = await Program(server.http, server.url).registered()
    key = (await organization.client(profile_id=organization.profile_id)).key
    assert key is not None
    wide = (await organization.client()).key
    assert wide is not None
    await program.tokens(key)
    tokens = await program.tokens(wide, resource=f"{server.url}/v1")
    assert (await program.exchange(tokens["access_token"])).status == 200


async def _two(server: Server) -> tuple[Victim, Victim]:
    mine = await furnished(await server.new_organization())
    other = await furnished(await server.new_organization())
    for each in (mine, other):
        await _granted(each.organization)
    return mine, other


async def test_an_organization_is_erased_from_every_table_and_the_storage(server: Server) -> None:
    mine, other = await _two(server)
    theirs = [each for each in (await contents(server)).values() if MARK in str(each)]
    assert theirs
    kept_before = {
        name: [line for line in lines if other.organization.id in line]
        for name, lines in (await _everything(server)).items()
    }
    assert _files(server, mine.organization.id)
    others_files = _files(server, other.organization.id)
    key = await mine.organization.client()
    stray = server.folder / "media" / "media" / mine.organization.id / "med_stray.jpg"
    stray.write_bytes(image())
    gone = await _erase(server, Subject(mine.organization.id))
    assert gone["organizations"] == 1
    assert gone["files"] >= 3
    rows = await _everything(server)
    assert _found(rows, mine.untold - {MARK}) == []
    assert _files(server, mine.organization.id) == []
    assert _files(server, other.organization.id) == others_files
    assert {
        name: [line for line in lines if other.organization.id in line]
        for name, lines in rows.items()
    } == kept_before
    server.service.state.keys.forget()
    assert (await key.get("/v1/posts")).status == 401
    owner = await other.organization.client()
    assert (await owner.get(f"/v1/posts/{other.ids['post']}")).status == 200
    assert await _erase(server, Subject(mine.organization.id)) == {}


async def test_a_profile_is_erased_and_the_rest_of_its_organization_stays(server: Server) -> None:
    mine, other = await _two(server)
    organization = mine.organization
    brand = await organization.profile("Brand")
    client = await organization.client(profile_id=brand)
    account = await organization.connect(client)
    content = image(size=(20, 20))
    file = await client.upload(content)
    post = await client.publish(
        {
            "targets": [{"accountId": account["id"]}],
            "text": "Stays",
            "media": [{"kind": "image", "mediaId": file.body["id"]}],
        }
    )
    assert post.status == 200, post.body
    both = await (await organization.client()).publish(
        {"targets": [{"accountId": account["id"]}, {"accountId": mine.ids["acc"]}], "text": "Both"}
    )
    gone = await _erase(server, Subject(organization.id, organization.profile_id))
    assert gone["profiles"] == 1
    assert "organizations" not in gone
    rows = await _everything(server)
    told = rows.pop("audit_log")
    assert _found(rows, (mine.ids[each] for each in _OF_A_PROFILE)) == []
    [entry] = [line for line in told if organization.profile_id in line]
    assert "profile.erased" in entry
    assert (await client.get(f"/v1/batches/{post.body['id']}")).status == 200
    shared = await client.get(f"/v1/batches/{both.body['id']}")
    assert [each["accountId"] for each in shared.body["results"]] == [account["id"]]
    async with server.http.get(f"{server.url}/v1/media/{file.body['id']}/file") as answer:
        assert await answer.read() == content
    everything = await _everything(server)
    assert _found({"members": everything["members"]}, [mine.ids["mem"]])
    assert _found(everything, [other.ids["post"]])
    assert await _erase(server, Subject(organization.id, organization.profile_id)) == {}


@ONCE
async def test_erasing_goes_on_where_it_was_stopped(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, _ = await _two(server)
    storage = server.service.state.library.storage
    delete = storage.delete
    calls = 0

    async def stopped(key: str) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise OSError("the store is away")
        await delete(key)

    monkeypatch.setattr(storage, "delete", stopped)
    with pytest.raises(OSError, match="away"):
        await _erase(server, Subject(mine.organization.id))

    def working_keys(connection: Connection) -> int:
        query = select(api_keys.c.id).where(
            api_keys.c.organization_id == mine.organization.id, api_keys.c.revoked_at.is_(None)
        )
        return len(connection.execute(query).all())

    assert await server.service.state.database.read(working_keys) == 0
    assert (await _erase(server, Subject(mine.organization.id)))["organizations"] == 1
    assert _files(server, mine.organization.id) == []


async def test_an_export_holds_everything_but_what_gives_access(
    server: Server, tmp_path: Path
) -> None:
    mine, other = await _two(server)
    state, archive = server.service.state, tmp_path / "export.zip"
    subject = Subject(mine.organization.id)
    counts = await export(state.database, state.library.storage, subject, archive, _now(server))
    with zipfile.ZipFile(archive) as written:
        assert written.testzip() is None
        read = {name: written.read(name) for name in written.namelist()}
    assert json.loads(read["about.json"])["counts"] == dict(counts)
    lines = b"\n".join(each for name, each in read.items() if name.endswith(".jsonl")).decode()
    kept = {each for each in mine.untold if each.partition("_")[0] != "upl"}
    missing = [
        each
        for each in kept
        if each not in lines and each not in (mine.ids["state"], mine.ids["link"])
    ]
    assert missing == []
    assert [each for each in other.untold - {MARK} if each in lines] == []
    owner = mine.organization.server
    async with owner.http.get(f"{owner.url}/v1/media/{mine.ids['med']}/file") as answer:
        assert read[f"files/{mine.ids['med']}.jpg"] == await answer.read()
    expected = await state.database.read(lambda connection: count(connection, subject))
    assert {name: number for name, number in counts.items() if name != "files"} == {
        name: number for name, number in expected.items() if name not in LEFT_OUT
    }
    # Neither an envelope, nor the hash of anything that opens something.
    assert "v1." not in lines.replace("/v1.", "")
    for name, columns in SECRET_COLUMNS.items():
        for line in read.get(f"{name}.jsonl", b"").decode().splitlines():
            assert not columns & json.loads(line).keys()
    assert archive.stat().st_mode & 0o077 == 0
    with pytest.raises(FileExistsError):
        await export(state.database, state.library.storage, subject, archive, _now(server))


async def test_an_export_of_a_profile_holds_nothing_of_another(
    server: Server, tmp_path: Path
) -> None:
    mine, _ = await _two(server)
    organization, state = mine.organization, server.service.state
    brand = await organization.profile("Brand")
    account = await organization.connect(await organization.client(profile_id=brand))
    archive = tmp_path / "brand.zip"
    subject = Subject(organization.id, brand)
    await export(state.database, state.library.storage, subject, archive, _now(server))
    with zipfile.ZipFile(archive) as written:
        text = "\n".join(written.read(name).decode() for name in written.namelist())
    assert account["id"] in text
    untold = [*(mine.ids[each] for each in (*_OF_A_PROFILE, "mem")), MARK]
    assert [each for each in untold if each in text] == []


def test_every_table_is_somebodys() -> None:
    assert {each.name for each in BELONGS} | NOBODYS.keys() == {*metadata.tables}
    assert not {each.name for each in BELONGS} & NOBODYS.keys()


@ONCE
async def test_the_commands_ask_before_they_erase(
    server: Server, database_url: str, tmp_path: Path
) -> None:
    mine, _ = await _two(server)
    variables = environment(
        {
            "LETMEPOST_DATABASE_URL": database_url,
            "LETMEPOST_DATA_DIR": str(server.folder),
            "LETMEPOST_ENCRYPTION_KEYS": ENCRYPTION_KEYS,
        }
    )

    async def run(*words: str) -> tuple[int, str]:
        ended = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "letmepost", *words],
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return ended.returncode, ended.stdout

    archive = str(tmp_path / "a.zip")
    code, said = await run("export", mine.organization.id, archive)
    assert (code, "is written" in said) == (0, True), said
    assert await run("export", mine.organization.id, archive) == (
        1,
        f"{archive} is there already.\n",
    )
    code, said = await run("export", "org_none", str(tmp_path / "b.zip"))
    assert (code, said) == (1, "There is no such organization or profile.\n")
    assert not (tmp_path / "b.zip").exists()
    before = await contents(server)
    code, said = await run("erase", mine.organization.id)
    assert (code, "give --yes" in said) == (0, True)
    assert await contents(server) == before
    code, said = await run("erase", mine.organization.id, "--yes")
    # The simulators are at private addresses, which this command was not allowed.
    assert "not revoked: Bluesky did not take the request" in said
    assert (code, "It is erased." in said) == (0, True), said
    assert await run("erase", mine.organization.id, "--yes") == (0, "There is nothing to erase.\n")
