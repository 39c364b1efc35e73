"""An archive that was made while a server wrote becomes a server that says the same."""

import base64
import json
import stat
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from letmepost import migrations
from letmepost.accounts.tables import accounts
from letmepost.backup.archive import Manifest, RefusedError
from letmepost.backup.make import back_up
from letmepost.backup.restore import Restored, Wanted, restore
from letmepost.configuration import Configuration, read_configuration
from letmepost.jobs.tables import jobs
from letmepost.kit.crypto import new_key
from letmepost.kit.database import Database
from letmepost.kit.table_rows import tables_of, write_rows
from letmepost.posts.tables import posts, publications
from tests.api.client import Client
from tests.api.server import ENCRYPTION_KEYS, running_server
from tests.backup.conftest import counted_nowhere
from tests.backup.filled import content, fill
from tests.backup.lived import original, writer
from tests.media.s3 import running_s3


def configured(folder: Path, url: str | None, **settings: str) -> Configuration:
    return read_configuration(
        {
            "LETMEPOST_DATA_DIR": str(folder),
            **({"LETMEPOST_DATABASE_URL": url} if url else {}),
            "LETMEPOST_ENCRYPTION_KEYS": ENCRYPTION_KEYS,
            **settings,
        }
    )


def archive_of(folder: Path) -> Path:
    return folder / "archive.zip"


ANY_KEYS = Wanted(without_keys=True, go_on=True)


async def restored(
    folder: Path,
    url: str,
    archive: Path,
    wanted: Wanted | None = None,
    settings: Mapping[str, str] | None = None,
) -> Restored:
    configuration = configured(folder, url, **(settings or {}))
    return await restore(configuration, archive, wanted or Wanted(), counted_nowhere)


async def everything(url: str) -> dict[str, list[dict[str, Any]]]:
    database = Database(url)
    try:
        return await content(database)
    finally:
        await database.close()


def consistent(connection: Connection) -> int:
    """Each post of the writer with its publication and its job; how many there are."""

    def count(table: Any) -> int:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())

    scheduled = connection.execute(
        select(func.count())
        .select_from(publications)
        .join(jobs, jobs.c.key == publications.c.id)
        .where(publications.c.state == "queued")
    ).scalar_one()
    assert count(posts) == count(publications) == scheduled + 1
    return int(scheduled)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_an_archive_made_beside_a_writer_becomes_a_server_that_says_the_same(
    database_url: str, empty: Mapping[str, str], kind: str, tmp_path: Path
) -> None:
    archive = archive_of(tmp_path)
    async with original(tmp_path, database_url) as lived:
        source = lived.server.service.state.settings.data_dir
        async with writer(lived.client, lived.account_id):
            while (await lived.client.get("/v1/posts?status=queued")).body["data"] == []:
                pass
            made = await back_up(configured(source, database_url), archive, counted_nowhere)
        listed = {each["id"]: each for each in await every_post(lived.client)}
        key = lived.client.key
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    assert (made.step, len(made.files), made.files_gone) == (migrations.HEAD, 1, [])
    holds_no_key(archive)
    done = await restored(tmp_path / "data-2", empty[kind], archive)
    assert (done.secrets.found > 0, done.secrets.unreadable) == (True, 0)
    assert done.paused == (lived.account_id,)
    second = tmp_path / "second"
    second.mkdir()
    settings = {"LETMEPOST_DATA_DIR": str(tmp_path / "data-2")}
    async with running_server(second, empty[kind], settings=settings) as server:
        client = Client(server.http, server.url, key)
        assert (await client.get(f"/v1/posts/{lived.published}")).body == lived.shown
        there = {each["id"]: each for each in await every_post(client)}
        # The writer went on after the archive was made.
        assert 1 < len(there) < len(listed)
        assert there == {name: listed[name] for name in there}
        count = await server.service.state.database.read(consistent)
        assert count == made.rows["publications"].count - 1
        file = await server.stranger.get(f"/v1/media/{lived.media_id}/file")
        assert file.raw == lived.picture


async def every_post(client: Client) -> list[Any]:
    found: list[Any] = []
    cursor = ""
    while True:
        page = (await client.get(f"/v1/posts?limit=100{cursor}")).body
        found += page["data"]
        if page["nextCursor"] is None:
            return found
        cursor = f"&cursor={page['nextCursor']}"


def holds_no_key(archive: Path) -> None:
    """No encryption key, however it is written."""
    raw = base64.b64decode(ENCRYPTION_KEYS)
    with zipfile.ZipFile(archive) as opened:
        assert len(opened.namelist()) > 20
        for name in opened.namelist():
            found = opened.read(name)
            for written in (ENCRYPTION_KEYS.encode(), raw, raw.hex().encode()):
                assert written not in found, name
            assert "encryption" not in name


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_embedded_key_stays_where_it_is_and_a_new_one_is_not_made(
    database_url: str, empty: Mapping[str, str], tmp_path: Path
) -> None:
    archive, target = archive_of(tmp_path), tmp_path / "data-2"
    own_key = {"LETMEPOST_ENCRYPTION_KEYS": ""}
    async with original(tmp_path, database_url, **own_key) as lived:
        source = lived.server.service.state.settings.data_dir
        await back_up(configured(source, database_url, **own_key), archive, counted_nowhere)
    with pytest.raises(RefusedError, match="1 of 1 secrets in the archive open with none"):
        await restored(target, empty["sqlite"], archive, settings=own_key)
    assert not (target / "encryption.key").exists()
    (target / "encryption.key").write_text((source / "encryption.key").read_text())
    done = await restored(target, empty["sqlite"], archive, settings=own_key)
    assert (done.secrets.found, done.secrets.unreadable) == (1, 0)


async def test_other_keys_are_told_and_nothing_is_restored_unless_that_is_wanted(
    database_url: str, empty: Mapping[str, str], tmp_path: Path
) -> None:
    archive, target = archive_of(tmp_path), empty["postgresql"]
    async with original(tmp_path, database_url) as lived:
        source = lived.server.service.state.settings.data_dir
        await back_up(configured(source, database_url), archive, counted_nowhere)
    other = {"LETMEPOST_ENCRYPTION_KEYS": new_key()}
    with pytest.raises(RefusedError, match="open with none of the encryption keys"):
        await restored(tmp_path / "data-2", target, archive, settings=other)
    assert set(map(len, (await everything(target)).values())) == {0}
    wanted = Wanted(without_keys=True, go_on=True)
    done = await restored(tmp_path / "data-2", target, archive, wanted, settings=other)
    assert (done.secrets.unreadable, done.paused) == (done.secrets.found, ())
    assert len((await everything(target))["publications"]) == 1


async def archived(tmp_path: Path, url: str) -> Path:
    """An archive of a database with rows in every table, whose secrets no key opens."""
    database = Database(url)
    await fill(database)
    await database.close()
    await back_up(configured(tmp_path / "data", url), archive_of(tmp_path), counted_nowhere)
    return archive_of(tmp_path)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_every_row_of_every_table_comes_back(
    database_url: str, empty: Mapping[str, str], kind: str, tmp_path: Path
) -> None:
    archive = await archived(tmp_path, database_url)
    await restored(tmp_path / "data-2", empty[kind], archive, ANY_KEYS)
    assert await everything(empty[kind]) == await everything(database_url)
    with pytest.raises(RefusedError, match="is not empty"):
        await restored(tmp_path / "data-2", empty[kind], archive, ANY_KEYS)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_an_archive_with_any_byte_changed_is_refused(
    database_url: str, empty: Mapping[str, str], tmp_path: Path
) -> None:
    archive = await archived(tmp_path, database_url)
    whole = archive.read_bytes()
    damaged = tmp_path / "damaged.zip"
    wrong = [bytes([*whole[:at], whole[at] ^ 1, *whole[at + 1 :]]) for at in spots(archive)]
    for content_ in (*wrong, whole[:-1], whole[: len(whole) // 2], b"", b"no archive"):
        damaged.write_bytes(content_)
        with pytest.raises(RefusedError, match=r"is damaged|is no whole archive|no manifest"):
            await restored(tmp_path / "data-2", empty["sqlite"], damaged, ANY_KEYS)
    missing = tmp_path / "missing.zip"
    with pytest.raises(RefusedError, match="is no whole archive"):
        await restored(tmp_path / "data-2", empty["sqlite"], missing, ANY_KEYS)
    assert await everything(empty["sqlite"]) == {}


def spots(archive: Path) -> list[int]:
    """A byte in the middle of what each part holds."""
    with zipfile.ZipFile(archive) as opened:
        return [
            entry.header_offset + 30 + len(entry.filename) + 20 + entry.compress_size // 2
            for entry in opened.infolist()
            if entry.filename.startswith("rows/")
        ]


def rewritten(archive: Path, **changed: Any) -> Path:
    """The same archive with another manifest."""
    path = archive.with_name("rewritten.zip")
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            found = old.read(name)
            if name == "manifest.json":
                found = json.dumps({**json.loads(found), **changed}).encode()
            new.writestr(name, found)
    return path


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_an_archive_of_a_newer_version_is_refused(
    database_url: str, empty: Mapping[str, str], tmp_path: Path
) -> None:
    archive = await archived(tmp_path, database_url)
    newer = rewritten(archive, step="9999", version="99.0")
    with pytest.raises(RefusedError, match=r"version 99.0 and step 9999; this version knows no"):
        await restored(tmp_path / "data-2", empty["sqlite"], newer)
    other = rewritten(archive, format=2)
    with pytest.raises(RefusedError, match="no manifest that this version can read"):
        await restored(tmp_path / "data-2", empty["sqlite"], other)


async def test_an_archive_of_an_older_step_is_brought_up_to_date(
    empty: Mapping[str, str], tmp_path: Path
) -> None:
    older = f"{int(migrations.HEAD) - 1:04d}"
    archive, source = archive_of(tmp_path), Database(f"sqlite:///{tmp_path / 'older.sqlite'}")
    await source.write(lambda connection: migrations.upgrade(connection, to=older))
    await fill(source)
    before = await content(source)
    with zipfile.ZipFile(archive, "w") as written:
        rows = await source.snapshot(
            lambda connection: write_rows(
                connection,
                tables_of(connection),
                lambda table: written.open(f"rows/{table}.jsonl", "w"),
                lambda _count: None,
            )
        )
        manifest = Manifest(
            version="0.0.9",
            step=older,
            created_at=datetime.now(UTC),
            database="SQLite",
            rows=rows,
            files={},
            files_elsewhere=None,
            files_gone=[],
        )
        written.writestr("manifest.json", manifest.model_dump_json())
    await source.close()
    await restored(tmp_path / "data-2", empty["sqlite"], archive, ANY_KEYS)
    database = Database(empty["sqlite"])
    assert await database.read(migrations.revision) == migrations.HEAD
    await database.close()
    after = await everything(empty["sqlite"])
    for name, old_rows in before.items():
        for old, new in zip(old_rows, after[name], strict=True):
            assert new | old == new
    # Where the tables are those of this version already, older rows have no place.
    with pytest.raises(RefusedError, match="stands at step"):
        await restored(tmp_path / "data-2", empty["postgresql"], archive, ANY_KEYS)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_other_files_are_left_alone_and_an_interrupted_restore_is_begun_again(
    database_url: str, empty: Mapping[str, str], tmp_path: Path
) -> None:
    archive = archive_of(tmp_path)
    async with original(tmp_path, database_url) as lived:
        source = lived.server.service.state.settings.data_dir
        made = await back_up(configured(source, database_url), archive, counted_nowhere)
        with pytest.raises(RefusedError, match="is there already"):
            await back_up(configured(source, database_url), archive, counted_nowhere)
    target = tmp_path / "data-2"
    other = target / "media" / "other.png"
    other.parent.mkdir(parents=True)
    other.write_bytes(b"other")
    with pytest.raises(RefusedError, match=r"is not empty: it has other\.png"):
        await restored(target, empty["sqlite"], archive)
    other.unlink()
    begun = target / "media" / next(iter(made.files))
    begun.parent.mkdir(parents=True)
    begun.write_bytes(b"half")
    await restored(target, empty["sqlite"], archive)
    assert begun.read_bytes() == lived.picture


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_files_in_a_bucket_are_not_in_the_archive_and_it_says_so(
    database_url: str, empty: Mapping[str, str], tmp_path: Path
) -> None:
    archive = archive_of(tmp_path)
    with running_s3() as s3:
        bucket = {**s3.environment, "LETMEPOST_STORAGE_URL": s3.url}
        async with original(tmp_path, database_url, **bucket) as lived:
            source = lived.server.service.state.settings.data_dir
            made = await back_up(
                configured(source, database_url, **bucket), archive, counted_nowhere
            )
            assert (made.files, made.files_elsewhere, made.files_gone) == ({}, s3.url, [])
        await restored(tmp_path / "data-2", empty["sqlite"], archive, settings=bucket)
        second = tmp_path / "second"
        second.mkdir()
        async with running_server(second, empty["sqlite"], settings=bucket) as server:
            file = await server.stranger.get(f"/v1/media/{lived.media_id}/file")
            assert file.raw == lived.picture


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_file_that_was_deleted_meanwhile_is_named(
    database_url: str, tmp_path: Path
) -> None:
    async with original(tmp_path, database_url) as lived:
        source = lived.server.service.state.settings.data_dir
        (file,) = [each for each in (source / "media").rglob("*") if each.is_file()]
        file.unlink()
        made = await back_up(
            configured(source, database_url), archive_of(tmp_path), counted_nowhere
        )
    assert (made.files, len(made.files_gone)) == ({}, 1)


async def test_accounts_whose_posts_have_all_ended_go_on(
    database_url: str, empty: Mapping[str, str], tmp_path: Path
) -> None:
    archive = archive_of(tmp_path)
    async with original(tmp_path, database_url) as lived:
        source = lived.server.service.state.settings.data_dir
        await back_up(configured(source, database_url), archive, counted_nowhere)
    done = await restored(tmp_path / "data-2", empty["sqlite"], archive)
    assert done.paused == ()
    assert (await everything(empty["sqlite"]))[accounts.name][0]["paused_at"] is None
