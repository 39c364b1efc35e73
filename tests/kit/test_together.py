"""A group fails as one only where its members may have been done already."""

import asyncio
from collections.abc import Sequence

import pytest

from letmepost.kit.database import DatabaseAwayError
from letmepost.kit.together import Together


class Work:
    def __init__(self, error: Exception) -> None:
        self.error = error
        self.groups: list[list[str]] = []

    async def __call__(self, items: Sequence[str]) -> Sequence[str]:
        self.groups.append(list(items))
        await asyncio.sleep(0)
        if "bad" in items:
            raise self.error
        return [each.upper() for each in items]


async def _ask(work: Work) -> list[str | BaseException]:
    together = Together[str, str](work)
    # The first is alone, and the others gather meanwhile.
    return await asyncio.gather(
        *(together(each) for each in ("a", "b", "bad", "c")), return_exceptions=True
    )


async def test_nobody_fails_for_what_another_brought() -> None:
    work = Work(ValueError("bad"))
    a, b, bad, c = await _ask(work)
    assert (a, b, c, type(bad)) == ("A", "B", "C", ValueError)


async def test_what_an_absent_database_may_have_committed_is_not_done_again() -> None:
    work = Work(DatabaseAwayError(TimeoutError()))
    answers = await _ask(work)
    assert [each for group in work.groups for each in group].count("bad") == 1
    assert DatabaseAwayError in {type(each) for each in answers}


@pytest.mark.parametrize("error", [ValueError("bad"), DatabaseAwayError(TimeoutError())])
async def test_who_comes_after_a_failure_is_served(error: Exception) -> None:
    together = Together[str, str](Work(error))
    with pytest.raises(type(error)):
        await together("bad")
    assert await together("a") == "A"
