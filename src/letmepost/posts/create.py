"""Create a post: its publications, their jobs, and for one that goes out now, its attempts."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from letmepost.content.errors import LetmepostError
from letmepost.jobs.lease import Lease
from letmepost.jobs.queue import Claim, NewJob, enqueue, enqueue_claimed
from letmepost.kit.ids import new_id
from letmepost.kit.row_writes import inserting
from letmepost.media.library import MediaLibrary, StoredMedia
from letmepost.posts.attach import Source
from letmepost.posts.body import NEXT_SLOT, Asked
from letmepost.posts.check import Checked
from letmepost.posts.content_media import media_ids
from letmepost.posts.ledger import JOB_KIND, NEW_ATTEMPTS, lane_of, new_attempt
from letmepost.posts.media_use import missing_media, write_uses
from letmepost.posts.post_events import queued_event, validated_event
from letmepost.posts.quota import quotas_of
from letmepost.posts.recent import same_content
from letmepost.posts.rows import (
    NEW_PUBLICATIONS,
    in_slots,
    publication_row,
    saved_values,
    sent_values,
    slot_profiles,
)
from letmepost.posts.slots import SlotBook
from letmepost.posts.tables import posts
from letmepost.preflight.delivery_rules import RECENT_DUPLICATE
from letmepost.preflight.refuse import refuse, words
from letmepost.preflight.resource_rules import MEDIA_UNKNOWN
from letmepost.tenancy.keys import Caller
from letmepost.webhooks.events import Event, write_events

_NEW_POSTS = inserting(posts)

InTransaction = Callable[[Connection, str], None]


@dataclass(frozen=True)
class Created:
    """A post that exists, its publications, and the jobs of it that this process holds."""

    post_id: str
    claims: Sequence[Claim]
    post: Mapping[str, Any]
    rows: Sequence[Mapping[str, Any]]


async def keep_media(
    library: MediaLibrary, caller: Caller, checked: Checked, now: datetime
) -> Mapping[tuple[Source, str], StoredMedia]:
    """Store the files that the request brought, once for each profile that uses them."""
    kept: dict[tuple[Source, str], StoredMedia] = {}
    by_source = checked.attachments.incoming
    try:
        for target in checked.targets:
            for _, source in target.files:
                if source is None or source not in by_source:
                    continue
                place = (source, target.account.profile_id)
                if place not in kept:
                    kept[place] = await library.keep(
                        by_source[source],
                        organization_id=caller.organization_id,
                        profile_id=target.account.profile_id,
                        source=source[0],
                        now=now,
                    )
    finally:
        checked.attachments.discard()
    return kept


def note_duplicates(
    asked: Asked, rows: Sequence[dict[str, Any]], earlier: Mapping[tuple[str, str], str]
) -> LetmepostError | None:
    """Warn of content that went to the same account just now, or refuse it if so asked."""
    for row in rows:
        same = earlier.get((row["account_id"], row["content_sha256"]))
        if same is None:
            continue
        if asked.on_duplicate == "refuse":
            return refuse(RECENT_DUPLICATE, conflict=True, actual=same)
        warning = {"code": RECENT_DUPLICATE.id, "message": words(RECENT_DUPLICATE, actual=same)}
        row["warnings"] = [*row["warnings"], warning]
    return None


def _without(rows: Sequence[Mapping[str, Any]], gone: Sequence[str]) -> LetmepostError | None:
    """The refusal of a post whose file was deleted after it was checked."""
    named = {each for row in rows for each in media_ids(row["content"])} if gone else set()
    lost = sorted(named.intersection(gone))
    return refuse(MEDIA_UNKNOWN, actual=", ".join(lost)) if lost else None


def _job(row: Mapping[str, Any], due_at: datetime) -> NewJob:
    return NewJob(JOB_KIND, row["id"], lane_of(row["platform"], row["account_id"]), due_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    """A checked request that is to become a post.

    `has_key` says that the request carries an Idempotency-Key: without one, the same content sent
    again cannot be told from a second post, and is warned of. `in_hand` says that what goes out now
    is this process's from the start; otherwise it is left to the workers. `also` runs in the
    transaction that creates the post, with its id.
    """

    caller: Caller
    checked: Checked
    kept: Mapping[tuple[Source, str], StoredMedia]
    request_id: str
    has_key: bool
    in_hand: bool
    also: InTransaction


def create_all(  # noqa: PLR0913 - what is written, by whom and when
    connection: Connection,
    creations: Sequence[Creation],
    *,
    owner: str,
    lease: Lease,
    monthly_posts: int,
    now: datetime,
) -> list[Created | BaseException]:
    """Write posts with their publications and jobs; those that are in hand are already claimed.

    A post that is refused, as a duplicate, for want of a slot or beyond the posts of a month (0 for
    no limit), is an exception in its place, and nothing of it is written.
    """
    book = SlotBook(
        connection,
        {profile for each in creations for profile in slot_profiles(each.checked.targets)},
        now,
    )
    live = {each.caller.organization_id for each in creations if not each.caller.sandbox}
    quotas = quotas_of(connection, live, monthly_posts, now) if monthly_posts else {}
    warnings: list[Event] = []
    made = [_made(each, book, now) for each in creations]
    every = [row for each in made for row in each.rows]
    gone = missing_media(connection, {each for row in every for each in media_ids(row["content"])})
    compared = [each for each in made if each.is_compared]
    earlier = same_content(connection, [row for each in compared for row in each.rows], now)
    for each in made:
        each.refused = each.refused or _without(each.rows, gone)
        if each.refused is None and each.is_compared:
            each.refused = note_duplicates(each.creation.checked.asked, each.rows, earlier)
        if each.refused is None and quotas and not each.creation.caller.sandbox:
            quota = quotas[each.creation.caller.organization_id]
            each.refused, more = quota.take(len(each.rows))
            warnings += more
        if each.refused is None and not each.creation.checked.asked.saved:
            # The same request twice at one moment is in one group, and not in the table yet.
            earlier |= {(row["account_id"], row["content_sha256"]): row["id"] for row in each.rows}
    accepted = [each for each in made if each.refused is None]
    if not accepted:
        return [each.result({}) for each in made]
    _NEW_POSTS.write(connection, [each.post for each in accepted])
    every = [row for each in accepted for row in each.rows]
    NEW_PUBLICATIONS.write(connection, every)
    write_uses(connection, every)
    claims = send(connection, every, owner=owner, lease=lease, now=now)
    for each in accepted:
        each.creation.also(connection, each.post["id"])
    happened = [
        event
        for each in accepted
        for event in told(each.rows, each.creation.checked, each.creation.request_id, now)
    ]
    write_events(connection, [*happened, *warnings], now)
    return [each.result(claims) for each in made]


@dataclass(slots=True)
class _Made:
    """A post as it will be written, or why it will not."""

    creation: Creation
    post: Mapping[str, Any]
    rows: list[dict[str, Any]]
    refused: LetmepostError | None = None

    @property
    def is_compared(self) -> bool:
        """Whether the same content a moment ago is to be told of."""
        return not self.creation.has_key and not self.creation.checked.asked.saved

    def result(self, claims: Mapping[str, Sequence[Claim]]) -> Created | BaseException:
        """What the caller is told; `claims` are those of every post."""
        post_id = self.post["id"]
        return self.refused or Created(post_id, claims.get(post_id, []), self.post, self.rows)


def _made(creation: Creation, book: SlotBook, now: datetime) -> _Made:
    checked, caller, post_id = creation.checked, creation.caller, new_id("batch")
    post = {
        "id": post_id,
        "organization_id": caller.organization_id,
        "api_key_id": caller.key_id,
        "request_id": creation.request_id,
        "shape": checked.asked.shape,
        "sandbox": caller.sandbox,
        "scheduled_at": None,
        "created_at": now,
    }
    try:
        targets = in_slots(checked.targets, book)
    except LetmepostError as refused:
        return _Made(creation, post, [], refused)
    rows = [
        {
            **publication_row(post_id, position, target, creation.kept, caller),
            **(
                saved_values()
                if checked.asked.saved
                else sent_values(target, now, in_hand=creation.in_hand)
            ),
            "created_at": now,
            "updated_at": now,
        }
        for position, target in enumerate(targets)
    ]
    return _Made(creation, {**post, "scheduled_at": time_of_post(checked.asked, rows)}, rows)


def time_of_post(asked: Asked, rows: Sequence[Mapping[str, Any]]) -> datetime | None:
    """The time that a request gives to the whole post: for one in slots, that of the first."""
    if asked.scheduled_at != NEXT_SLOT:
        return asked.scheduled_at
    return min((row["scheduled_at"] for row in rows if row["scheduled_at"]), default=None)


def told(
    rows: Sequence[Mapping[str, Any]], checked: Checked, request_id: str, now: datetime
) -> Iterator[Event]:
    """What is told of publications that were accepted; of those that are drafts, nothing."""
    for row, target in zip(rows, checked.targets, strict=True):
        if row["state"] == "draft":
            continue
        yield validated_event(row, target.rules, request_id, now)
        if row["scheduled_at"] is not None:
            yield queued_event(row, request_id, now)


def send(
    connection: Connection,
    rows: Sequence[Mapping[str, Any]],
    *,
    owner: str,
    lease: Lease,
    now: datetime,
) -> dict[str, list[Claim]]:
    """Give publications their jobs, and begin the attempts of those that are in hand.

    The jobs of the latter are this process's, by post.
    """
    queued = [row for row in rows if row["state"] == "queued"]
    enqueue(connection, [_job(row, row["scheduled_at"] or now) for row in queued], now)
    at_once = [row for row in rows if row["state"] == "claimed"]
    if not at_once:
        return {}
    begun = [new_attempt(row["id"], 1, "publish", now) for row in at_once]
    NEW_ATTEMPTS.write(connection, begun)
    claims = enqueue_claimed(connection, [_job(row, now) for row in at_once], owner, lease, now)
    by_post: dict[str, list[Claim]] = {}
    for row, claim in zip(at_once, claims, strict=True):
        by_post.setdefault(row["post_id"], []).append(claim)
    return by_post
