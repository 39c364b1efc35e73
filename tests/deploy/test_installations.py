"""What the files for Docker, compose, systemd and Kubernetes start runs, and lacks nothing."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from letmepost.cli.commands import PANELS
from letmepost.configuration import read_configuration
from tests.databases import PostgresqlServer
from tests.deploy.programs import (
    Place,
    Program,
    composed,
    final_stage,
    image,
    on_kubernetes,
    on_systemd,
)
from tests.media.s3 import running_s3
from tests.media.samples import image as picture
from tests.redis_server import running_redis
from tests.server_process import HOST, Answer, call, free_port, multipart, wait_until

WAYS: Mapping[str, Callable[[], Mapping[str, Program]]] = {
    "compose": composed,
    "systemd": on_systemd,
    "kubernetes": on_kubernetes,
}


@dataclass(frozen=True)
class Neighbours:
    """Where the database, the counter and the store are here, by the variable that says so."""

    database: str
    redis: str
    store: Mapping[str, str]


@pytest.fixture
def neighbours(postgresql_server: PostgresqlServer, tmp_path: Path) -> Iterator[Neighbours]:
    with ExitStack() as opened:
        database = opened.enter_context(postgresql_server.fresh_database())
        redis = opened.enter_context(running_redis(tmp_path))
        s3 = opened.enter_context(running_s3())
        endpoint = s3.environment["AWS_ENDPOINT_URL"]
        yield Neighbours(
            database, redis, {"LETMEPOST_STORAGE_URL": s3.url, "AWS_ENDPOINT_URL": endpoint}
        )


def every_program() -> list[Program]:
    return [image(), *(each for way in WAYS.values() for each in way().values())]


@pytest.mark.parametrize("program", every_program(), ids=lambda each: each.name)
def test_every_name_is_a_setting_and_every_command_is_one(program: Program) -> None:
    # It raises for a name that is no setting, and for a value that cannot be meant.
    read_configuration(program.settings)
    assert program.arguments[0] in {name for panel in PANELS.values() for name in panel}


def moved(program: Program, port: int, neighbours: Neighbours) -> dict[str, str]:
    """The program's settings as they must be here: other machines, and a port that is free."""
    changed = {
        "LETMEPOST_PUBLIC_URL": f"http://{HOST}:{port}",
        "LETMEPOST_PORT": str(port),
        "LETMEPOST_HOST": HOST,
        "LETMEPOST_DATABASE_URL": neighbours.database,
        "LETMEPOST_REDIS_URL": neighbours.redis,
    }
    if "LETMEPOST_STORAGE_URL" in program.environment:
        changed |= neighbours.store
    return changed


def ready(url: str) -> Answer | None:
    try:
        answer = call(f"{url}/ready")
    except OSError:
        return None
    return answer if answer.status == 200 else None


@pytest.mark.parametrize("way", WAYS)
def test_an_installation_starts_works_and_passes_the_doctor(
    way: str, neighbours: Neighbours, tmp_path: Path
) -> None:
    programs = WAYS[way]()
    place, port = Place(tmp_path), free_port()
    url = f"http://{HOST}:{port}"
    (api,) = [each for each in programs.values() if each.arguments[0] == "serve"]
    (worker,) = [each for each in programs.values() if each.arguments[0] == "worker"]
    environment = place.environment(api, moved(api, port, neighbours))
    # Whoever has no part that migrates does it at the start.
    for each in programs.values():
        if each.arguments == ("migrate",):
            migrated = place.run(["letmepost", "migrate"], environment)
            assert migrated.returncode == 0, migrated.stderr
    with (
        place.running(api, environment),
        place.running(worker, place.environment(worker, moved(worker, port, neighbours))),
    ):
        wait_until(lambda: ready(url), f"an answer; the log: {place.log(api)}", 120)
        wait_until(lambda: "worker.ready" in place.log(worker).read_text(), "the worker", 120)
        made = place.run(["letmepost", "bootstrap"], environment)
        assert made.returncode == 0, made.stderr
        key = json.loads(made.stdout)["key"]
        body, content_type = multipart("a.png", picture("PNG", (8, 8)), "image/png")
        headers = {"Content-Type": content_type}
        stored = call(f"{url}/v1/media", "POST", key=key, data=body, headers=headers)
        assert stored.status == 201, stored.text
        doctor = place.run(["letmepost", "doctor"], {**environment, "COLUMNS": "300"})
        assert doctor.returncode == 0, doctor.stdout
        # Here it has an address of this machine, whose disk may be rather full; all else is well.
        lines = doctor.stdout.splitlines()
        looked = {line[6:24].strip() for line in lines if line.startswith(("look", "wrong"))}
        assert "public address" in looked <= {"public address", "disk"}, doctor.stdout
    assert list((tmp_path / "readonly").iterdir()) == []
    assert list((tmp_path / "tmp").iterdir()) == []


def test_the_image_alone_is_an_installation_and_its_health_check_tells(tmp_path: Path) -> None:
    place, port = Place(tmp_path), free_port()
    environment = place.environment(image(), {"LETMEPOST_PORT": str(port), "LETMEPOST_HOST": HOST})
    _, _, check = final_stage()["HEALTHCHECK"].partition("CMD ")
    with place.running(image(), environment):
        wait_until(lambda: ready(f"http://{HOST}:{port}"), "an answer", 120)
        well = place.run(json.loads(check), environment)
        assert well.returncode == 0, well.stderr
    gone = place.run(json.loads(check), environment)
    assert gone.returncode != 0
    assert (tmp_path / "data" / "letmepost.sqlite").exists()
    assert list((tmp_path / "readonly").iterdir()) == []
