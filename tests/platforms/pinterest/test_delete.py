"""Pins are taken back, and one that is gone counts as taken back."""

import pytest

from letmepost.platform_kit.outcome import Deleted, Deletion, Published, Rejected, TryLater, Unknown
from letmepost.platforms.pinterest.delete import PinterestDeleter
from tests.platforms.pinterest.publishing import Publishing


async def delete(side: Publishing, uri: str) -> Deletion:
    return await PinterestDeleter().delete(side.account_task(), uri)


@pytest.fixture
async def uri(side: Publishing) -> str:
    ended = await side.publish(side.task())
    assert isinstance(ended, Published)
    return ended.uri


async def test_pin_is_deleted_once_and_gone_the_second_time(side: Publishing, uri: str) -> None:
    assert await delete(side, uri) == Deleted()
    assert await side.pins() == []
    assert await delete(side, uri) == Deleted(was_there=False)


async def test_lost_answer_is_unknown_and_asking_again_is_safe(side: Publishing, uri: str) -> None:
    # Twice, since a DELETE that is cut is sent again by itself.
    await side.jane.fault("cut_after_commit", route="/v5/pins/", times=2)
    assert isinstance(await delete(side, uri), Unknown)
    assert await delete(side, uri) == Deleted(was_there=False)


@pytest.mark.parametrize(
    ("status", "ending"), [(500, Unknown), (429, TryLater), (403, Rejected), (409, TryLater)]
)
async def test_refusal_leaves_the_pin(
    side: Publishing, uri: str, status: int, ending: type[object]
) -> None:
    await side.jane.fault("status", route="/v5/pins/", status=status)
    assert isinstance(await delete(side, uri), ending)
    assert len(await side.pins()) == 1


async def test_expired_token_is_renewed_before_deleting(side: Publishing, uri: str) -> None:
    await side.jane.fault("expired_token", route="/v5/pins/")
    assert await delete(side, uri) == Deleted()
    assert side.refreshes == 1
