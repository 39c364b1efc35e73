"""Posts that are saved and not sent: replaced whole, and published when their author says so.

On the wire their status is `draft`. In code such a post is called saved, since a draft is there
what rules read. Every change is one conditional update on that state, so that one side wins.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, delete, select, update

from letmepost.jobs.lease import Lease
from letmepost.jobs.queue import Claim
from letmepost.kit.database import Database
from letmepost.posts.body import Asked, TargetBody, When, Wire
from letmepost.posts.change import Seen, hold_saved, no_such_post, see
from letmepost.posts.check import Checked, Checker
from letmepost.posts.content_media import media_ids
from letmepost.posts.create import note_duplicates, send, time_of_post, told
from letmepost.posts.edit import as_target
from letmepost.posts.media_use import forget_uses, missing_media, write_uses
from letmepost.posts.quota import quotas_of
from letmepost.posts.recent import same_content
from letmepost.posts.rows import (
    NEW_PUBLICATIONS,
    Kept,
    in_slots,
    publication_row,
    saved_values,
    sent_values,
    slot_profiles,
    told_values,
)
from letmepost.posts.show import status_of
from letmepost.posts.slots import SlotBook
from letmepost.posts.tables import posts, publications
from letmepost.preflight import delivery_rules as rules
from letmepost.preflight.queue_rules import DRAFT_STATUS, PUBLISH_STATUS
from letmepost.preflight.refuse import refuse
from letmepost.preflight.resource_rules import MEDIA_UNKNOWN
from letmepost.tenancy.keys import Caller
from letmepost.webhooks.events import write_events

# What publishing changes of a publication; its content stays as it was saved.
_PUBLISHED_COLUMNS = (
    "state",
    "plan",
    "scheduled_at",
    "attempt_count",
    "event_count",
    "warnings",
    "violations",
    "updated_at",
)


class PublishBody(Wire):
    """When a draft goes out; without a time, at once."""

    scheduled_at: When = None
    on_duplicate: Literal["warn", "refuse"] = "warn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Publishing:
    """A request to publish what is saved, with what a `Creation` says of one for a new post."""

    request_id: str
    has_key: bool
    in_hand: bool
    also: Callable[[Connection, str], None]


@dataclass(frozen=True, slots=True)
class Ready:
    """Saved publications of one post that were checked, and may go out as they were read."""

    seen: Sequence[Seen]
    checked: Checked


def see_post(connection: Connection, caller: Caller, post_id: str) -> list[Seen]:
    """Read every publication of a post; raise `not_found` unless the caller may change each."""
    ids = connection.execute(
        select(publications.c.id)
        .where(publications.c.post_id == post_id)
        .order_by(publications.c.position)
    ).scalars()
    seen = [see(connection, caller, each, "batch") for each in ids]
    if not seen:
        raise no_such_post("batch")
    return seen


async def check_saved(
    checker: Checker, caller: Caller, seen: Sequence[Seen], body: PublishBody, now: datetime
) -> Ready:
    """Check saved publications as a new post, those that are none aside.

    Raises a conflict where none of them is saved, and every violation that a new post would have.
    """
    saved = [each for each in seen if each.row["state"] == "draft"]
    if not saved:
        raise refuse(PUBLISH_STATUS, conflict=True, actual=status_of(seen[0].row["state"]))
    if not all(each.connected for each in saved):
        raise refuse(rules.EDIT_ACCOUNT_MISSING, conflict=True)
    asked = asked_of_targets(
        [as_target(each.row) for each in saved],
        scheduled_at=body.scheduled_at,
        on_duplicate=body.on_duplicate,
    )
    checked = await checker.check(caller, asked, now)
    checked.attachments.discard()
    return Ready(saved, checked)


def asked_of_targets(targets: list[TargetBody], **fields: Any) -> Asked:  # noqa: ANN401 - of `Asked`
    """A request for targets that have all that they need of their own."""
    return Asked(
        **{
            "shape": "targets",
            "targets": targets,
            "text": None,
            "media": None,
            "first_comment": None,
            "publish_now": False,
            "scheduled_at": None,
            "profile_id": None,
            "on_duplicate": "warn",
            **fields,
        }
    )


def publish_saved(  # noqa: PLR0913 - what, for whom, in whose hands, when
    connection: Connection,
    ready: Ready,
    publishing: Publishing,
    *,
    owner: str,
    lease: Lease,
    now: datetime,
) -> Sequence[Claim]:
    """Put what was checked on its way, unless another request came first; what this process holds.

    All of it goes, or nothing: raises a conflict where one was changed since it was read.
    """
    asked = ready.checked.asked
    book = SlotBook(connection, slot_profiles(ready.checked.targets), now)
    targets = in_slots(ready.checked.targets, book)
    before = [each.row for each in ready.seen]
    after = [
        {
            **row,
            **sent_values(target, now, in_hand=publishing.in_hand),
            **told_values(target),
            "updated_at": now,
        }
        for row, target in zip(before, targets, strict=True)
    ]
    gone = missing_media(connection, {each for row in after for each in media_ids(row["content"])})
    if gone:
        raise refuse(MEDIA_UNKNOWN, actual=", ".join(gone))
    if not publishing.has_key:
        refused = note_duplicates(asked, after, same_content(connection, after, now))
        if refused is not None:
            raise refused
    hold_saved(connection, before)
    for row in after:
        of_it = update(publications).where(publications.c.id == row["id"])
        connection.execute(of_it.values({name: row[name] for name in _PUBLISHED_COLUMNS}))
    post_id = before[0]["post_id"]
    _set_time(connection, post_id, len(after), time_of_post(asked, after))
    publishing.also(connection, post_id)
    claims = send(connection, after, owner=owner, lease=lease, now=now)
    write_events(connection, list(told(after, ready.checked, publishing.request_id, now)), now)
    return claims.get(post_id, [])


def _set_time(
    connection: Connection, post_id: str, published: int, scheduled_at: datetime | None
) -> None:
    """Give the post itself the time of its publications, where all of them got it."""
    every = select(publications.c.id).where(publications.c.post_id == post_id)
    if len(connection.execute(every.limit(published + 1)).all()) == published:
        of_it = update(posts).where(posts.c.id == post_id)
        connection.execute(of_it.values(scheduled_at=scheduled_at))


async def see_to_replace(database: Database, caller: Caller, post_id: str) -> list[Seen]:
    """Read a post all of whose publications are saved; raise a conflict where one is not."""
    seen = await database.read(lambda connection: see_post(connection, caller, post_id))
    for each in seen:
        if each.row["state"] != "draft":
            actual = status_of(each.row["state"])
            raise refuse(DRAFT_STATUS, conflict=True, actual=actual)
    return seen


def replace_saved(  # noqa: PLR0913 - what, by what, for whom and when
    connection: Connection,
    seen: Sequence[Seen],
    checked: Checked,
    kept: Kept,
    caller: Caller,
    *,
    monthly_posts: int,
    now: datetime,
) -> None:
    """Replace a saved post by a checked one; a target on the same account keeps its id.

    Raises a conflict where one of its publications was changed since it was read, and
    `quota_exceeded` where it would have more than the posts of a month (0 for no limit).
    """
    post_id = seen[0].row["post_id"]
    before = {each.row["id"]: each.row for each in seen}
    unused = list(before.values())
    rows = []
    for position, target in enumerate(checked.targets):
        row = publication_row(post_id, position, target, kept, caller)
        old = next((each for each in unused if each["account_id"] == row["account_id"]), None)
        if old is not None:
            unused.remove(old)
        ids = {"id": old["id"], "created_at": old["created_at"]} if old else {"created_at": now}
        rows.append({**row, **saved_values(), **ids, "updated_at": now})
    gone = missing_media(connection, {each for row in rows for each in media_ids(row["content"])})
    if gone:
        raise refuse(MEDIA_UNKNOWN, actual=", ".join(gone))
    hold_saved(connection, list(before.values()))
    if monthly_posts and len(rows) > len(before) and not caller.sandbox:
        organization_id = caller.organization_id
        quota = quotas_of(connection, [organization_id], monthly_posts, now)[organization_id]
        exceeded, warnings = quota.take(len(rows) - len(before))
        if exceeded is not None:
            raise exceeded
        write_events(connection, warnings, now)
    forget_uses(connection, list(before))
    connection.execute(delete(publications).where(publications.c.id.in_(before)))
    NEW_PUBLICATIONS.write(connection, rows)
    write_uses(connection, rows)
