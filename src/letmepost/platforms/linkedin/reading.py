"""Reading posts back, which LinkedIn allows for organizations and, with a closed scope, members.

Source: https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import regex

from letmepost.platform_kit.http import NoAnswerError
from letmepost.platform_kit.outcome import TryLater
from letmepost.platform_kit.platform import AccountTask, PublishTask, Visibility
from letmepost.platforms.linkedin.errors import NOT_FOUND, Asking, refusal, unreadable
from letmepost.platforms.linkedin.post import author_of, post_in
from letmepost.platforms.linkedin.rest import LinkedInClient, RefusedError, encoded

# Their clock and ours need not agree to the second.
CLOCKS_DIFFER = timedelta(minutes=1)

_HASHTAG_AS_READ = regex.compile(r"\{hashtag\|\\?#\|([\p{L}\p{N}_]+)\}")


def may_read(task: AccountTask, author: str) -> bool:
    """Whether the account's consent lets posts of this author be read."""
    needed = "r_member_social" if author.startswith("urn:li:person:") else "r_organization_social"
    return needed in (task.account_details.get("scopes") or ())


async def find_post(
    task: PublishTask, client: LinkedInClient, body: Mapping[str, Any], *, since: datetime
) -> str | None:
    """The post with this body that was made since; None where there is none, or none may be read.

    Raises `RefusedError` where the look fails, `NoAnswerError` where nobody answers.
    """
    author = str(body["author"])
    if not may_read(task, author):
        return None
    answer = await client.read(
        "posts",
        {"author": author, "q": "author", "count": "10", "sortBy": "LAST_MODIFIED"},
        finder=True,
    )
    if not answer.ok:
        raise RefusedError(refusal(answer, Asking.of(task, author)))
    elements = answer.document.get("elements") if isinstance(answer.document, dict) else None
    if not isinstance(elements, list):
        raise RefusedError(TryLater(error=unreadable(answer)))
    earliest_ms = (since - CLOCKS_DIFFER).timestamp() * 1000
    for each in elements:
        if (
            isinstance(each, dict)
            and _plain(str(each.get("commentary", ""))) == _plain(str(body["commentary"]))
            and float(each.get("createdAt") or 0) >= earliest_ms
            and _same_files(each.get("content"), body.get("content"))
        ):
            return post_in(str(each.get("id", "")))
    return None


async def is_visible(task: PublishTask, client: LinkedInClient, urn: str) -> Visibility:
    """Whether a post can be read."""
    if not may_read(task, author_of(task.draft, task.account_details) or ""):
        return "unknown"
    try:
        answer = await client.read(f"posts/{encoded(urn)}")
    except NoAnswerError:
        return "unknown"
    if answer.status == NOT_FOUND:
        return "absent"
    document = answer.document if answer.ok and isinstance(answer.document, dict) else {}
    return "visible" if document.get("lifecycleState") == "PUBLISHED" else "unknown"


def _plain(commentary: str) -> str:
    """A commentary as it was written: reads give every hashtag as an element."""
    return _HASHTAG_AS_READ.sub(r"#\1", commentary)


def _same_files(there: object, ours: object) -> bool:
    """Whether every file that we name is named there too."""
    return _files(ours) <= _files(there)


def _files(content: object) -> frozenset[str]:
    found = regex.findall(r"urn:li:(?:image|video|document):[\w-]+", str(content))
    return frozenset(found)
