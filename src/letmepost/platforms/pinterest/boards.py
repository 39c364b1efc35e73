"""The boards of an account, as Pinterest lists them."""

from collections.abc import AsyncIterator
from typing import Any

from letmepost.content.errors import LetmepostError
from letmepost.platform_kit.http import NoAnswerError
from letmepost.platforms.pinterest.api import AccountClient, RefusedError

PAGE_SIZE_MAX = 250
LISTED_MAX = 100
PROPOSED_MAX = 25


async def every_board(client: AccountClient, page_size: int) -> AsyncIterator[dict[str, Any]]:
    """The account's boards that take pins, page by page; raise `RefusedError`.

    Boards for advertisements alone are left out.
    """
    bookmark: str | None = None
    while True:
        more = {"bookmark": bookmark} if bookmark else {}
        found = await client.needed("GET", "/boards", page_size=str(page_size), **more)
        for board in found.get("items") or ():
            if isinstance(board, dict) and not board.get("is_ads_only"):
                yield board
        following = found.get("bookmark")
        if not isinstance(following, str) or not following or following == bookmark:
            return
        bookmark = following


async def first_boards(client: AccountClient, count: int) -> list[dict[str, Any]]:
    """As many boards as are asked for, each with `id`, `name` and `privacy`."""
    shown: list[dict[str, Any]] = []
    async for board in every_board(client, count):
        shown.append(described(board))
        if len(shown) == count:
            break
    return shown


async def board_named(client: AccountClient, name: str) -> dict[str, Any] | None:
    """The board of a name; Pinterest takes a name for the same in any case."""
    async for board in every_board(client, PAGE_SIZE_MAX):
        if str(board.get("name", "")).strip().casefold() == name.strip().casefold():
            return board
    return None


async def proposed_boards(client: AccountClient) -> list[dict[str, Any]] | None:
    """Boards to choose from, for an error; None where they cannot be read now."""
    try:
        return await first_boards(client, PROPOSED_MAX)
    except (RefusedError, NoAnswerError, LetmepostError):
        return None


def described(board: dict[str, Any]) -> dict[str, Any]:
    """What the API shows of a board."""
    return {"id": board.get("id"), "name": board.get("name"), "privacy": board.get("privacy")}
