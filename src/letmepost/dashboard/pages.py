"""The pages as HTML, and the files that they are shown with."""

import json
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.dashboard.setting import Dashboard
from letmepost.look import files as look
from letmepost.platforms import platforms

if TYPE_CHECKING:
    from jinja2 import Environment

_TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
}
_FILE_HEADERS: Final = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
    # Opened by itself, a drawing may hold a script.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
}
# `htmx.min.js` is that of version 2.0.11 of the npm package htmx.org, as it is.
# Everything that htmx would do by inline code is off, and errors are shown like other answers.
HTMX: Final = {
    "includeIndicatorStyles": False,
    "allowEval": False,
    "allowScriptTags": False,
    "selfRequestsOnly": True,
    # What a reader's resizing leaves as a style would be copied as inline code.
    "attributesToSettle": [],
    # A page may show a secret; it must not be kept by the browser.
    "historyCacheSize": 0,
    "refreshOnHistoryMiss": True,
    "responseHandling": [{"code": "204", "swap": False}, {"code": ".*", "swap": True}],
}


@cache
def static_files() -> dict[str, bytes]:
    """The files under `/dashboard/static/`, by name."""
    return look.static_files("letmepost.dashboard", look.COLORS, look.LOGO)


@cache
def _environment() -> "Environment":
    # Imported at the first page: a server that nobody asks for pages starts without it.
    from jinja2 import Environment, PackageLoader  # noqa: PLC0415

    from letmepost.dashboard import words  # noqa: PLC0415 - as above
    from letmepost.dashboard.forms import token_field  # noqa: PLC0415 - as above
    from letmepost.dashboard.glyphs import glyph  # noqa: PLC0415 - as above

    # Not strict: the API leaves out of its answers what is not there.
    made = Environment(
        loader=PackageLoader("letmepost.dashboard", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    versions = {name: look.version_of(content) for name, content in static_files().items()}
    made.globals["static"] = lambda name: f"static/{name}?v={versions[name]}"
    made.globals["platform_icon"] = words.platform_icon
    made.globals["platforms"] = platforms
    made.globals["htmx"] = json.dumps(HTMX)
    made.globals["zone_options"] = words.zone_options
    made.globals["glyph"] = glyph
    made.globals["token_field"] = token_field
    made.filters |= words.FILTERS
    return made


def render(template: str, **shown: Any) -> str:  # noqa: ANN401 - whatever the template names
    """A page, or a part of one."""
    return _environment().get_template(template).render(**shown)


def page(dashboard: Dashboard, template: str, status: int = 200, **shown: object) -> Response:
    """A page with the headers of every page."""
    html = render(
        template,
        base=f"{dashboard.path}/dashboard",
        docs_url=dashboard.docs_url,
        public_url=dashboard.public_url,
        **shown,
    )
    return HTMLResponse(html, status, headers=page_headers())


def page_headers() -> dict[str, str]:
    """No inline script or style, nothing of others but stored files, and nothing kept."""
    return {
        "Content-Security-Policy": (
            "default-src 'none'; style-src 'self'; script-src 'self'; "
            "img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; "
            "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        ),
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex, nofollow",
        # Told to our own pages, whose forms are believed by where they come from.
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
        "Vary": "Cookie, HX-Request",
    }


def static_file(request: Request) -> Response:
    """One file by its name."""
    name = request.path_params["name"]
    content = static_files().get(name)
    if content is None:
        raise LetmepostError(code=ErrorCode.NOT_FOUND, message="No such file.")
    return Response(content, media_type=_TYPES[name.rpartition(".")[2]], headers=_FILE_HEADERS)


def icon_file(request: Request) -> Response:
    """A platform's icon."""
    content = look.icon(request.path_params["platform"])
    if content is None:
        raise LetmepostError(code=ErrorCode.NOT_FOUND, message="No such icon.")
    return Response(content, media_type=_TYPES["svg"], headers=_FILE_HEADERS)
