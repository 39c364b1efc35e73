"""What each target of a request is to be: its own fields in place of the request's, and a time."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from pydantic import BaseModel

from letmepost.kit.database import Database
from letmepost.posts.body import NEXT_SLOT, Asked, FirstCommentBody, MediaBody, NextSlot
from letmepost.posts.resolve import Resolved
from letmepost.posts.slots import next_slot
from letmepost.tenancy.keys import Caller


class Wanted(NamedTuple):
    """What a target is to be. With `in_slot` its time is that of a slot, which nobody holds yet."""

    text: str | None
    media: Sequence[MediaBody]
    first_comment: FirstCommentBody | None
    scheduled_at: datetime | None
    options: BaseModel | None
    in_slot: bool


async def wanted_of(
    database: Database, caller: Caller, asked: Asked, resolved: Sequence[Resolved], now: datetime
) -> list[Wanted]:
    """What each target is to be; raise a conflict where a profile has no slot to give.

    The slot is taken when the post is written, and may be a later one then. Without an account
    only a key of one profile says whose slots are meant; otherwise the target has no time.
    """
    times = [each.scheduled_at or asked.scheduled_at for each in asked.targets]
    slots: Sequence[datetime | None] = []
    if NEXT_SLOT in times:
        slots = await _slots_of(database, caller, times, resolved, now)
    return [
        Wanted(
            asked.text if target.text is None else target.text,
            (asked.media if target.media is None else target.media) or (),
            target.first_comment or asked.first_comment,
            slots[number] if isinstance(at, str) else at,
            target.options,
            isinstance(at, str),
        )
        for number, (target, at) in enumerate(zip(asked.targets, times, strict=True))
    ]


async def _slots_of(
    database: Database,
    caller: Caller,
    times: Sequence[datetime | NextSlot | None],
    resolved: Sequence[Resolved],
    now: datetime,
) -> list[datetime | None]:
    """The next slot of each target that asks for one."""
    whose = [
        (each.account.profile_id if each.account else caller.profile_id)
        if at == NEXT_SLOT
        else None
        for at, each in zip(times, resolved, strict=True)
    ]
    profile_ids = {each for each in whose if each is not None}
    found = await database.read(
        lambda connection: {each: next_slot(connection, each, now) for each in profile_ids}
    )
    return [None if each is None else found[each] for each in whose]
