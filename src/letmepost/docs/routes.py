"""The addresses of the docs: pages as HTML and as Markdown, static files, indexes for programs."""

import json
from functools import cache

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.docs.page import Page
from letmepost.docs.pages import PageSet
from letmepost.docs.site import Site

_PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
_STATIC_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
}
_SEARCH_HEADERS = {
    "Cache-Control": "public, max-age=300",
    "X-Content-Type-Options": "nosniff",
}
_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_MARKDOWN = ".md"


def docs_routes(site: Site) -> list[BaseRoute]:
    """Routes for `/docs`, `/docs/...` and `/llms*.txt`; an unknown page raises `not_found`."""
    pages = PageSet(site)

    # Plain functions: Starlette runs them in a thread, so that rendering holds up no request.
    def page(request: Request) -> Response:
        return _page(pages, request)

    def index_for_machines(_: Request) -> Response:
        return PlainTextResponse(pages.index_for_machines())

    def all_for_machines(_: Request) -> Response:
        return PlainTextResponse(pages.all_for_machines())

    def openapi(_: Request) -> Response:
        return JSONResponse(site.openapi)

    @cache
    def search() -> bytes:
        from letmepost.docs.search_index import search_index  # noqa: PLC0415 - as in _page

        return json.dumps(search_index(pages), ensure_ascii=False, separators=(",", ":")).encode()

    def search_answer(_: Request) -> Response:
        return Response(search(), media_type="application/json", headers=_SEARCH_HEADERS)

    return [
        Route("/llms.txt", index_for_machines),
        Route("/llms-full.txt", all_for_machines),
        Route("/docs/llms.txt", index_for_machines),
        Route("/docs/llms-full.txt", all_for_machines),
        Route("/docs/search.json", search_answer),
        Route("/docs/api-reference/openapi.json", openapi),
        Route("/docs/static/{name}", _static),
        Route("/docs", page),
        Route("/docs/{path:path}", page),
    ]


def _page(pages: PageSet, request: Request) -> Response:
    path = request.path_params.get("path", "").rstrip("/")
    as_markdown = path.endswith(_MARKDOWN)
    found = _found(pages, path.removesuffix(_MARKDOWN))
    if as_markdown:
        return Response(
            pages.published_markdown(found),
            headers={"X-Content-Type-Options": "nosniff"},
            media_type="text/markdown; charset=utf-8",
        )
    from letmepost.docs.html import render  # noqa: PLC0415 - at the first page, not at start

    return HTMLResponse(render(pages, found, _root(request)), headers=_PAGE_HEADERS)


def _root(request: Request) -> str:
    """What leads from the address that the browser shows to `/docs/`.

    "/docs" is a file beside "docs/", so a relative link from it begins with the folder; and a
    slash at the end, which the routes do not see, makes a folder of a page.
    """
    address = request.scope.get("raw_path", b"").decode("latin-1") or request.url.path
    _, _, below = address.partition("/docs/")
    if "/docs/" not in address:
        return "docs/"
    return "../" * below.count("/") or "./"


def _found(pages: PageSet, path: str) -> Page:
    page = pages.find(path)
    if page is None:
        raise LetmepostError(
            code=ErrorCode.NOT_FOUND,
            message="The docs have no page at this address.",
            remediation=f"Start at {pages.site.docs_url}, or read /llms.txt for every address.",
        )
    return page


def _static(request: Request) -> Response:
    from letmepost.docs.html import static_files  # noqa: PLC0415 - at the first page, not at start

    name = request.path_params["name"]
    content = static_files().get(name)
    if content is None:
        raise LetmepostError(code=ErrorCode.NOT_FOUND, message="No such file.")
    return Response(content, media_type=_TYPES[name.rpartition(".")[2]], headers=_STATIC_HEADERS)
