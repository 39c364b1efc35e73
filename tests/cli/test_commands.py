"""The commands, as somebody types them: what they print, and with which code they end."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select

from letmepost.configuration import read_configuration
from letmepost.kit.settings import SettingsError
from letmepost.platform_kit.simulator_visit import visit
from letmepost.platforms import platforms
from letmepost.posts.tables import attempts, publications
from tests.server_process import (
    STOP_SECONDS,
    ServerProcess,
    call,
    environment,
    free_port,
    letmepost,
    wait_until,
)
from tests.stored_rows import in_database


@contextmanager
def running(*arguments: str, **settings: str) -> Iterator["subprocess.Popen[str]"]:
    """A command that stays up; killed if it still lives at the end."""
    with subprocess.Popen(
        [sys.executable, "-m", "letmepost", *arguments],
        env=environment(settings),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


@pytest.fixture(scope="module")
def simulation() -> Iterator[Any]:
    with running("simulate", "--port", "0") as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        rest, said = process.communicate(timeout=STOP_SECONDS)
        assert (process.returncode, rest) == (0, "")
        assert "Traceback" not in said


def test_bootstrap_twice_makes_two_keys_of_one_organization(tmp_path: Path) -> None:
    settings = {"LETMEPOST_DATA_DIR": str(tmp_path / "data")}
    runs = [letmepost("bootstrap", settings=settings) for _ in range(2)]
    assert [run.returncode for run in runs] == [0, 0], runs[0].stderr
    assert [run.stdout.count("\n") for run in runs] == [1, 1]
    first, second = (json.loads(run.stdout) for run in runs)
    assert list(first) == ["organizationId", "profileId", "key"]
    assert first["organizationId"] == second["organizationId"]
    assert first["profileId"] == second["profileId"]
    assert first["key"] != second["key"]
    assert first["key"].startswith("lmp_live_")
    key_file = tmp_path / "data" / "encryption.key"
    assert not key_file.exists() or key_file.stat().st_mode & 0o077 == 0


def test_migrate_says_where_the_database_stands_and_may_be_repeated(tmp_path: Path) -> None:
    settings = {"LETMEPOST_DATA_DIR": str(tmp_path / "data")}
    said = [letmepost("migrate", settings=settings) for _ in range(2)]
    assert [run.returncode for run in said] == [0, 0], said[0].stderr
    assert re.fullmatch(r"The database stands at step \w+\.\n", said[0].stdout)
    assert said[0].stdout == said[1].stdout


MISTAKES = [
    (
        "LETMEPOST_DATA_DIRR",
        "x",
        "LETMEPOST_DATA_DIRR is unknown; did you mean LETMEPOST_DATA_DIR?",
    ),
    ("LETMEPOST_BLUESKY_VIDEO_ULR", "x", "did you mean LETMEPOST_BLUESKY_VIDEO_URL?"),
    ("LETMEPOST_PORT", "eighty", "LETMEPOST_PORT: Input should be a valid integer"),
    ("LETMEPOST_PUBLIC_URL", "example.com", "LETMEPOST_PUBLIC_URL: "),
    ("LETMEPOST_ALLOWED_PRIVATE_NETWORKS", "10.0.0.0/99", "LETMEPOST_ALLOWED_PRIVATE_NETWORKS"),
    ("LETMEPOST_RATE_LIMIT", "often", "LETMEPOST_RATE_LIMIT: "),
    ("LETMEPOST_LOG_LEVEL", "loud", "LETMEPOST_LOG_LEVEL: "),
    ("LETMEPOST_ENCRYPTION_KEYS", "c2hvcnQ=", "must be 32 bytes"),
]


@pytest.mark.parametrize(("name", "value", "sentence"), MISTAKES)
def test_mistake_in_a_setting_is_one_sentence(name: str, value: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_configuration({name: value})
    (said,) = refused.value.sentences
    assert sentence in said


def test_server_stops_at_a_mistake_before_it_makes_anything(tmp_path: Path) -> None:
    settings = {"LETMEPOST_DATA_DIR": str(tmp_path / "data"), "LETMEPOST_PUBLIC_ULR": "x"}
    ended = letmepost("serve", settings=settings)
    sentence = "LETMEPOST_PUBLIC_ULR is unknown; did you mean LETMEPOST_PUBLIC_URL?"
    assert (ended.returncode, ended.stdout, ended.stderr.strip()) == (1, "", sentence)
    assert not (tmp_path / "data").exists()


def test_every_mistake_is_named_at_once(tmp_path: Path) -> None:
    ended = letmepost(
        "serve",
        settings={
            "LETMEPOST_DATA_DIR": str(tmp_path),
            "LETMEPOST_PORT": "-1",
            "LETMEPOST_PROT": "1",
            "LETMEPOST_BLUESKY_IMAGE_MAX_BYTES": "many",
        },
    )
    assert ended.returncode == 1
    for name in ("LETMEPOST_PORT", "LETMEPOST_PROT", "LETMEPOST_BLUESKY_IMAGE_MAX_BYTES"):
        assert name in ended.stderr
    assert "Traceback" not in ended.stderr


def test_taken_port_is_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as first:
        port = str(first.getsockname()[1])
        settings = {"LETMEPOST_DATA_DIR": str(tmp_path / "data")}
        ended = letmepost("serve", "--port", port, settings=settings)
    assert ended.returncode == 1
    assert f"Cannot listen on 127.0.0.1, port {port}: " in ended.stderr
    assert "Traceback" not in ended.stderr


def test_what_kubernetes_puts_into_the_environment_is_no_setting(tmp_path: Path) -> None:
    port = free_port()
    links = {
        "LETMEPOST_PORT": "tcp://10.0.0.1:8000",
        "LETMEPOST_SERVICE_HOST": "10.0.0.1",
        "LETMEPOST_SERVICE_PORT": "8000",
        "LETMEPOST_PORT_8000_TCP": "tcp://10.0.0.1:8000",
        "LETMEPOST_PORT_8000_TCP_ADDR": "10.0.0.1",
    }
    with ServerProcess(tmp_path, links, ("--port", str(port)), port=port) as server:
        assert call(f"{server.url}/health").status == 200


async def consented(address: str, owner: dict[str, str]) -> dict[str, str]:
    async with aiohttp.ClientSession() as browser:
        back = await visit(browser, address, owner)
    return {"code": back["code"], "state": back["state"]}


def test_ready_line_of_the_simulators_is_all_that_a_server_needs(
    tmp_path: Path, simulation: Any
) -> None:
    assert list(simulation) == ["url", "settings", "accounts"]
    # Without a worker too: what goes out at once needs none.
    with ServerProcess(tmp_path, simulation["settings"], ("--no-worker",)) as server:
        for platform, owner in simulation["accounts"].items():
            path = f"/v1/accounts/connect/{platform}"
            descriptor = server.call("POST", path, {}).body["descriptor"]
            given = owner
            if descriptor["kind"] == "oauth":
                given = asyncio.run(consented(descriptor["authorizationUrl"], owner))
            # 200 for an account that an earlier consent gave already, through its Page.
            assert server.call("POST", f"{path}/complete", given).status in (200, 201)
        targets = [{"platform": platform} for platform in simulation["accounts"]]
        body = {"targets": targets, "text": "Everywhere"}
        # Where a text alone is no post, that is said before anything is sent.
        report = server.call("POST", "/v1/posts/validate", body).body["targets"]
        taken = [{"platform": each["platform"]} for each in report if each["valid"]]
        batch = server.call("POST", "/v1/posts", {**body, "targets": taken}).body
        assert batch["status"] == "published", batch
        shown = call(f"{simulation['url']}/_simulator/timeline").body
        found = {entry["platform"] for entry in shown if entry["text"] == "Everywhere"}
        assert found == {each["platform"] for each in taken}


def snake(account: dict[str, str]) -> dict[str, str]:
    return {"identifier": account["identifier"], "app_password": account["appPassword"]}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_end_the_server_finishes_what_is_in_hand(
    tmp_path: Path, simulation: Any, number: int
) -> None:
    with ServerProcess(tmp_path, simulation["settings"]) as server:
        server.connect_bluesky(**snake(simulation["accounts"]["bluesky"]))
        slow = {"platform": "bluesky", "fault": "slow", "route": "createRecord", "seconds": 1}
        faults = f"{simulation['url']}/_simulator/faults"
        assert call(faults, "POST", json_body=slow).status == 201
        text = f"In hand at {number}"
        batch = server.post(text, headers={"Prefer": "respond-async"})
        post_id = batch["results"][0]["postId"]
        wait_until(
            lambda: server.read_post(post_id)["phase"] == "sending", "the call to be under way"
        )
        assert server.stop(number) == 0
        assert "Traceback" not in server.log.read_text()
        left = in_database(
            server.data_dir,
            lambda connection: connection.execute(
                select(publications.c.state, attempts.c.outcome).join(
                    attempts, attempts.c.publication_id == publications.c.id
                )
            ).all(),
        )
        assert [tuple(row) for row in left] == [("published", "published")]


def test_demo_that_runs_once_ends_well() -> None:
    ended = letmepost("demo", "--once", settings={"TMPDIR": os.environ.get("TMPDIR", "/tmp")})  # noqa: S108
    assert (ended.returncode, ended.stderr) == (0, "")
    for shown in ("/v1/media", "bluesky.text.max_graphemes", "Idempotency-Replayed: true"):
        assert shown in ended.stdout
    for platform in platforms().values():
        if platform.publishes_by is not None:
            row = rf"^  {platform.title} +published  \S+://"
            assert re.search(row, ended.stdout, re.MULTILINE), platform.title


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_demo_stays_up_until_it_is_asked_to_end(number: int) -> None:
    with running("demo") as process:
        assert process.stdout is not None
        lines: list[str] = []
        while "Ctrl-C" not in (line := process.stdout.readline()):
            assert line, process.communicate()
            lines.append(line)
        said = "".join(lines)
        found = re.search(r"LETMEPOST_API_URL=(\S+)", said)
        assert found is not None
        assert call(f"{found[1]}/health").status == 200
        process.send_signal(number)
        _, complaints = process.communicate(timeout=STOP_SECONDS)
        assert (process.returncode, complaints) == (0, "")


def test_rotating_encryption_says_when_nothing_is_left(tmp_path: Path) -> None:
    settings = {"LETMEPOST_DATA_DIR": str(tmp_path / "data")}
    ended = letmepost("rotate-encryption", settings=settings)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.endswith("Nothing is left under an older key.\n")
