"""The simulated PDS's manners on the wire: inputs, error bodies and rate limit headers."""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

JsonObject = dict[str, Any]
Handler = Callable[[Request], Awaitable[Response]]

JSON_LIMIT_BYTES: Final = 1_000_000

# https://github.com/bluesky-social/atproto/blob/main/packages/xrpc-server/src/errors.ts
_NAMES: Final[Mapping[int, tuple[str, str]]] = {
    400: ("InvalidRequest", "Invalid Request"),
    401: ("AuthenticationRequired", "Authentication Required"),
    403: ("Forbidden", "Forbidden"),
    404: ("XRPCNotSupported", "XRPC Not Supported"),
    413: ("PayloadTooLarge", "Payload Too Large"),
    415: ("UnsupportedMediaType", "Unsupported Media Type"),
    429: ("RateLimitExceeded", "Rate Limit Exceeded"),
    500: ("InternalServerError", "Internal Server Error"),
    501: ("MethodNotImplemented", "Method Not Implemented"),
    502: ("UpstreamFailure", "Upstream Failure"),
    503: ("NotEnoughResources", "Not Enough Resources"),
    504: ("UpstreamTimeout", "Operation timed out, please try again."),
}


class XrpcError(Exception):
    """What the PDS answers in place of a result."""

    def __init__(self, error: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.error = error
        self.message = message
        self.status = status


def invalid(message: str) -> XrpcError:
    """A 400 InvalidRequest."""
    return XrpcError("InvalidRequest", message)


def error_response(status: int) -> Response:
    """The body of a status that comes without a reason of its own."""
    fallback = 500 if status >= 500 else 400  # noqa: PLR2004 -- the class of a status
    error, message = _NAMES.get(status, _NAMES[fallback])
    return JSONResponse({"error": error, "message": message}, status_code=status)


def answering(handler: Handler) -> Handler:
    """Turn an XrpcError that a handler raises into the PDS's error body."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except XrpcError as error:
            body = {"error": error.error, "message": error.message}
            return JSONResponse(body, status_code=error.status)

    return answer


async def read_input(request: Request) -> JsonObject:
    """Read a procedure's JSON body as the PDS does, before its schema is looked at."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip()
    if not content_type:
        raise invalid("Request encoding (Content-Type) required but not provided")
    if content_type != "application/json":
        raise invalid(f"Wrong request encoding (Content-Type): {content_type}")
    raw = await request.body()
    if len(raw) > JSON_LIMIT_BYTES:
        raise XrpcError("PayloadTooLargeError", "request entity too large", 413)
    try:
        body = json.loads(raw)
    except ValueError:
        raise XrpcError("SyntaxError", "Unexpected token in JSON") from None
    if not isinstance(body, dict):
        raise invalid(f"Expected object value type (got {shown(body)}) at $")
    _refuse_floats(body, "$")
    return body


def required_text(body: JsonObject, *names: str) -> list[str]:
    """Take required strings out of an input."""
    for name in names:
        if name not in body:
            raise invalid(f'Missing required key "{name}" at $')
        if not isinstance(body[name], str):
            raise invalid(f"Expected string value type (got {shown(body[name])}) at $.{name}")
    return [body[name] for name in names]


def required_param(request: Request, name: str) -> str:
    """Take a required parameter out of a query."""
    value = request.query_params.get(name)
    if value is None:
        raise invalid(f'Missing required key "{name}" at $')
    return value


def shown(value: object) -> str:
    """Write a value as error messages show it: an object by its first two keys."""
    if isinstance(value, dict):
        keys = [f"{json.dumps(key)}: ..." for key in list(value)[:2]]
        return "{" + ", ".join([*keys, *(["..."] if len(value) > len(keys) else [])]) + "}"
    if isinstance(value, list):
        return "[...]" if value else "[]"
    return json.dumps(value, ensure_ascii=False)


def _refuse_floats(value: object, path: str) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            _refuse_floats(item, f"{path}.{key}" if re.fullmatch(r"\w+", key) else f"{path}[{key}]")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _refuse_floats(item, f"{path}[{index}]")
    elif isinstance(value, float) and not value.is_integer():
        kinds = "null, boolean, integer, string, cid, bytes, array or object"
        raise invalid(f"Expected one of {kinds} value type (got {value}) at {path}")
