"""Stored files: the list, uploads by drag and drop, and deleting."""

from typing import Final
from urllib.parse import quote, urlencode

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from letmepost.dashboard.visit import Acts, Visit
from letmepost.tenancy.rest import forward

_PAGE: Final = "24"
UPLOAD_PATH: Final = "/v1/media"


async def show(visit: Visit) -> Response:
    """The page."""
    cursor = [("cursor", visit.query["cursor"])] if visit.query.get("cursor") else []
    found = await visit.get(UPLOAD_PATH, [*visit.of_profile, *cursor, ("limit", _PAGE)])
    older = found["nextCursor"]
    return await visit.page(
        "media.html",
        files=found["data"],
        older=f"?{urlencode({'cursor': older})}" if older else None,
    )


async def change(visit: Visit) -> Response:
    """What one of the page's buttons does."""
    await visit.perform(_ACTS)
    return await show(visit)


async def upload(visit: Visit) -> Response:
    """Pass a file on to the API as it comes, without holding it; the answer is the API's own."""
    return Upload(visit)


class Upload(Response):
    """An answer that the API gives."""

    def __init__(self, visit: Visit) -> None:
        super().__init__()
        self._visit = visit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the API read the request and answer it."""
        visit = self._visit
        await forward(
            visit.dashboard.app,
            visit.member.caller,
            scope,
            receive,
            send,
            address=visit.address,
            path=UPLOAD_PATH,
            query=visit.of_profile,
        )


async def _delete(visit: Visit) -> None:
    await visit.do("DELETE", f"/v1/media/{quote(visit.form.get('id'), safe='')}")
    visit.notice = "The file is deleted."


async def _uploaded(visit: Visit) -> None:
    count = len(visit.form.get("uploaded").split())
    visit.notice = f"{count} {'file is' if count == 1 else 'files are'} uploaded."


_ACTS: Acts = {"delete": _delete, "uploaded": _uploaded}
