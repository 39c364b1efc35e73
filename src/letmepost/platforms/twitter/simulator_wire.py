"""X's manners on the wire: problem bodies, strict JSON, and fields that may be asked for.

Source: https://docs.x.com/x-api/fundamentals/response-codes-and-errors.
"""

import json
import re
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

JsonObject = dict[str, Any]
Handler = Callable[[Request], Awaitable[Response]]

ID: Final = re.compile(r"[0-9]{1,19}")
VERSION: Final = "2.167"
PROBLEMS: Final = "https://api.x.com/2/problems/"
NOT_PERMITTED: Final = "You are not permitted to perform this action."

_TITLES: Final[Mapping[int, tuple[str, str]]] = {
    400: ("Invalid Request", "One or more parameters to your request was invalid."),
    401: ("Unauthorized", "Unauthorized"),
    402: ("Payment Required", "credits depleted"),
    403: ("Forbidden", NOT_PERMITTED),
    404: ("Not Found", "Not Found"),
    415: ("Unsupported Media Type", "Unsupported Media Type"),
    429: ("Too Many Requests", "Too Many Requests"),
    500: ("Internal Server Error", "Internal Server Error"),
    502: ("Bad Gateway", "Bad Gateway"),
    503: ("Service Unavailable", "Service Unavailable"),
    504: ("Gateway Timeout", "Gateway Timeout"),
}
_SLUGS: Final[Mapping[int, str]] = {400: "invalid-request", 402: "credits-depleted"}


class ProblemError(Exception):
    """What X answers in place of a result."""

    def __init__(
        self,
        status: int,
        detail: str | None = None,
        *,
        title: str | None = None,
        slug: str | None = None,
        **more: Any,  # noqa: ANN401 - JSON
    ) -> None:
        known_title, known_detail = _TITLES.get(status, _TITLES[500 if status >= 500 else 400])  # noqa: PLR2004 - the class of a status
        super().__init__(detail or known_detail)
        self.status = status
        self.body: JsonObject = {
            **more,
            "title": title or known_title,
            "detail": detail or known_detail,
            "type": f"{PROBLEMS}{slug}" if slug else "about:blank",
            "status": status,
        }

    def response(self) -> Response:
        """The problem on the wire."""
        return JSONResponse(
            self.body, status_code=self.status, media_type="application/problem+json"
        )


def status_problem(status: int) -> ProblemError:
    """The problem of a status that comes without a reason of its own."""
    return ProblemError(status, slug=_SLUGS.get(status))


def invalid(message: str, **parameters: object) -> ProblemError:
    """A 400 that names the parameters which are wrong."""
    shown = {name.replace("__", "."): [str(value)] for name, value in parameters.items()}
    return ProblemError(
        400, slug="invalid-request", errors=[{"parameters": shown, "message": message}]
    )


def forbidden(detail: str = NOT_PERMITTED, slug: str | None = None) -> ProblemError:
    """A 403."""
    return ProblemError(403, detail, slug=slug)


def answering(handler: Handler) -> Handler:
    """Let a handler raise problems, and name the build on every answer."""

    async def answer(request: Request) -> Response:
        try:
            response = await handler(request)
        except ProblemError as problem:
            response = problem.response()
        response.headers["api-version"] = VERSION
        return response

    return answer


async def read_json(request: Request, fields: Collection[str]) -> JsonObject:
    """Read a JSON object, and refuse what is no field of it."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip()
    if content_type != "application/json":
        raise status_problem(415)
    try:
        body = json.loads(await request.body())
    except ValueError:
        raise invalid("The request body is not valid JSON.") from None
    return read_object(body, fields, "$")


def read_object(value: object, fields: Collection[str], at: str) -> JsonObject:
    """Check that a value is an object of these fields."""
    if not isinstance(value, dict):
        raise invalid(f"{at}: object expected")
    for name in value:
        if name not in fields:
            raise invalid(f"{at}.{name}: is not defined in the schema", **{name: value[name]})
    return value


def read_ids(value: object, at: str, *, least: int, most: int) -> list[str]:
    """Check a list of ids."""
    if not isinstance(value, list) or not least <= len(value) <= most:
        raise invalid(f"{at}: array of {least} to {most} ids expected")
    return [read_id(each, at) for each in value]


def read_id(value: object, at: str) -> str:
    """Check an id; a number is refused, since ids do not fit into one everywhere."""
    if not isinstance(value, str) or not ID.fullmatch(value):
        raise invalid(f"{at}: string matching ^[0-9]{{1,19}}$ expected", **{at: value})
    return value


def read_query(request: Request, known: Collection[str]) -> Mapping[str, str]:
    """The query, once it holds nothing that is not known."""
    for name, value in request.query_params.items():
        if name not in known:
            message = f"The query parameter [{name}] is not one of [{','.join(sorted(known))}]"
            raise invalid(message, **{name: value})
    return request.query_params


def asked_fields(query: Mapping[str, str], name: str, known: Collection[str]) -> list[str]:
    """The fields that a query asks for beside those that always come."""
    asked = [each for each in query.get(name, "").split(",") if each]
    for each in asked:
        if each not in known:
            message = f"The `{name}` query parameter value [{each}] is not one of "
            raise invalid(message + f"[{','.join(sorted(known))}]", **{name: each})
    return asked
