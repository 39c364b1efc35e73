"""Lists of the Graph API, page after page."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from letmepost.platform_kit.graph.client import GraphClient
from letmepost.platform_kit.graph.errors import readable
from letmepost.platform_kit.http import Answer

CLOCKS_DIFFER_SECONDS: Final = 60
PAGE_SIZE: Final = 100
PAGES_MAX: Final = 20


class NotListedError(Exception):
    """A list cannot be read now."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


async def listed(
    client: GraphClient, path: str, fields: str, since: float | None = None
) -> AsyncIterator[Mapping[str, Any]]:
    """What a list holds, in the API's order, up to 2,000; raise `NotListedError`."""
    params = {"fields": fields, "limit": str(PAGE_SIZE)}
    if since is not None:
        params["since"] = str(int(since))
    for _ in range(PAGES_MAX):
        answer = await client.get(path, **params)
        page = readable(answer)
        if page is None or not isinstance(page.get("data"), list):
            raise NotListedError(answer)
        for item in page["data"]:
            yield item
        after = page.get("paging", {}).get("cursors", {}).get("after")
        if not after or not page["data"]:
            return
        params["after"] = after
