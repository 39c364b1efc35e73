"""The fork server: children that cannot be told apart from new processes, and that always end."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from textwrap import indent
from typing import Any

import psutil
import pytest

from letmepost.media import child as child_module
from letmepost.media.child import ask_child, open_for_child
from letmepost.media.fork_server import end_fork_server
from letmepost.media.inspect import inspect
from tests.media import samples
from tests.media.forked import children_that, fork_servers
from tests.server_process import wait_until

PICTURE = samples.image(size=(320, 320))
BLOCKED = "signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())\n"
TOLD = "import sys; sys.stdout.write({}); sys.stdout.flush(); os._exit(0)"
# A program that reads one file and then says who its fork server is.
SERVER = """
import asyncio, sys
from pathlib import Path
from letmepost.media import fork_server
from letmepost.media.inspect import inspect
found = asyncio.run(inspect(Path(sys.argv[1]), size_bytes=1, sha256=""))
assert found.width_px == 320
print(fork_server._current._process.pid, flush=True)
{}
"""


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(PICTURE)
    return path


async def asked(path: Path, timeout_seconds: float = 10, max_bytes: int = 100_000) -> bytes:
    with open_for_child(path) as file:
        return await ask_child(
            "inspect", file, timeout_seconds=timeout_seconds, max_bytes=max_bytes
        )


async def width_of(path: Path) -> int | None:
    return (await inspect(path, size_bytes=1, sha256="")).width_px


def has_ended(pid: int) -> bool:
    """Whether a process is gone, or waits as a zombie for its new parent, which is not ours."""
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def the_fork_server() -> psutil.Process:
    (found,) = fork_servers()
    return found


def test_files_of_every_event_loop_are_read_by_children_of_one_process(picture: Path) -> None:
    end_fork_server()
    assert fork_servers() == []
    assert asyncio.run(width_of(picture)) == 320
    first = the_fork_server()
    assert asyncio.run(width_of(picture)) == 320
    assert the_fork_server() == first
    end_fork_server()
    assert fork_servers() == []


async def test_a_killed_fork_server_is_started_again_at_the_next_file(picture: Path) -> None:
    assert await width_of(picture) == 320
    killed = the_fork_server()
    killed.kill()
    assert await width_of(picture) == 320
    assert the_fork_server() != killed


async def test_a_file_in_hand_of_a_killed_fork_server_is_read_once_more(
    picture: Path, tmp_path: Path
) -> None:
    tried = tmp_path / "tried"
    with children_that(
        f"if not os.path.exists({str(tried)!r}):\n"
        f" open({str(tried)!r}, 'w').write(str(os.getpid()))\n"
        " os.kill(os.getppid(), signal.SIGKILL)\n"
        " time.sleep(60)\n" + TOLD.format("'second ' + os.read(0, 3).hex()")
    ):
        assert await asked(picture) == b"second ffd8ff"
        assert has_ended(int(tried.read_text()))


async def test_a_file_that_ends_every_fork_server_is_told_and_hangs_nothing(picture: Path) -> None:
    with children_that("os.kill(os.getppid(), signal.SIGKILL); time.sleep(60)"):
        began = time.monotonic()
        facts = await inspect(picture, size_bytes=1, sha256="")
        assert time.monotonic() - began < 5
        assert facts.problem is not None
        assert "damaged" in facts.problem
    assert await width_of(picture) == 320


@pytest.mark.parametrize("hanging", ["while True: pass", "time.sleep(60)"])
async def test_a_child_that_blocks_every_signal_is_killed_in_time(
    picture: Path, hanging: str
) -> None:
    with children_that(BLOCKED + hanging):
        with pytest.raises(TimeoutError):
            await asked(picture, timeout_seconds=0.5)
        assert the_fork_server().children(recursive=True) == []


async def test_a_cancelled_question_leaves_no_child(picture: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "begun")
    with children_that(f"open({str(tmp_path / 'begun')!r}, 'w').close(); time.sleep(60)"):
        asking = asyncio.create_task(asked(picture))
        await asyncio.to_thread((tmp_path / "begun").read_bytes)
        (running,) = the_fork_server().children()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert not running.is_running()


async def test_a_child_that_stops_the_fork_server_is_killed_with_it(
    picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child_module, "KILL_SECONDS", 0.2)
    with children_that("os.kill(os.getppid(), signal.SIGSTOP); time.sleep(60)"):
        # The first includes the start of the fork server.
        with pytest.raises(TimeoutError):
            await asked(picture, timeout_seconds=2)
        assert fork_servers() == []


async def test_a_crash_leaves_others_in_hand_and_the_next_file_another_fork_server(
    tmp_path: Path,
) -> None:
    crashing, waiting = tmp_path / "crashing", tmp_path / "waiting"
    crashing.write_bytes(b"crash")
    waiting.write_bytes(b"wait")
    os.mkfifo(tmp_path / "go")
    with children_that(
        "if os.read(0, 5) == b'crash': os.abort()\n"
        f"open({str(tmp_path / 'go')!r}).close()\n" + TOLD.format("'waited'")
    ):
        in_hand = asyncio.create_task(asked(waiting))
        assert await asked(crashing) == b""
        crashed = the_fork_server()
        await asyncio.to_thread((tmp_path / "go").write_bytes, b"")
        assert await in_hand == b"waited"
        in_hand = asyncio.create_task(asked(waiting))
        await asyncio.to_thread((tmp_path / "go").write_bytes, b"")
        assert await in_hand == b"waited"
        assert the_fork_server() != crashed


async def test_a_process_that_a_child_leaves_behind_is_not_waited_for(picture: Path) -> None:
    with children_that("if not os.fork(): time.sleep(60)\n" + TOLD.format("'told'")):
        assert await asked(picture, timeout_seconds=5) == b"told"


async def test_more_than_an_honest_answer_is_not_kept(picture: Path) -> None:
    with children_that(TOLD.format("'x' * 1_000_000")):
        assert await asked(picture, max_bytes=10) == b"x" * 10
        assert len(await asked(picture, max_bytes=2_000_000)) == 1_000_000


async def test_a_child_has_the_file_its_answer_and_nothing_of_the_server(
    picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LETMEPOST_ENCRYPTION_KEYS", "secret")
    looked = (
        "found = {'environ': dict(os.environ), 'folder': os.getcwd(),\n"
        " 'descriptors': [number for number in range(1000) if os.path.exists(f'/dev/fd/{number}')],"
        "\n 'arguments': sys.argv, 'modules': list(sys.modules)}\n"
        "if sys.platform == 'linux':\n"
        " found['at_start'] = open('/proc/self/environ').read()\n"
        " found['at_start_of_parent'] = open(f'/proc/{os.getppid()}/environ').read()\n"
        " found['parent_has'] = len(os.listdir(f'/proc/{os.getppid()}/fd'))\n"
    )
    with children_that(looked + TOLD.format("json.dumps(found)")):
        pictures = [asked(picture) for _ in range(4)]
        answers: list[dict[str, Any]] = [
            json.loads(each) for each in await asyncio.gather(*pictures)
        ]
    for found in answers:
        assert "secret" not in json.dumps(found)
        assert "LETMEPOST" not in json.dumps([found["environ"], found.get("at_start")])
        assert found["folder"] == "/"
        assert found["descriptors"] == [0, 1, 2]
        assert not {"letmepost.server_settings", "letmepost.kit.settings"} & set(found["modules"])


async def test_the_limits_of_a_child_are_those_of_a_process_of_its_own(picture: Path) -> None:
    limited = (
        "import resource; inspect_file.limit_this_process(); found = []\n"
        "try: bytearray(500 * 2**20)\n"
        "except MemoryError: found.append('memory')\n"
        "bytearray(400 * 2**20)\n"
        "found += [resource.getrlimit(each)[1] for each in"
        " (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_NOFILE)]\n"
    )
    with children_that(limited + TOLD.format("json.dumps(found)")):
        for _ in range(2):
            assert json.loads(await asked(picture)) == ["memory", 512 * 2**20, 10, 16]


async def test_fifty_files_leave_no_descriptor_and_no_zombie(picture: Path) -> None:
    damaged = picture.with_name("damaged")
    damaged.write_bytes(PICTURE[:500])
    await width_of(picture)
    server = the_fork_server()
    open_before = psutil.Process().num_fds()
    # It closes a life line just after it has told the end.
    at_rest = 5
    for _ in range(10):
        files = [inspect(each, size_bytes=1, sha256="") for each in (picture, damaged) * 2]
        late = inspect(picture, size_bytes=1, sha256="", timeout_seconds=0)
        await asyncio.gather(*files, late)
    assert psutil.Process().num_fds() == open_before
    assert server.num_fds() <= at_rest + 1
    assert the_fork_server() == server
    assert server.children() == []
    assert server.status() != psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("ending", ["", "import os; os._exit(1)", "import time; time.sleep(60)"])
def test_no_fork_server_outlives_its_server(picture: Path, ending: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SERVER.format(ending), str(picture)],
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        pid = int(server.stdout.readline())
        if "sleep" in ending:
            server.kill()
        wait_until(lambda: has_ended(pid), "the end of the fork server")


def test_no_child_outlives_its_killed_server(picture: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "begun")
    hanging = (
        f"begun = open({str(tmp_path / 'begun')!r}, 'w'); print(os.getpid(), file=begun)\n"
        f"begun.close()\n{BLOCKED}time.sleep(60)"
    )
    program = f"from tests.media.forked import children_that\nwith children_that({hanging!r}):\n"
    with subprocess.Popen(
        [sys.executable, "-c", program + indent(SERVER, " "), str(picture)],
        cwd=Path(__file__).parents[2],
    ) as server:
        pid = int((tmp_path / "begun").read_text())
        assert not has_ended(pid)
        server.kill()
        wait_until(lambda: has_ended(pid), "the end of the child")


def test_a_signal_to_every_process_of_a_service_leaves_files_in_hand(picture: Path) -> None:
    assert asyncio.run(width_of(picture)) == 320
    server = the_fork_server()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        server.send_signal(number)
    assert asyncio.run(width_of(picture)) == 320
    assert the_fork_server() == server
