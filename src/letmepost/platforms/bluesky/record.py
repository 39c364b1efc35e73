"""The record of a post: text, facets, reply, languages, tags and labels."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import randrange
from typing import Any

from letmepost.content.draft import Draft
from letmepost.kit.clock import wire_time
from letmepost.kit.database import EPOCH, MICROSECOND
from letmepost.platforms.bluesky.facets import Found, byte_range, find
from letmepost.platforms.bluesky.options import BlueskyOptions

COLLECTION = "app.bsky.feed.post"
_TID_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
_CLOCK_IDS = 1024
JUST_NOW = timedelta(seconds=1)


def tid(at: datetime, clock_id: int) -> str:
    """A record key that sorts by time: 53 bits of microseconds, 10 bits of clock id.

    Source: https://atproto.com/specs/record-key.
    """
    number = ((at - EPOCH) // MICROSECOND) << 10 | clock_id
    digits = []
    for _ in range(13):
        number, digit = divmod(number, 32)
        digits.append(_TID_ALPHABET[digit])
    return "".join(reversed(digits))


class _Moments:
    """Gives every moment out once, so that no two keys of this process are the same."""

    def __init__(self) -> None:
        self._last = EPOCH

    def after(self, at: datetime) -> datetime:
        """The moment, or the first behind the last one where that was given out just now."""
        # The targets of one request share one moment; clock ids alone keep too few apart. A
        # clock that was turned back by more is believed.
        if timedelta() <= self._last - at < JUST_NOW:
            at = self._last + MICROSECOND
        self._last = at
        return at


_moments = _Moments()


def plan(draft: Draft, now: datetime) -> Mapping[str, Any]:
    """Choose keys and times before the first try, so that no later try can make a second post."""
    clock_id = randrange(_CLOCK_IDS)  # noqa: S311 - tells writers apart, guards nothing
    at = _moments.after(now)
    chosen: dict[str, Any] = {"rkey": tid(at, clock_id), "createdAt": wire_time(now)}
    if draft.first_comment is not None:
        # A reader sorts by time: the comment comes after the post that it answers.
        later = _moments.after(now + timedelta(milliseconds=1))
        chosen["comment"] = {"rkey": tid(later, clock_id), "createdAt": wire_time(later)}
    return chosen


def found_in(draft: Draft) -> list[Found] | None:
    """Links, mentions and tags of the text, or None where the caller placed them."""
    chosen = draft.options
    if isinstance(chosen, BlueskyOptions) and chosen.facets is not None:
        return None
    return find(draft.text)


def facets(text: str, found: list[Found], dids: Mapping[str, str]) -> list[dict[str, Any]]:
    """Facets of what was found; a mention whose handle leads nowhere stays text."""
    made = []
    for each in found:
        if each.kind == "mention" and each.value not in dids:
            continue
        feature: dict[str, Any] = {
            "link": {"$type": "app.bsky.richtext.facet#link", "uri": each.value},
            "tag": {"$type": "app.bsky.richtext.facet#tag", "tag": each.value},
            "mention": {
                "$type": "app.bsky.richtext.facet#mention",
                "did": dids.get(each.value, ""),
            },
        }[each.kind]
        start, end = byte_range(text, each.start, each.end)
        made.append({"index": {"byteStart": start, "byteEnd": end}, "features": [feature]})
    return made


def placed_facets(chosen: BlueskyOptions, dids: Mapping[str, str]) -> list[dict[str, Any]]:
    """Facets at the places that the caller gave."""
    made = []
    for facet in chosen.facets or ():
        feature: dict[str, Any]
        if facet.link is not None:
            feature = {"$type": "app.bsky.richtext.facet#link", "uri": facet.link}
        elif facet.tag is not None:
            feature = {"$type": "app.bsky.richtext.facet#tag", "tag": facet.tag}
        else:
            handle = (facet.mention or "").removeprefix("@").lower()
            if handle not in dids:
                continue
            feature = {"$type": "app.bsky.richtext.facet#mention", "did": dids[handle]}
        index = {"byteStart": facet.byte_start, "byteEnd": facet.byte_end}
        made.append({"index": index, "features": [feature]})
    return made


def record(
    draft: Draft,
    *,
    created_at: str,
    facets: list[dict[str, Any]],
    embed: Mapping[str, Any] | None,
    reply: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """The record as `com.atproto.repo.createRecord` takes it."""
    made: dict[str, Any] = {"$type": COLLECTION, "text": draft.text, "createdAt": created_at}
    if facets:
        made["facets"] = facets
    if reply:
        made["reply"] = dict(reply)
    if embed:
        made["embed"] = dict(embed)
    chosen = draft.options
    if isinstance(chosen, BlueskyOptions):
        if chosen.langs:
            made["langs"] = list(chosen.langs)
        if chosen.tags:
            made["tags"] = list(chosen.tags)
        if chosen.labels:
            made["labels"] = {
                "$type": "com.atproto.label.defs#selfLabels",
                "values": [{"val": label} for label in chosen.labels],
            }
    return made


def write(repo: str, rkey: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """The call that creates a record under a key chosen before."""
    return {
        "repo": repo,
        "collection": COLLECTION,
        "rkey": rkey,
        "validate": True,
        "record": dict(document),
    }
