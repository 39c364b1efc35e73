"""A checked target as the row of a publication: its content, and where it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from letmepost.kit.ids import new_id
from letmepost.kit.row_writes import inserting
from letmepost.media.library import StoredMedia
from letmepost.platforms import platforms
from letmepost.posts.attach import Source
from letmepost.posts.check import CheckedTarget
from letmepost.posts.recent import content_sha256
from letmepost.posts.slots import SlotBook
from letmepost.posts.tables import publications
from letmepost.tenancy.keys import Caller

NEW_PUBLICATIONS = inserting(publications)

Kept = Mapping[tuple[Source, str], StoredMedia]


def content_of(target: CheckedTarget, kept: Kept) -> dict[str, Any]:
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


def content_values(target: CheckedTarget, kept: Kept) -> dict[str, Any]:
    """What a publication has of its content; keys of earlier tries belong to other content."""
    return {
        "text": target.draft.text,
        "content": content_of(target, kept),
        "content_sha256": content_sha256(target.draft),
        "plan": {},
        **told_values(target),
    }


def told_values(target: CheckedTarget) -> dict[str, Any]:
    """What a publication keeps of what the rules said."""
    return {
        "warnings": [{"code": each.rule.id, "message": each.message} for each in target.warnings],
        "violations": list(target.violations) or None,
    }


def saved_values() -> dict[str, Any]:
    """Where a publication stands that is kept as a draft: nothing was told of it yet."""
    return {"state": "draft", "scheduled_at": None, "attempt_count": 0, "event_count": 0}


def sent_values(target: CheckedTarget, now: datetime, *, in_hand: bool) -> dict[str, Any]:
    """Where a publication stands that goes out: begun where it is `in_hand`, otherwise queued."""
    scheduled_at = target.draft.scheduled_at
    platform = platforms()[target.account.platform]
    begun = in_hand and scheduled_at is None
    return {
        "state": "claimed" if begun else "queued",
        # A queued post gets its keys and times when its turn has come.
        "plan": dict(platform.publisher.plan(target.draft, now)) if begun else {},
        "scheduled_at": scheduled_at,
        "attempt_count": 1 if begun else 0,
        # It is validated, and where it waits for its time, queued.
        "event_count": 2 if scheduled_at else 1,
    }


def publication_row(
    post_id: str, position: int, target: CheckedTarget, kept: Kept, caller: Caller
) -> dict[str, Any]:
    """A new publication, but for where it stands and its times."""
    return {
        **content_values(target, kept),
        "id": new_id("post"),
        "post_id": post_id,
        "position": position,
        "organization_id": caller.organization_id,
        "profile_id": target.account.profile_id,
        "account_id": target.account.id,
        "platform": target.account.platform,
        "checkpoint": {},
        "error": None,
        "error_code": None,
        "platform_uri": None,
        "platform_cid": None,
        "thread_uris": None,
        "first_comment_uri": None,
        "first_comment_cid": None,
        "sandbox": caller.sandbox,
        "failed_tries": 0,
        "published_at": None,
        "verified_at": None,
        "delete_asked_at": None,
        "delete_error": None,
        "deleted_at": None,
    }


def slot_profiles(targets: Sequence[CheckedTarget]) -> set[str]:
    """The profiles whose queue slots these targets take."""
    return {each.account.profile_id for each in targets if each.in_slot}


def in_slots(targets: Sequence[CheckedTarget], book: SlotBook) -> list[CheckedTarget]:
    """The targets of one post, those that asked for a slot at the time of one.

    Targets of one profile share a slot. Raises a conflict where there is none to take.
    """
    slots = book.take(slot_profiles(targets))
    return [
        replace(each, draft=replace(each.draft, scheduled_at=slots[each.account.profile_id]))
        if each.in_slot
        else each
        for each in targets
    ]
