"""A server keeps what is out of a thread, whatever keeps an attempt from beginning."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.posts.tables import publications
from letmepost.posts.task import Tasks
from tests.platforms.every_platform import Play, playing
from tests.platforms.twitter import cases

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

THREAD = next(kind for kind in cases.KINDS if kind.name == "thread")


@pytest.fixture
async def play(database_url: str, tmp_path: Path) -> AsyncIterator[Play]:
    async with playing("twitter", database_url, tmp_path / "data") as opened:
        yield opened


def sent(shown: Any) -> list[str]:
    """The texts that were sent to X, over all attempts."""
    calls = [call for attempt in shown["attempts"] for call in attempt["transcript"]]
    return [call["requestBody"]["text"] for call in calls if call["url"].endswith("/2/tweets")]


async def posted(play: Play) -> list[str]:
    """The texts on the platform, the oldest first."""
    return [entry["text"] for entry in reversed(await play.backstage.timeline())]


@pytest.mark.parametrize(
    "error",
    [
        LetmepostError(code=ErrorCode.PLATFORM_UNAVAILABLE, message="The token is not renewed."),
        RuntimeError("a fault of our own"),
    ],
    ids=["refused", "broken"],
)
async def test_attempt_that_does_not_begin_keeps_what_is_out(
    play: Play, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    opened, attempts = Tasks.open, 0

    async def broken_at_the_second(self: Tasks, *given: Any) -> Any:
        nonlocal attempts
        attempts += 1
        if attempts == 2:
            raise error
        return await opened(self, *given)

    with monkeypatch.context() as patched:
        patched.setattr(Tasks, "open", broken_at_the_second)
        result = await play.server.post_kind(THREAD)
    assert await posted(play) == [THREAD.text]
    (row,) = await play.server.rows(publications)
    assert (row["state"], len(row["checkpoint"]["posted"])) == ("queued", 1)
    shown = await play.end(result)
    assert shown["status"] == "published"
    assert sent(shown) == await posted(play)
    assert len(sent(shown)) == 3


async def test_retry_of_a_thread_whose_fate_is_unknown_begins_where_it_ended(play: Play) -> None:
    await play.backstage.fault(fault="hide_history", route="/2/users/", times=99)
    await play.backstage.fault(fault="cut_after_commit", route="/2/tweets?", every=2)
    result = await play.server.post_kind(THREAD)
    shown = await play.end(result)
    assert (shown["status"], shown["error"]["rule"]) == ("failed", "delivery.outcome_unknown")
    assert len(await posted(play)) == 2
    body = {"acceptDuplicateRisk": True}
    reply = await play.server.call("POST", f"/v1/posts/{shown['id']}/retry", body)
    assert reply.status < 300, reply.text
    shown = await play.end(result)
    # X still does not show the second post, and what was sure stays sure.
    assert shown["status"] == "failed"
    assert await posted(play) == [THREAD.text, "Rebuilt in 1987"]
    assert sent(shown).count(THREAD.text) == 1
