"""The body of a post: who says what to whom, and with what.

Source: https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api
and .../multiimage-post-api.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import regex

from letmepost.content.draft import Draft, DraftMedia
from letmepost.platforms.linkedin.little_text import escape
from letmepost.platforms.linkedin.options import LinkedInArticle, chosen_options

_POST = regex.compile(r"urn:li:(?:share|ugcPost):[0-9]+")

_NUMBERS_HOLD_TIMES_SINCE = 2015

FEED = "https://www.linkedin.com/feed"


def author_of(draft: Draft, account_details: Mapping[str, Any]) -> str | None:
    """The URN of the author: the one that is named, or the account's own."""
    chosen = chosen_options(draft)
    if chosen and chosen.author_urn is not None:
        return chosen.author_urn
    own = account_details.get("authorUrn")
    return own if isinstance(own, str) and own else None


def post_body(draft: Draft, author: str, files: Sequence[str]) -> dict[str, Any]:
    """The body that creates the post; `files` are the URNs of the attached files, in order.

    The same draft, author and files give the same bytes: by that LinkedIn knows a repetition.
    """
    chosen = chosen_options(draft)
    body: dict[str, Any] = {
        "author": author,
        "commentary": escape(draft.text),
        "visibility": (chosen.visibility if chosen else None) or "PUBLIC",
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    }
    if content := _content(draft, files):
        body["content"] = content
    return body


def comment_body(actor: str, post: str, text: str) -> dict[str, Any]:
    """The body that creates a comment, whose text is plain and has no format of its own."""
    return {"actor": actor, "object": post, "message": {"text": text}}


def address_of(urn: str) -> str:
    """Where readers see a post."""
    return f"{FEED}/update/{urn}/"


def post_in(text: str) -> str | None:
    """The URN of a post in an address or a header."""
    found = _POST.search(text)
    return found.group() if found else None


def made_at(urn: str) -> datetime | None:
    """When a post was made, by the milliseconds in the upper bits of its number.

    LinkedIn documents nothing of this, so it may colour a warning and decide nothing.
    """
    try:
        seen = datetime.fromtimestamp((int(urn.rpartition(":")[2]) >> 22) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return seen if seen.year >= _NUMBERS_HOLD_TIMES_SINCE else None


def activity_of(author: str) -> str:
    """Where a post of an author can be looked for, when its own address is not known."""
    kind, _, number = author.rpartition(":")
    if kind == "urn:li:organization":
        return f"https://www.linkedin.com/company/{number}/posts/"
    return "https://www.linkedin.com/in/me/recent-activity/all/"


def _content(draft: Draft, files: Sequence[str]) -> dict[str, Any] | None:
    chosen = chosen_options(draft)
    if chosen and chosen.article:
        return {"article": _article(chosen.article, files)}
    items = [_file(item, urn) for item, urn in zip(draft.media, files, strict=True)]
    if not items:
        return None
    if len(items) > 1:
        return {"multiImage": {"images": items}}
    if chosen and chosen.document_title and draft.documents:
        items[0]["title"] = chosen.document_title
    return {"media": items[0]}


def _article(article: LinkedInArticle, files: Sequence[str]) -> dict[str, Any]:
    shown: dict[str, Any] = {"source": article.url, "title": article.title}
    if article.description:
        shown["description"] = article.description
    # An article has no file but its thumbnail.
    if files:
        shown["thumbnail"] = files[0]
    return shown


def _file(item: DraftMedia, urn: str) -> dict[str, Any]:
    return {"id": urn, **({"altText": item.alt_text} if item.alt_text else {})}
