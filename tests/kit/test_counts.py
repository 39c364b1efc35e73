"""Counts of what somebody did lately: alone, through Redis, and while Redis is away."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from limits import parse

from letmepost.kit.counts import Counts

THREE = parse("3/hour")


@pytest.fixture(params=["memory", "redis"])
async def counts(request: pytest.FixtureRequest) -> AsyncIterator[Counts]:
    url = request.getfixturevalue("redis_url") if request.param == "redis" else None
    made = Counts(url)
    yield made
    await made.close()


@pytest.fixture
def who() -> str:
    """Somebody whom no other test counts: Redis is not emptied."""
    return uuid4().hex


async def test_what_is_one_too_many_is_not_counted(counts: Counts, who: str) -> None:
    for _ in range(3):
        assert await counts.has_room(THREE, "try", who)
        assert await counts.take(THREE, "try", who)
    assert not await counts.has_room(THREE, "try", who)
    assert not await counts.take(THREE, "try", who)
    assert 3500 < await counts.seconds_until_room(THREE, "try", who) <= 3600
    assert await counts.take(THREE, "another", who)


async def test_what_is_forgotten_is_counted_from_nothing(counts: Counts, who: str) -> None:
    for _ in range(3):
        assert await counts.take(THREE, "try", who)
    await counts.forget(THREE, "try", who)
    assert await counts.take(THREE, "try", who)


async def test_a_window_counts_every_one(counts: Counts, who: str) -> None:
    counted = [await counts.in_window(THREE, who) for _ in range(5)]
    assert [number for number, _ in counted] == [1, 2, 3, 4, 5]
    # All of them in the same window.
    assert max(end for _, end in counted) - min(end for _, end in counted) < 2


async def test_processes_count_together_through_redis(redis_url: str, who: str) -> None:
    one, other = Counts(redis_url), Counts(redis_url)
    try:
        assert [await each.take(THREE, "try", who) for each in (one, other, one)] == [True] * 3
        assert not await other.take(THREE, "try", who)
    finally:
        await one.close()
        await other.close()


async def test_without_its_redis_a_process_counts_for_itself(
    who: str, unused_tcp_port: int
) -> None:
    alone = Counts(f"redis://127.0.0.1:{unused_tcp_port}/0")
    try:
        assert [await alone.take(THREE, "try", who) for _ in range(4)] == [True, True, True, False]
        assert await alone.seconds_until_room(THREE, "try", who) > 0
        await alone.forget(THREE, "try", who)
        assert await alone.has_room(THREE, "try", who)
    finally:
        await alone.close()
