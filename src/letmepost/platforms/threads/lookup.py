"""Look posts up among those of the profile: one whose answer was lost, or one by its address."""

from typing import Final

from letmepost.platform_kit.graph.client import GraphClient
from letmepost.platform_kit.graph.listing import listed

POSTS: Final = "/me/threads"
REPLIES: Final = "/me/replies"
FIELDS: Final = "id,text,timestamp,permalink,media_type"


async def id_at(client: GraphClient, uri: str) -> str | None:
    """The id of the profile's post at an address; None where it has none there.

    An address names a post by a short code, and the API by an id only.
    """
    for path in (POSTS, REPLIES):
        async for post in listed(client, path, FIELDS):
            if post.get("permalink") == uri:
                return str(post["id"])
    return None
