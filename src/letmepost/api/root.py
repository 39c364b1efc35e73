"""The addresses that need no key: what this is, whether it lives, whether it can work."""

from importlib.metadata import version

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from letmepost.api.errors import error_response
from letmepost.api.operation import Operations
from letmepost.api.server_answers import Health, Readiness
from letmepost.api.state import State
from letmepost.content.errors import ErrorCode, LetmepostError

server = Operations("Server")

DESCRIPTION = "Publish to many social accounts with one HTTP call, and learn what truly happened."


async def root(request: Request) -> Response:
    """What answers here, for a program; a browser is sent to the dashboard."""
    state: State = request.app.state.letmepost
    if request.headers.get("accept", "").startswith("text/html"):
        # Relative: a proxy may serve us below a path, or by another name.
        return RedirectResponse("dashboard", status_code=302)
    return JSONResponse(
        {
            "name": "letmepost",
            "description": DESCRIPTION,
            "version": version("letmepost"),
            "status": "ok",
            "documentation": state.settings.docs,
            "endpoints": f"{state.settings.public_url}/openapi.json",
            "authentication": "Authorization: Bearer lmp_live_... or lmp_test_...",
            "source": "https://github.com/letmepost/letmepost",
        }
    )


@server.public("/health", "getHealth", "Ask whether the server answers", answers={200: Health})
async def health(_request: Request) -> Response:
    """The process answers; its database and its storage are not asked."""
    return JSONResponse({"status": "ok"})


@server.public(
    "/ready",
    "getReadiness",
    "Ask whether the server can work",
    answers={200: Readiness},
    errors=(503,),
)
async def ready(request: Request) -> Response:
    """The process can do its work: its database and its storage answer.

    503 while one does not, and from when the process was told to stop.
    """
    state: State = request.app.state.letmepost
    checks = {"database": "ok", "storage": "ok"}
    try:
        await state.database.ping()
    except Exception:  # noqa: BLE001 - whatever the driver raises means the same here
        checks["database"] = "does not answer, or its disk is full"
    try:
        await state.library.storage.exists("ready")
    except Exception:  # noqa: BLE001 - as above, for the store
        checks["storage"] = "does not answer"
    if state.leaving.is_set():
        checks["process"] = "is about to stop"
    broken = [f"{name} {found}" for name, found in checks.items() if found != "ok"]
    if not broken:
        return JSONResponse({"status": "ok", "checks": checks})
    error = LetmepostError(
        code=ErrorCode.INTERNAL_ERROR,
        message=f"Not ready: {' and '.join(broken)}.",
        platform_response={"checks": checks},
        away=True,
    )
    request_id = request.scope["state"]["request_id"]
    return error_response(error, state.settings.docs, request_id)
