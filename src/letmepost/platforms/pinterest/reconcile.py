"""Find a pin whose answer was lost: on its board, by its words and its time.

Pinterest has no key that a caller could choose, and does not document in which order it lists.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from letmepost.content.errors import ErrorCode
from letmepost.platform_kit.outcome import Absent, Published, Reconciled, Unknown
from letmepost.platform_kit.platform import PublishTask
from letmepost.platforms.pinterest.api import AccountClient
from letmepost.platforms.pinterest.errors import failure
from letmepost.platforms.pinterest.options import chosen_options
from letmepost.platforms.pinterest.pin import pin_address, texts

PAGE_SIZE = 50
PAGES_MIN = 2
PAGES_MAX = 10
CLOCKS_DIFFER = timedelta(seconds=60)
_TEXTS = ("title", "description", "alt_text", "link")


async def find_pin(task: PublishTask, client: AccountClient) -> Reconciled:
    """One pin that says the same is the post; none at all means that it is not there.

    Raises `RefusedError` and `NoAnswerError` where the board cannot be read.
    """
    since = datetime.fromisoformat(task.plan["startedAt"]) - CLOCKS_DIFFER
    wanted = texts(task.draft)
    same, alike = [], 0
    pages = _Pages(since)
    async for found in pages.read(client, _place(task)):
        made_at = _moment(found.get("created_at"))
        if made_at is not None and made_at < since:
            continue
        if _words(found) == _words(wanted):
            same.append(str(found.get("id")))
        elif any(
            _word(found, name) and _word(found, name) == _word(wanted, name) for name in _TEXTS
        ):
            alike += 1
    if len(same) == 1:
        return Published(uri=pin_address(same[0]))
    if same:
        return _cannot_tell(f"the board has {len(same)} new pins that say the same")
    if alike:
        # Pinterest may have changed a word or the link.
        return _cannot_tell("the board has a new pin that says nearly the same")
    if not pages.read_far_enough:
        return _cannot_tell("the board has too many new pins to read them all")
    return Absent()


class _Pages:
    """The pages of a list, read until they are older than the attempt."""

    def __init__(self, since: datetime) -> None:
        self._since = since
        self.read_far_enough = False

    async def read(self, client: AccountClient, path: str) -> AsyncIterator[Mapping[str, Any]]:
        """The pins of a board or section."""
        bookmark: str | None = None
        for number in range(1, PAGES_MAX + 1):
            more = {"bookmark": bookmark} if bookmark else {}
            page = await client.needed("GET", path, page_size=str(PAGE_SIZE), **more)
            items = [each for each in page.get("items") or () if isinstance(each, dict)]
            for each in items:
                yield each
            bookmark = page.get("bookmark")
            # Newest first is what is seen and not what is promised, so one page never is enough.
            older = bool(items) and all(self._is_older(each) for each in items)
            if not bookmark or (number >= PAGES_MIN and older):
                self.read_far_enough = True
                return

    def _is_older(self, found: Mapping[str, Any]) -> bool:
        made_at = _moment(found.get("created_at"))
        return made_at is not None and made_at < self._since


def _place(task: PublishTask) -> str:
    chosen = chosen_options(task.draft)
    board = f"/boards/{task.plan['boardId']}"
    if chosen and chosen.board_section_id:
        return f"{board}/sections/{chosen.board_section_id}/pins"
    return f"{board}/pins"


def _word(found: Mapping[str, Any], name: str) -> str:
    return str(found.get(name) or "").strip()


def _words(found: Mapping[str, Any]) -> list[str]:
    return [_word(found, name) for name in _TEXTS]


def _moment(written: object) -> datetime | None:
    """A time as Pinterest writes it, with a zone or without; without one it is UTC."""
    try:
        read = datetime.fromisoformat(str(written))
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _cannot_tell(why: str) -> Unknown:
    message = f"Whether the pin was made cannot be told: {why}."
    return Unknown(error=failure(ErrorCode.PLATFORM_UNAVAILABLE, message))
