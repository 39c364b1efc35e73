"""What many ask for at the same time is done once."""

import asyncio

import pytest

from letmepost.kit.shared import Shared


class Work:
    def __init__(self) -> None:
        self.done: list[str] = []
        self.may_end = asyncio.Event()

    async def __call__(self, key: str) -> str:
        self.done.append(key)
        await self.may_end.wait()
        if key == "bad":
            raise ValueError(key)
        return key.upper()


async def test_those_who_ask_meanwhile_share_one_piece_of_work() -> None:
    work = Work()
    shared = Shared(work)
    asking = [asyncio.create_task(shared(key)) for key in ("a", "a", "b", "a")]
    await asyncio.sleep(0)
    work.may_end.set()
    assert await asyncio.gather(*asking) == ["A", "A", "B", "A"]
    assert sorted(work.done) == ["a", "b"]
    assert await shared("a") == "A"
    assert work.done.count("a") == 2


async def test_who_goes_away_leaves_the_work_to_the_others() -> None:
    work = Work()
    shared = Shared(work)
    first, second = (asyncio.create_task(shared("a")) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    work.may_end.set()
    assert await second == "A"
    assert work.done == ["a"]


async def test_a_failure_is_everybodys_and_the_next_one_tries_again() -> None:
    work = Work()
    work.may_end.set()
    shared = Shared(work)
    failed = await asyncio.gather(shared("bad"), shared("bad"), return_exceptions=True)
    assert [type(each) for each in failed] == [ValueError, ValueError]
    with pytest.raises(ValueError, match="bad"):
        await shared("bad")
    assert work.done == ["bad", "bad"]
