"""Backup, restore and the move to another database, as an operator types them."""

from pathlib import Path

import pytest

from tests.databases import PostgresqlServer
from tests.server_process import ServerProcess, letmepost


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> ServerProcess:
    """A server that has been used and was stopped."""
    with ServerProcess(tmp_path_factory.mktemp("used")) as running:
        made = running.call("POST", "/v1/webhook-endpoints", {"url": "https://app.example/hooks"})
        assert made.status == 201, made.text
        assert running.stop() == 0
        return running


def test_what_was_backed_up_is_restored_with_its_keys_alone(
    server: ServerProcess, tmp_path: Path
) -> None:
    archive = tmp_path / "monday.zip"
    made = letmepost("backup", str(archive), settings=server.all_settings)
    assert (made.returncode, made.stderr) == (0, "")
    assert "Not in it: the encryption keys" in made.stdout
    again = letmepost("backup", str(archive), settings=server.all_settings)
    assert (again.returncode, again.stdout) == (1, "")
    assert again.stderr.startswith(f"{archive} is there already.\n")
    settings = {"LETMEPOST_DATA_DIR": str(tmp_path / "new")}
    refused = letmepost("restore", str(archive), settings=settings)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "1 of 1 secrets in the archive open with none of the encryption keys" in refused.stderr
    (tmp_path / "new" / "encryption.key").write_text(
        (server.data_dir / "encryption.key").read_text()
    )
    done = letmepost("restore", str(archive), settings=settings)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Restored as of 2")
    with ServerProcess(tmp_path, {**settings}) as restored:
        restored.key = server.key
        (endpoint,) = restored.call("GET", "/v1/webhook-endpoints").body["data"]
        assert endpoint["url"] == "https://app.example/hooks"


def test_an_installation_moves_to_postgresql(
    server: ServerProcess, postgresql_server: PostgresqlServer, tmp_path: Path
) -> None:
    source = f"sqlite:///{server.data_dir}/letmepost.sqlite"
    with postgresql_server.fresh_database() as url:
        moved = letmepost("copy-database", source, url, settings={})
        assert (moved.returncode, moved.stderr) == (0, "")
        assert "\nwebhook_endpoints: 1\n" in moved.stdout
        assert "every row was read back and is the same" in moved.stdout
        again = letmepost("copy-database", source, url, settings={})
        assert (again.returncode, again.stdout) == (1, "")
        assert "is not empty" in again.stderr
        settings = {
            "LETMEPOST_DATABASE_URL": url,
            "LETMEPOST_ENCRYPTION_KEYS": (server.data_dir / "encryption.key").read_text(),
        }
        with ServerProcess(tmp_path, settings) as there:
            there.key = server.key
            (endpoint,) = there.call("GET", "/v1/webhook-endpoints").body["data"]
            secret = there.call("POST", f"/v1/webhook-endpoints/{endpoint['id']}/rotate-secret")
            assert secret.status == 200, secret.text


def test_the_move_waits_for_nobody_and_is_refused_beside_a_server(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as running:
        source = f"sqlite:///{running.data_dir}/letmepost.sqlite"
        ended = letmepost("copy-database", source, f"sqlite:///{tmp_path}/to.sqlite", settings={})
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "is at work on" in ended.stderr
    assert "Stop it first." in ended.stderr
