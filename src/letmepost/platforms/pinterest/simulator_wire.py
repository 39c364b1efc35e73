"""The simulated Pinterest's manners on the wire: error bodies, JSON inputs, their checks, pages."""

import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

JsonObject = dict[str, Any]
Handler = Callable[[Request], Awaitable[Response]]
Check = Callable[[Any, str], None]

ID: Final = re.compile(r"\d+")
PAGE_SIZE: Final = 25
PAGE_SIZE_MAX: Final = 250

_RATE_LIMIT: Final = (
    "This request exceeded a rate limit. This can happen if the client exceeds one of the "
    "published rate limits or if multiple write operations are applied to an object within a "
    "short time window."
)
_BODIES: Final[Mapping[int, tuple[int, str]]] = {
    401: (2, "Authentication failed."),
    403: (29, "You are not permitted to access that resource."),
    404: (50, "Pin not found."),
    409: (409, "Board section conflict."),
    429: (8, _RATE_LIMIT),
}


class PinterestError(Exception):
    """What Pinterest answers in place of a result."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def invalid(message: str) -> PinterestError:
    """A request that does not fit the schema."""
    return PinterestError(400, 1, f"Invalid request: {message}")


def error_response(status: int) -> Response:
    """The body of a status that comes without a reason of its own."""
    code, message = _BODIES.get(status, (status, "Something went wrong on our end. Sorry."))
    return JSONResponse({"code": code, "message": message}, status_code=status)


def answering(handler: Handler) -> Handler:
    """Turn an error that a handler raises into Pinterest's error body."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except PinterestError as error:
            body = {"code": error.code, "message": error.message}
            return JSONResponse(body, status_code=error.status)

    return answer


async def read_json(request: Request) -> JsonObject:
    """Read a JSON body."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip()
    if content_type != "application/json":
        raise PinterestError(415, 415, "Unsupported media type.")
    try:
        body = json.loads(await request.body())
    except ValueError:
        raise invalid("the body is not valid JSON") from None
    if not isinstance(body, dict):
        raise invalid(f"{body!r} is not of type 'object'")
    return body


def check_fields(
    value: Any,  # noqa: ANN401 - whatever JSON holds
    checks: Mapping[str, Check],
    required: Sequence[str] = (),
) -> None:
    """Hold an object against its schema; a field of no name in it is refused."""
    if not isinstance(value, dict):
        raise invalid(f"{value!r} is not of type 'object'")
    for name in value:
        if name not in checks:
            raise invalid(f"Additional properties are not allowed ('{name}' was unexpected)")
    for name in required:
        if value.get(name) is None:
            raise invalid(f"'{name}' is a required property")
    for name, given in value.items():
        checks[name](given, name)


def text(*, at_most: int | None = None, at_least: int = 0, nullable: bool = True) -> Check:
    """A string of a length, counted in UTF-16 units (the unit is not documented)."""

    def check(value: Any, name: str) -> None:  # noqa: ANN401 - JSON
        if value is None and nullable:
            return
        if not isinstance(value, str):
            raise invalid(f"{value!r} is not of type 'string' ({name})")
        length = len(value.encode("utf-16-le", "surrogatepass")) // 2
        if at_most is not None and length > at_most:
            raise invalid(f"'{value[:40]}' is too long ({name}, constraint: maxLength={at_most})")
        if length < at_least:
            raise invalid(f"'{value}' is too short ({name}, constraint: minLength={at_least})")

    return check


def matching(pattern: re.Pattern[str]) -> Check:
    """A string of a form, or null."""

    def check(value: Any, name: str) -> None:  # noqa: ANN401 - JSON
        if value is None:
            return
        text()(value, name)
        if not pattern.fullmatch(value):
            raise invalid(f"'{value[:40]}' does not match '^{pattern.pattern}$' ({name})")

    return check


def one_of(*names: str) -> Check:
    """One of a few words."""

    def check(value: Any, name: str) -> None:  # noqa: ANN401 - JSON
        if value not in names:
            raise invalid(f"{value!r} is not one of {list(names)} ({name})")

    return check


def flag(value: Any, name: str) -> None:  # noqa: ANN401 - JSON
    """True or false."""
    if not isinstance(value, bool):
        raise invalid(f"{value!r} is not of type 'boolean' ({name})")


def whole_number(value: Any, name: str) -> None:  # noqa: ANN401 - JSON
    """An integer of at least 0."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise invalid(f"{value!r} is not of type 'integer' ({name})")


def page(request: Request, items: Sequence[JsonObject]) -> Response:
    """One page of a list; the bookmark is where the next one begins."""
    asked = request.query_params.get("page_size", str(PAGE_SIZE))
    if not asked.isdecimal():
        raise invalid(f"Parameter 'page_size' was not numeric (was {asked})")
    size = int(asked)
    if not 1 <= size <= PAGE_SIZE_MAX:
        raise invalid(f"'page_size' must be from 1 to {PAGE_SIZE_MAX} (was {size})")
    bookmark = request.query_params.get("bookmark", "")
    start = int(bookmark.removeprefix("bm")) if ID.fullmatch(bookmark.removeprefix("bm")) else 0
    end = start + size
    following = f"bm{end}" if end < len(items) else None
    return JSONResponse({"items": list(items[start:end]), "bookmark": following})


def path_id(request: Request, name: str) -> str:
    """An id out of the address."""
    value: str = request.path_params[name]
    if not ID.fullmatch(value):
        raise invalid(f"'{name}' value '{value}' must match the pattern: ^\\d+$")
    return value
