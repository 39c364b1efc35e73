"""Create a post: its publications, their jobs, and for one that goes out now, its attempts."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert

from letmepost.content.errors import LetmepostError
from letmepost.jobs.lease import Lease
from letmepost.jobs.queue import Claim, NewJob, enqueue, enqueue_claimed
from letmepost.kit.ids import new_id
from letmepost.media.library import MediaLibrary, StoredMedia
from letmepost.platforms import platforms
from letmepost.posts.attach import Source
from letmepost.posts.check import Checked, CheckedTarget
from letmepost.posts.content_media import media_ids
from letmepost.posts.ledger import JOB_KIND, lane_of, new_attempt
from letmepost.posts.media_use import missing_media, write_uses
from letmepost.posts.post_events import queued_event, validated_event
from letmepost.posts.recent import content_sha256, same_content
from letmepost.posts.tables import attempts, posts, publications
from letmepost.preflight.delivery_rules import RECENT_DUPLICATE
from letmepost.preflight.refuse import refuse, words
from letmepost.preflight.resource_rules import MEDIA_UNKNOWN
from letmepost.tenancy.keys import Caller
from letmepost.webhooks.events import Event, write_events

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


def content_of(
    target: CheckedTarget, kept: Mapping[tuple[Source, str], StoredMedia]
) -> dict[str, Any]:
    """The whole input of a target, as it is stored: every file by the id it is stored under."""
    media = []
    for number, (item, source) in enumerate(target.files):
        stored = kept.get((source, target.account.profile_id)) if source else None
        media.append(
            {
                "kind": item.kind,
                "mediaId": stored.id if stored else item.media_id,
                **({"altText": item.alt_text} if item.alt_text is not None else {}),
                # The address leads to the original; what was made of it has one of our own.
                **(
                    {"url": item.url}
                    if item.url is not None and number not in target.fitted
                    else {}
                ),
            }
        )
    cover = target.draft.cover
    return {
        "media": media,
        # The picture that the options name is a file of the post as well.
        **({"coverMediaId": cover.media_id} if cover and cover.media_id else {}),
        "firstComment": target.draft.first_comment,
        "options": dict(target.options) if target.options else None,
    }


def _publication(  # noqa: PLR0913 - the parts of a publication
    post_id: str,
    position: int,
    target: CheckedTarget,
    content: Mapping[str, Any],
    caller: Caller,
    now: datetime,
) -> dict[str, Any]:
    platform = platforms()[target.account.platform]
    scheduled_at = target.draft.scheduled_at
    return {
        "id": new_id("post"),
        "post_id": post_id,
        "position": position,
        "organization_id": caller.organization_id,
        "profile_id": target.account.profile_id,
        "account_id": target.account.id,
        "platform": platform.name,
        "state": "queued" if scheduled_at else "claimed",
        "text": target.draft.text,
        "content": content,
        # A post for later gets its keys and times when its time has come.
        "plan": {} if scheduled_at else dict(platform.publisher.plan(target.draft, now)),
        "checkpoint": {},
        "warnings": [{"code": each.rule.id, "message": each.message} for each in target.warnings],
        "error": None,
        "error_code": None,
        "platform_uri": None,
        "platform_cid": None,
        "thread_uris": None,
        "first_comment_uri": None,
        "first_comment_cid": None,
        "content_sha256": content_sha256(target.draft),
        "sandbox": caller.sandbox,
        "attempt_count": 0 if scheduled_at else 1,
        "failed_tries": 0,
        # It is validated, and where it waits for its time, queued.
        "event_count": 2 if scheduled_at else 1,
        "scheduled_at": scheduled_at,
        "published_at": None,
        "verified_at": None,
        "delete_asked_at": None,
        "delete_error": None,
        "deleted_at": None,
        "created_at": now,
        "updated_at": now,
    }


def _note_duplicates(
    checked: Checked, rows: Sequence[dict[str, Any]], earlier: Mapping[tuple[str, str], str]
) -> LetmepostError | None:
    """Warn of content that went to the same account just now, or refuse it if so asked."""
    for row in rows:
        same = earlier.get((row["account_id"], row["content_sha256"]))
        if same is None:
            continue
        if checked.asked.on_duplicate == "refuse":
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
    again cannot be told from a second post, and is warned of. `also` runs in the transaction that
    creates the post, with its id.
    """

    caller: Caller
    checked: Checked
    kept: Mapping[tuple[Source, str], StoredMedia]
    request_id: str
    has_key: bool
    also: InTransaction


def create_all(
    connection: Connection,
    creations: Sequence[Creation],
    *,
    owner: str,
    lease: Lease,
    now: datetime,
) -> list[Created | BaseException]:
    """Write posts with their publications and jobs; those that go out now are already claimed.

    A post that is refused as a duplicate is an exception in its place, and nothing of it is
    written.
    """
    results: list[Created | BaseException] = []
    made: list[tuple[Creation, str, list[dict[str, Any]]]] = []
    for each in creations:
        post_id = new_id("batch")
        rows = [
            _publication(post_id, position, target, content_of(target, each.kept), each.caller, now)
            for position, target in enumerate(each.checked.targets)
        ]
        made.append((each, post_id, rows))
    every = [row for _, _, rows in made for row in rows]
    gone = missing_media(connection, {each for row in every for each in media_ids(row["content"])})
    earlier = same_content(
        connection, [row for each, _, rows in made if not each.has_key for row in rows], now
    )
    accepted = []
    for each, post_id, rows in made:
        refused = _without(rows, gone)
        if refused is None and not each.has_key:
            refused = _note_duplicates(each.checked, rows, earlier)
        results.append(refused or Created(post_id, [], _post(each, post_id, now), rows))
        if refused is None:
            accepted.append((each, post_id, rows))
            # The same request twice at one moment is in one group, and not in the table yet.
            earlier |= {(row["account_id"], row["content_sha256"]): row["id"] for row in rows}
    if not accepted:
        return results
    connection.execute(
        insert(posts), [result.post for result in results if isinstance(result, Created)]
    )
    every = [row for _, _, rows in accepted for row in rows]
    connection.execute(insert(publications), every)
    write_uses(connection, every)
    later = [row for row in every if row["scheduled_at"] is not None]
    enqueue(connection, [_job(row, row["scheduled_at"]) for row in later], now)
    at_once = [row for row in every if row["scheduled_at"] is None]
    claims = _claim(connection, at_once, owner, lease, now)
    for each, post_id, _ in accepted:
        each.also(connection, post_id)
    write_events(connection, [event for each in accepted for event in _told(*each, now)], now)
    return [
        replace(result, claims=claims.get(result.post_id, []))
        if isinstance(result, Created)
        else result
        for result in results
    ]


def _told(
    creation: Creation, _post_id: str, rows: Sequence[Mapping[str, Any]], now: datetime
) -> Iterator[Event]:
    """What is told of a post that was accepted."""
    for row, target in zip(rows, creation.checked.targets, strict=True):
        yield validated_event(row, target.rules, creation.request_id, now)
        if row["scheduled_at"] is not None:
            yield queued_event(row, creation.request_id, now)


def _post(creation: Creation, post_id: str, now: datetime) -> dict[str, Any]:
    return {
        "id": post_id,
        "organization_id": creation.caller.organization_id,
        "api_key_id": creation.caller.key_id,
        "request_id": creation.request_id,
        "shape": creation.checked.asked.shape,
        "sandbox": creation.caller.sandbox,
        "scheduled_at": creation.checked.asked.scheduled_at,
        "created_at": now,
    }


def _claim(
    connection: Connection,
    rows: Sequence[Mapping[str, Any]],
    owner: str,
    lease: Lease,
    now: datetime,
) -> dict[str, list[Claim]]:
    """Begin the attempts of what goes out now, its jobs in this process's hands, by post."""
    if not rows:
        return {}
    begun = [new_attempt(row["id"], 1, "publish", now) for row in rows]
    connection.execute(insert(attempts), begun)
    claims = enqueue_claimed(connection, [_job(row, now) for row in rows], owner, lease, now)
    by_post: dict[str, list[Claim]] = {}
    for row, claim in zip(rows, claims, strict=True):
        by_post.setdefault(row["post_id"], []).append(claim)
    return by_post
