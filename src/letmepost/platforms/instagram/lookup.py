"""Look posts up among those of the account: one whose answer was lost, or one by its address."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from letmepost.platform_kit.graph.client import GraphClient
from letmepost.platform_kit.graph.listing import listed

FIELDS: Final = "id,caption,timestamp,permalink,media_product_type"


async def posts(
    client: GraphClient, account_id: str, *, stories: bool, since: float | None = None
) -> AsyncIterator[Mapping[str, Any]]:
    """The account's posts and reels, or its stories, newest first; raise `NotListedError`."""
    edge = "stories" if stories else "media"
    async for each in listed(client, f"/{account_id}/{edge}", FIELDS, since):
        yield each


async def id_at(client: GraphClient, account_id: str, uri: str) -> str | None:
    """The id of the account's post at an address; None where it has none there.

    An address names a post by a short code, and the API by an id only.
    """
    for stories in (False, True):
        async for post in posts(client, account_id, stories=stories):
            if post.get("permalink") == uri:
                return str(post["id"])
    return None
