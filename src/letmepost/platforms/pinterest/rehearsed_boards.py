"""The boards of test accounts: two that are always there, and those that were made."""

import hashlib
from collections.abc import Mapping
from typing import Any

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.platform_kit.account_operation import Details
from letmepost.platforms.pinterest.errors import BOARD_NAME_TAKEN, PLATFORM

KEPT = "sandboxBoards"
_KEPT_MAX = 50


def _board(name: str, privacy: str | None = None) -> dict[str, Any]:
    # Digits, as Pinterest's ids are; the same name gives the same board.
    digest = hashlib.sha256(name.strip().casefold().encode()).hexdigest()
    return {"id": str(int(digest[:14], 16)), "name": name, "privacy": privacy or "PUBLIC"}


def boards_of(details: Details) -> list[dict[str, Any]]:
    """Every board of a test account."""
    return [_board("Test board"), _board("Another test board"), *details.get(KEPT, ())]


def made(details: Details, name: str, privacy: str | None) -> tuple[dict[str, Any], bool]:
    """A board of a name, and whether it was there already."""
    board = _board(name, privacy)
    for known in boards_of(details):
        if known["id"] == board["id"]:
            return known, True
    return board, False


def kept(details: Details, board: Mapping[str, Any]) -> dict[str, Any]:
    """The details of a test account that has one board more; the oldest of many are let go."""
    return {KEPT: [*details.get(KEPT, ()), dict(board)][-_KEPT_MAX:]}


def name_taken() -> LetmepostError:
    """What Pinterest says of a name that another board has."""
    message = "You already have a board with this name."
    return LetmepostError(
        code=ErrorCode.PLATFORM_REJECTED,
        message=f"Test key: Pinterest refused the request: {message}",
        platform=PLATFORM,
        platform_response={"sandbox": True, "code": BOARD_NAME_TAKEN, "message": message},
    )
