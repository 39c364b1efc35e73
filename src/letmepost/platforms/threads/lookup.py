"""Look posts up among those of the profile: one whose answer was lost, or one by its address."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from letmepost.platform_kit.graph.client import GraphClient
from letmepost.platform_kit.graph.errors import readable
from letmepost.platform_kit.http import Answer

CLOCKS_DIFFER_SECONDS: Final = 60
PAGE_SIZE: Final = 100
PAGES_MAX: Final = 20
POSTS: Final = "/me/threads"
REPLIES: Final = "/me/replies"
_FIELDS: Final = "id,text,timestamp,permalink,media_type"


class NotListedError(Exception):
    """The profile's posts cannot be read now."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


async def listed(
    client: GraphClient, path: str, since: float | None = None
) -> AsyncIterator[Mapping[str, Any]]:
    """The profile's posts or replies, newest first; raise `NotListedError`."""
    params = {"fields": _FIELDS, "limit": str(PAGE_SIZE)}
    if since is not None:
        params["since"] = str(int(since))
    for _ in range(PAGES_MAX):
        answer = await client.get(path, **params)
        page = readable(answer)
        if page is None or not isinstance(page.get("data"), list):
            raise NotListedError(answer)
        for post in page["data"]:
            yield post
        after = page.get("paging", {}).get("cursors", {}).get("after")
        if not after or not page["data"]:
            return
        params["after"] = after


async def id_at(client: GraphClient, uri: str) -> str | None:
    """The id of the profile's post at an address; None where it has none there.

    An address names a post by a short code, and the API by an id only.
    """
    for path in (POSTS, REPLIES):
        async for post in listed(client, path):
            if post.get("permalink") == uri:
                return str(post["id"])
    return None
