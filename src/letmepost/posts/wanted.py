"""What each target of a request is to be: its own fields in place of the request's, and a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel

from letmepost.kit.database import Database
from letmepost.posts.body import NEXT_SLOT, Asked, FirstCommentBody, MediaBody
from letmepost.posts.resolve import Resolved
from letmepost.posts.slots import next_slot
from letmepost.tenancy.keys import Caller


@dataclass(frozen=True, slots=True)
class Wanted:
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
    whose: list[str | None] = []
    for target, each in zip(asked.targets, resolved, strict=True):
        asks = (target.scheduled_at or asked.scheduled_at) == NEXT_SLOT
        profile_id = each.account.profile_id if each.account else None
        whose.append((profile_id or caller.profile_id) if asks else None)
    times: dict[str, datetime] = {}
    if profile_ids := {each for each in whose if each is not None}:
        times = await database.read(
            lambda connection: {each: next_slot(connection, each, now) for each in profile_ids}
        )
    wanted = []
    for target, profile_id in zip(asked.targets, whose, strict=True):
        at = target.scheduled_at or asked.scheduled_at
        in_slot = at == NEXT_SLOT
        wanted.append(
            Wanted(
                text=asked.text if target.text is None else target.text,
                media=(asked.media if target.media is None else target.media) or (),
                first_comment=target.first_comment or asked.first_comment,
                scheduled_at=times.get(profile_id or "") if isinstance(at, str) else at,
                options=target.options,
                in_slot=in_slot,
            )
        )
    return wanted
