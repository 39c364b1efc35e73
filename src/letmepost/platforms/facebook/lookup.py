"""Find what is on a Page: a post or comment whose answer was lost, or a post by its address.

Source: https://developers.facebook.com/docs/graph-api/reference/page/feed
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from letmepost.platform_kit.graph.client import GraphClient
from letmepost.platform_kit.graph.listing import listed
from letmepost.platform_kit.platform import PublishTask
from letmepost.platforms.facebook.client import page_of

# The clocks of both sides may differ by as much.
CLOCKS_DIFFER_SECONDS: Final = 120
_FIELDS: Final = (
    "id,message,created_time,permalink_url,attachments{target{id},subattachments{target{id}}}"
)
_OF_AN_ID: Final = re.compile(r"^https://www\.facebook\.com/(?:reel/)?(\d+(?:_\d+)?)/?$")


@dataclass(frozen=True, slots=True)
class Found:
    """A post that is out; Facebook does not always tell its address."""

    post_id: str
    permalink: str | None = None


async def post_like(
    task: PublishTask, client: GraphClient, photos: Sequence[str]
) -> Found | Literal["several"] | None:
    """The post of the Page that shows these photos, or says the same, and is as young.

    Raises `NotListedError` where the Page's posts cannot be read.
    """
    since = datetime.fromisoformat(task.plan["since"]).timestamp() - CLOCKS_DIFFER_SECONDS
    path = f"/{page_of(task)}/published_posts"
    alike = [
        Found(str(post["id"]), post.get("permalink_url"))
        async for post in listed(client, path, _FIELDS, since)
        if _is(post, task.draft.text, photos)
    ]
    if len(alike) > 1:
        return "several"
    return alike[0] if alike else None


def _is(post: Mapping[str, Any], text: str, photos: Sequence[str]) -> bool:
    if photos:
        # Our own photos: nobody else has these ids.
        return bool(set(photos) & set(_targets(post.get("attachments"))))
    return str(post.get("message", "")).strip() == text.strip()


def _targets(attachments: object) -> Iterator[str]:
    """The ids of what a post shows, those within an album too."""
    rows = attachments.get("data") if isinstance(attachments, dict) else None
    for row in rows if isinstance(rows, list) else ():
        target = row.get("target")
        if isinstance(target, dict) and "id" in target:
            yield str(target["id"])
        yield from _targets(row.get("subattachments"))


async def comment_saying(client: GraphClient, post_id: str, text: str) -> str | None:
    """The first comment below a post that says this; raise `NotListedError`."""
    async for each in listed(client, f"/{post_id}/comments", "id,message"):
        if str(each.get("message", "")).strip() == text.strip():
            return str(each["id"])
    return None


async def id_at(client: GraphClient, page: str, uri: str) -> str | None:
    """The id of the Page's post, video or comment at an address; None where there is none.

    Raises `NotListedError` where the Page's posts cannot be read.
    """
    if named := _OF_AN_ID.match(uri):
        return named[1]
    async for post in listed(client, f"/{page}/published_posts", "id,permalink_url"):
        if post.get("permalink_url") == uri:
            return str(post["id"])
    return None
