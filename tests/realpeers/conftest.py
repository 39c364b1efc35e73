"""Real servers to test against: installed and started once, and loudly missed where they cannot."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import environment
from tests.npm_packages import UnavailableError, check_node, install, tool
from tests.server_process import LOOPBACK, ServerProcess

FOLDER = Path(__file__).parent / "pds"
OLDEST_NODE = 20
READY_SECONDS = 120


@dataclass(frozen=True)
class RealPds:
    """A running PDS and the account it was started with."""

    url: str
    plc_url: str
    handle: str
    did: str
    password: str
    app_password: str
    expired_access: str
    expired_refresh: str
    blob_upload_limit_bytes: int


@pytest.fixture(scope="session")
def real_pds() -> Iterator[RealPds]:
    """A real Bluesky PDS on loopback, shared by the whole test run."""
    try:
        _check_prerequisites()
        install(FOLDER)
    except UnavailableError as reason:
        environment.cannot_test("A REAL BLUESKY SERVER", str(reason))
    with subprocess.Popen(
        [tool("node"), "start.mjs", "--watch-stdin"],
        cwd=FOLDER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            ready = process.stdout.readline()
            assert ready, "the real PDS ended before it was ready: its reason is on stderr"
            yield _described(json.loads(ready))
        finally:
            process.terminate()
            process.wait(READY_SECONDS)


def _described(ready: dict[str, Any]) -> RealPds:
    return RealPds(
        url=ready["pds"],
        plc_url=ready["plc"],
        handle=ready["handle"],
        did=ready["did"],
        password=ready["password"],
        app_password=ready["appPassword"],
        expired_access=ready["expiredAccessJwt"],
        expired_refresh=ready["expiredRefreshJwt"],
        blob_upload_limit_bytes=ready["blobUploadLimit"],
    )


def _check_prerequisites() -> None:
    check_node(OLDEST_NODE)
    for name in ("g++", "make", "python3"):
        tool(name)
    if not Path("/usr/include/node/node.h").exists():
        raise UnavailableError("the headers of node are not in /usr/include/node")


@dataclass(frozen=True)
class Publisher:
    """A server of ours beside the real PDS, with the PDS's account connected."""

    server: ServerProcess
    account_id: str


def settings_for(real_pds: RealPds, **more: str) -> dict[str, str]:
    """What points a server at the real PDS."""
    return {
        "LETMEPOST_BLUESKY_API_URL": real_pds.url,
        "LETMEPOST_BLUESKY_PLC_URL": real_pds.plc_url,
        "LETMEPOST_BLUESKY_VIDEO_URL": "off",
        "LETMEPOST_ALLOWED_PRIVATE_NETWORKS": LOOPBACK,
        **more,
    }


def connected(server: ServerProcess, real_pds: RealPds) -> Publisher:
    """Connect the PDS's account by its handle alone."""
    answer = server.connect_bluesky(real_pds.handle, real_pds.app_password)
    assert answer.status == 201, answer.text
    return Publisher(server, answer.body["id"])


@pytest.fixture(scope="session")
def publisher(real_pds: RealPds, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Publisher]:
    """One server for every test that leaves it as it was."""
    folder = tmp_path_factory.mktemp("publisher")
    record = {"LETMEPOST_RECORD_UPSTREAM": str(folder / "upstream.jsonl")}
    with ServerProcess(folder, settings_for(real_pds, **record)) as server:
        yield connected(server, real_pds)
