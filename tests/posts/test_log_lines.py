"""Log lines of one post, followed by its ids from the request to the attempt."""

import io
import json
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from letmepost.kit.logs import configure_logs
from letmepost.posts.ledger import VERIFY_KIND
from letmepost.posts.tables import attempts
from tests.clock import FakeClock
from tests.platforms.bluesky.caller import Caller
from tests.platforms.running_server import Running, running
from tests.posts.scheduling import fire, fire_in_time, pass_time, scheduled


class Lines:
    """What was logged."""

    def __init__(self) -> None:
        self.written = io.StringIO()
        self._read = 0

    def read(self) -> list[dict[str, Any]]:
        """The lines since the last look."""
        found = [json.loads(line) for line in self.written.getvalue().splitlines()]
        new, self._read = found[self._read :], len(found)
        return new


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    logged = Lines()
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stderr", logged.written)
        configure_logs("debug")
    yield logged
    configure_logs("critical")


@pytest.fixture
async def talkative(
    alice: Caller, database_url: str, tmp_path: Path, fake_clock: FakeClock
) -> AsyncIterator[Running]:
    async with running(
        "bluesky",
        alice.simulation,
        database_url,
        tmp_path / "data",
        fake_clock,
        LETMEPOST_LOG_LEVEL="debug",
    ) as opened:
        yield opened


async def _attempt_ids(server: Running, purpose: str) -> list[str]:
    return [row["id"] for row in await server.rows(attempts) if row["purpose"] == purpose]


async def test_a_scheduled_post_is_followed_by_id_from_request_to_attempt(
    talkative: Running, lines: Lines
) -> None:
    server = talkative
    result = await scheduled(server)
    [asked] = [each for each in lines.read() if each.get("route") == "/v1/posts"]
    assert (asked["event"], asked["method"], asked["status"]) == ("request.answered", "POST", 202)
    await fire_in_time(server)
    [ended] = [each for each in lines.read() if each["event"] == "attempt.ended"]
    assert ended["request_id"] == asked["request_id"]
    assert ended["post_id"] == result["postId"]
    assert [ended["attempt_id"]] == await _attempt_ids(server, "publish")
    await pass_time(server, 70)
    await fire(server, VERIFY_KIND)
    [looked] = [each for each in lines.read() if each["event"] == "post.looked_at"]
    assert looked["request_id"] == asked["request_id"]
    assert looked["post_id"] == result["postId"]
    assert [looked["attempt_id"]] == await _attempt_ids(server, "verify")


async def test_two_posts_of_one_moment_keep_their_ids_apart(
    talkative: Running, lines: Lines
) -> None:
    server = talkative
    made = [await scheduled(server, text) for text in ("One", "Two")]
    asked = [each["request_id"] for each in lines.read() if each.get("route") == "/v1/posts"]
    await fire_in_time(server)
    ended = [each for each in lines.read() if each["event"] == "attempt.ended"]
    told = {each["post_id"]: each["request_id"] for each in ended}
    assert told == {
        each["postId"]: request_id for each, request_id in zip(made, asked, strict=True)
    }
    assert len({each["attempt_id"] for each in ended}) == 2


async def test_a_line_of_a_request_names_no_post_of_another(
    talkative: Running, lines: Lines
) -> None:
    await talkative.post("Before")
    lines.read()
    await talkative.call("GET", "/v1/posts")
    [answered] = lines.read()
    assert answered["event"] == "request.answered"
    assert "post_id" not in answered
    assert "attempt_id" not in answered
