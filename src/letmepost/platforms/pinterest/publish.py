"""Publish pins, and read them back.

`POST /pins` is the one call that makes something, and Pinterest knows no key for it: an answer
that is lost is looked for on the board (`reconcile.py`).
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from letmepost.content.draft import Draft
from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.kit.clock import wire_time
from letmepost.platform_kit.http import Answer, NoAnswerError
from letmepost.platform_kit.outcome import (
    Outcome,
    Published,
    Reconciled,
    Rejected,
    TryLater,
    Unknown,
)
from letmepost.platform_kit.platform import PublishTask, Visibility
from letmepost.platforms.pinterest import pin
from letmepost.platforms.pinterest.api import AccountClient, RefusedError
from letmepost.platforms.pinterest.boards import proposed_boards
from letmepost.platforms.pinterest.errors import (
    PIN_NOT_FOUND,
    SERVER_ERROR,
    by_rule,
    code_of,
    not_answered,
    readable,
    refusal,
    unavailable,
    was_not_fetched,
    words_of,
)
from letmepost.platforms.pinterest.options import chosen_options
from letmepost.platforms.pinterest.preview import preview
from letmepost.platforms.pinterest.reconcile import find_pin
from letmepost.platforms.pinterest.rules import (
    COVER_URL_REACHABLE,
    DESTINATION_REACHABLE,
    IMAGE_URL_REACHABLE,
    URL_REACHABLE,
)
from letmepost.platforms.pinterest.rules_pin import board_is_missing
from letmepost.platforms.pinterest.video import NotReadyError, video_source
from letmepost.preflight.rule import Rule

CREATE = "/pins"


class PinterestPublisher:
    """Pins of one image, of a carousel or of a video."""

    def plan(self, draft: Draft, now: datetime) -> Mapping[str, Any]:
        """Keep the board and the time: by them a pin whose answer was lost is found again."""
        return {"boardId": pin.board_of(draft), "startedAt": wire_time(now)}

    async def publish(self, task: PublishTask) -> Outcome:
        """Make one attempt."""
        client = AccountClient(task)
        try:
            ended = await self._attempt(task, client)
        except NotReadyError as error:
            return error.waiting
        except RefusedError as error:
            ended = error.outcome
        except NoAnswerError as error:
            # Nothing that a reader could see has been asked for yet.
            ended = TryLater(error=not_answered(error))
        if isinstance(ended, TryLater) and not ended.checkpoint:
            # A video that is there already is not sent again.
            return replace(ended, checkpoint=task.checkpoint)
        return ended

    async def reconcile(self, task: PublishTask) -> Reconciled:
        """Look for the pin on its board."""
        try:
            return await find_pin(task, AccountClient(task))
        except RefusedError as error:
            # A look-up that is refused says nothing of the pin.
            refused = error.outcome
            return refused if isinstance(refused, TryLater) else Unknown(error=refused.error)
        except NoAnswerError as error:
            return TryLater(error=not_answered(error))

    def preview(self, draft: Draft, account_details: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The call that would make the pin."""
        return preview(draft, account_details)

    async def verify(self, task: PublishTask, uri: str) -> Visibility:
        """Read the pin by its id."""
        try:
            answer = await AccountClient(task).call("GET", f"{CREATE}/{pin.pin_id_of(uri)}")
        except NoAnswerError:
            return "unknown"
        if readable(answer) is not None:
            return "visible"
        return "absent" if code_of(answer) == PIN_NOT_FOUND else "unknown"

    async def _attempt(self, task: PublishTask, client: AccountClient) -> Outcome:
        board_id = task.plan.get("boardId")
        if not board_id:
            return Rejected(error=await board_required(client))
        if task.draft.videos:
            return await _create(task, client, board_id, await video_source(task, client))
        if (source := pin.source_by_address(task.draft)) is not None:
            ended = await _create(task, client, board_id, source)
            if not _rests_on_fetching(ended):
                return ended
        # Pinterest could not open an address that opened here: it gets the bytes.
        return await _create(task, client, board_id, await pin.source_by_bytes(task.media))


async def board_required(client: AccountClient) -> LetmepostError:
    """The error of a pin without a board, with the boards to choose from where they are known."""
    error = by_rule(board_is_missing, None)
    if (boards := await proposed_boards(client)) is not None:
        error.platform_response = {"availableBoards": boards}
    return error


def _rests_on_fetching(ended: Outcome) -> bool:
    return isinstance(ended, Rejected) and ended.error.rule in (
        IMAGE_URL_REACHABLE.id,
        URL_REACHABLE.id,
    )


async def _create(
    task: PublishTask, client: AccountClient, board_id: str, source: Mapping[str, Any]
) -> Outcome:
    document = pin.document(task.draft, board_id, source)
    try:
        answer = await client.call("POST", CREATE, document, before=task.sending)
    except NoAnswerError as error:
        if not error.sent:
            return TryLater(error=not_answered(error))
        return Unknown(error=not_answered(error))
    if answer.ok:
        return _created(answer)
    if answer.status >= SERVER_ERROR:
        # Pinterest may have failed after it made the pin.
        return Unknown(error=unavailable(words_of(answer), answer))
    if was_not_fetched(answer):
        rule = _unreachable(task.draft, source)
        refused = by_rule(rule, words_of(answer), answer, code=ErrorCode.PLATFORM_REJECTED)
        return Rejected(error=refused)
    return refusal(answer)


def _created(answer: Answer) -> Outcome:
    made = readable(answer) or {}
    if isinstance(made.get("id"), str) and made["id"]:
        return Published(uri=pin.pin_address(made["id"]))
    # A 2xx without the pin's id: it was made, or a proxy answered in Pinterest's place.
    return Unknown(error=unavailable("the answer is not readable", answer))


def _unreachable(draft: Draft, source: Mapping[str, Any]) -> Rule:
    """The rule of the address that Pinterest could not open, where only one was sent."""
    chosen = chosen_options(draft)
    sent = [
        rule
        for rule, there in (
            (IMAGE_URL_REACHABLE, source["source_type"] in ("image_url", "multiple_image_urls")),
            (COVER_URL_REACHABLE, "cover_image_url" in source),
            (DESTINATION_REACHABLE, bool(chosen and chosen.destination_url)),
        )
        if there
    ]
    return sent[0] if len(sent) == 1 else URL_REACHABLE
