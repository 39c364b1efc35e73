"""What the simulated Facebook tells the person who consented: permissions, businesses, Pages."""

from collections.abc import Iterable, Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from letmepost.platform_kit.graph.simulated import GraphFault, read_fields, unsupported
from letmepost.platforms.facebook.simulator_access import Access
from letmepost.platforms.facebook.simulator_world import Page, World

PAGE_SIZE: Final = 25


class Person:
    """The calls with the person's own token."""

    def __init__(self, world: World, access: Access) -> None:
        self._world = world
        self._access = access

    async def me(self, request: Request) -> Response:
        """`GET /me`."""
        self._access.person(request, await read_fields(request))
        return JSONResponse({"id": self._world.user_id, "name": self._world.user_name})

    async def permissions(self, request: Request) -> Response:
        """`GET /me/permissions`: what was granted."""
        granted = self._access.person(request, await read_fields(request))
        rows = [{"permission": each, "status": "granted"} for each in granted]
        return JSONResponse({"data": rows})

    async def accounts(self, request: Request) -> Response:
        """`GET /me/accounts`: the Pages of the person that were ticked, each with its token."""
        fields = await read_fields(request)
        granted = self._access.person(request, fields)
        _need(granted, "pages_show_list")
        return self._listed(fields, self._world.shown_pages(), granted)

    async def businesses(self, request: Request) -> Response:
        """`GET /me/businesses`."""
        granted = self._access.person(request, await read_fields(request))
        _need(granted, "business_management")
        names = sorted({each.business for each in self._world.pages.values() if each.business})
        return JSONResponse({"data": [{"id": each, "name": "A business"} for each in names]})

    async def owned_pages(self, request: Request) -> Response:
        """`GET /{business}/owned_pages`."""
        fields = await read_fields(request)
        granted = self._access.person(request, fields)
        _need(granted, "business_management")
        pages = list(self._world.shown_pages(request.path_params["business"]))
        if not pages:
            raise unsupported("get", request.path_params["business"])
        return self._listed(fields, pages, granted)

    async def client_pages(self, request: Request) -> Response:
        """`GET /{business}/client_pages`: of others, which none of these businesses has."""
        granted = self._access.person(request, await read_fields(request))
        _need(granted, "business_management")
        return JSONResponse({"data": []})

    def _listed(
        self, fields: Mapping[str, str], pages: Iterable[Page], granted: tuple[str, ...]
    ) -> Response:
        rows = [self._shown(each, granted) for each in pages]
        begin, size = int(fields.get("after", "0")), int(fields.get("limit", str(PAGE_SIZE)))
        answer: dict[str, object] = {"data": rows[begin : begin + size]}
        if begin + size < len(rows):
            cursors = {"before": str(begin), "after": str(begin + size)}
            answer["paging"] = {"cursors": cursors, "next": "https://graph.facebook.com/next"}
        return JSONResponse(answer)

    def _shown(self, page: Page, granted: tuple[str, ...]) -> dict[str, object]:
        shown: dict[str, object] = {
            "id": page.id,
            "name": page.name,
            "access_token": self._access.token_of(page, granted),
            "tasks": list(page.tasks),
        }
        if page.linked is not None and "instagram_basic" in granted:
            linked_id, username = page.linked
            linked = {"id": linked_id, "username": username, "name": page.name}
            shown["instagram_business_account"] = linked
        return shown


def _need(granted: tuple[str, ...], scope: str) -> None:
    if scope not in granted:
        raise GraphFault(200, f"(#200) Requires {scope} permission", status=403)
