"""`letmepost doctor` finds what is wrong with a server, and says what to do."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from letmepost import checkup
from letmepost.checkup import Found, examine
from letmepost.configuration import read_configuration
from letmepost.kit.crypto import new_key
from letmepost.kit.database import Database
from tests.clock import FakeClock
from tests.listening import free_port, listening
from tests.media.s3 import running_s3
from tests.redis_server import running_redis

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


async def looked_at(
    tmp_path: Path,
    url: str,
    settings: Mapping[str, str] | None = None,
    clock: FakeClock | None = None,
) -> Mapping[str, Found]:
    """What is found, by subject; everything that is not well has a remedy."""
    configuration = read_configuration(
        {
            "LETMEPOST_DATA_DIR": str(tmp_path / "data"),
            "LETMEPOST_DATABASE_URL": url,
            "LETMEPOST_ENCRYPTION_KEYS": new_key(),
            **(settings or {}),
        }
    )
    found = await examine(configuration, clock)
    assert all(each.remedy for each in found if each.level != "ok"), found
    return {each.subject: each for each in found}


async def test_a_server_that_is_well_has_nothing_but_an_address_of_its_own_machine(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkup, "DISK_FREE_SHARE_WARNED", 0.0)
    with running_redis(tmp_path) as redis_url:
        found = await looked_at(tmp_path, database_url, {"LETMEPOST_REDIS_URL": redis_url})
    assert {name for name, each in found.items() if each.level != "ok"} == {"public address"}
    assert set(found) >= {"encryption keys", "platforms", "database", "queue", "storage", "redis"}
    assert ("clock" in found) == database_url.startswith("postgresql")
    assert "disk" in found
    assert not list((tmp_path / "data" / "media").rglob("*.*"))


@ON_SQLITE
@pytest.mark.parametrize(
    ("status", "said", "words"),
    [
        (200, {"status": "ok"}, "answers without a certificate"),
        (200, {"hello": "world"}, "answers 200, and not as this server does"),
        (502, {"status": "ok"}, "answers 502, and not as this server does"),
    ],
)
async def test_the_public_address_is_asked_whether_this_server_is_behind_it(
    database_url: str, tmp_path: Path, status: int, said: object, words: str
) -> None:
    with free_port() as (listener, url):

        async def health(_request: object) -> JSONResponse:
            return JSONResponse(said, status)

        async with listening(Starlette(routes=[Route("/health", health)]), listener):
            # Another way to write 127.0.0.1, which does not look like this machine.
            public = url.replace("127.0.0.1", "0.0.0.0")  # noqa: S104 - called, not listened on
            found = await looked_at(tmp_path, database_url, {"LETMEPOST_PUBLIC_URL": public})
    assert words in found["public address"].words
    assert found["public address"].level == "warning"


@ON_SQLITE
async def test_a_public_address_that_nobody_answers_at_is_told(
    database_url: str, tmp_path: Path
) -> None:
    with free_port() as (_listener, url):
        public = url.replace("127.0.0.1", "0.0.0.0")  # noqa: S104 - called, not listened on
        found = await looked_at(tmp_path, database_url, {"LETMEPOST_PUBLIC_URL": public})
    assert "is not reached from here" in found["public address"].words


@ON_SQLITE
async def test_a_key_file_that_others_may_read_is_wrong(database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "data" / "encryption.key"
    path.parent.mkdir()
    path.write_text(new_key())
    path.chmod(0o640)
    found = await looked_at(tmp_path, database_url, {"LETMEPOST_ENCRYPTION_KEYS": ""})
    assert found["encryption keys"].remedy == f"chmod 600 {path}"
    path.write_text("")
    found = await looked_at(tmp_path, database_url, {"LETMEPOST_ENCRYPTION_KEYS": ""})
    assert "is empty" in found["encryption keys"].words


@ON_SQLITE
async def test_an_empty_folder_has_no_wrong_key(database_url: str, tmp_path: Path) -> None:
    found = await looked_at(tmp_path, database_url, {"LETMEPOST_ENCRYPTION_KEYS": ""})
    assert found["encryption keys"].level == "ok"


@ON_SQLITE
async def test_half_of_an_app_is_wrong_and_none_of_it_is_not(
    database_url: str, tmp_path: Path
) -> None:
    found = await looked_at(tmp_path, database_url)
    assert "Bluesky can be connected; " in found["platforms"].words
    half = await looked_at(tmp_path, database_url, {"LETMEPOST_PINTEREST_CLIENT_ID": "1"})
    assert half["platform"].level == "error"
    assert half["platform"].remedy == "Set LETMEPOST_PINTEREST_CLIENT_SECRET."


async def test_a_database_that_is_behind_is_wrong(
    database_url: str, database: Database, tmp_path: Path
) -> None:
    behind = text("UPDATE alembic_version SET version_num = '0001'")
    await database.write(lambda connection: connection.execute(behind))
    found = (await looked_at(tmp_path, database_url))["database"]
    assert (found.level, found.remedy) == ("error", "letmepost migrate")


async def test_what_does_not_answer_is_wrong(tmp_path: Path) -> None:
    nobody = "127.0.0.1:1"
    with running_s3() as s3:
        settings = {
            **s3.environment,
            "LETMEPOST_STORAGE_URL": "s3://no-such-bucket",
            "LETMEPOST_REDIS_URL": f"redis://{nobody}/0",
        }
        found = await looked_at(tmp_path, f"postgresql://{nobody}/none", settings)
    wrong = {name for name, each in found.items() if each.level == "error"}
    assert wrong == {"database", "storage", "redis"}


@ON_POSTGRESQL
async def test_a_clock_that_is_wrong_is_told(
    database_url: str, fake_clock: FakeClock, tmp_path: Path
) -> None:
    assert (await looked_at(tmp_path, database_url))["clock"].level == "ok"
    fake_clock.advance(3600)
    found = (await looked_at(tmp_path, database_url, clock=fake_clock))["clock"]
    assert found.level == "warning"
    assert found.words.startswith("36")


@ON_SQLITE
async def test_a_disk_that_fills_is_told(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkup, "DISK_FREE_SHARE_WARNED", 1.0)
    assert (await looked_at(tmp_path, database_url))["disk"].level == "warning"
    largest = {"LETMEPOST_MEDIA_MAX_BYTES": str(10**18)}
    assert (await looked_at(tmp_path, database_url, largest))["disk"].level == "error"
