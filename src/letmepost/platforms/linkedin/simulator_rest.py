"""What every versioned call of the simulated LinkedIn has: headers, token, limits, error bodies.

Source: https://learn.microsoft.com/en-us/linkedin/shared/api-guide/concepts/error-handling and
https://learn.microsoft.com/en-us/linkedin/marketing/versioning.
"""

import json
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from letmepost.kit.clock import Clock
from letmepost.platform_kit.simulator_faults import Faults
from letmepost.platforms.linkedin.simulator_limits import throttled
from letmepost.platforms.linkedin.simulator_world import AccessToken, RefreshToken, World

SUNSETS: Final[Mapping[str, date]] = {
    "202510": date(2026, 10, 15),
    "202511": date(2026, 11, 16),
    "202601": date(2027, 1, 15),
    "202602": date(2027, 2, 15),
    "202603": date(2027, 3, 16),
    "202604": date(2027, 4, 15),
    "202605": date(2027, 5, 15),
    "202606": date(2027, 6, 15),
    "202607": date(2027, 7, 15),
    "202608": date(2027, 8, 15),
    "202609": date(2027, 9, 15),
}
"""The day from which each version is no longer answered."""

_REASONS: Final[Mapping[int, tuple[str, str]]] = {
    400: ("ILLEGAL_ARGUMENT", "Bad request"),
    401: ("INVALID_ACCESS_TOKEN", "Invalid access token"),
    403: ("ACCESS_DENIED", "Not enough permissions to access: partnerApiPostsExternal.CREATE"),
    404: ("NOT_FOUND", "Could not find entity"),
    413: ("REQUEST_TOO_LARGE", "Request entity too large"),
    415: ("UNSUPPORTED_MEDIA_TYPE", "Unsupported media type"),
    426: ("NONEXISTENT_VERSION", "Requested version is not active"),
    500: ("INTERNAL_SERVER_ERROR", "Internal Server Error"),
    502: ("BAD_GATEWAY", "Bad Gateway"),
    503: ("SERVICE_UNAVAILABLE", "Service Unavailable"),
    504: ("GATEWAY_TIMEOUT", "Gateway Timeout"),
}
_SERVICE_CODES: Final[Mapping[int, int]] = {401: 65600, 403: 100}
_TOO_MANY_REQUESTS: Final = 429


class RestliError(Exception):
    """What LinkedIn answers in place of a result."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        super().__init__(body.get("message"))
        self.status = status
        self.body = body


def coded(status: int, code: str, message: str, service_code: int | None = None) -> RestliError:
    """The shape with a `code`, with a `serviceErrorCode` where there is one."""
    numbered = {} if service_code is None else {"serviceErrorCode": service_code}
    return RestliError(status, {"status": status, **numbered, "code": code, "message": message})


def bad_input(
    code: str, description: str, path: str, value: object = None, status: int = 400
) -> RestliError:
    """The shape with `errorDetails`, which says what is wrong with a field of the body."""
    given: dict[str, Any] = {"inputPath": {"fieldPath": path}}
    if value is not None:
        given["inputValue"] = {"value": value}
    return RestliError(
        status,
        {
            "errorDetailType": "com.linkedin.common.error.BadRequest",
            "message": f"com.linkedin.content.common.exception.BadRequestResponseException: "
            f"{description}",
            "errorDetails": {
                "inputErrors": [{"code": code, "description": description, "input": given}]
            },
            "status": status,
        },
    )


def missing_field(path: str) -> RestliError:
    """A required field is not there."""
    return bad_input("MISSING_FIELD", f"Field {path} is required but not found", path)


def wrong_value(path: str, value: object) -> RestliError:
    """A field has a value that it cannot have."""
    return bad_input("INVALID_VALUE_FOR_FIELD", f"Invalid value for field {path}", path, value)


def not_permitted(permission: str, version: str) -> RestliError:
    """The token lacks a scope, or the app a product."""
    message = f"Not enough permissions to access: {permission}.{version}01"
    return coded(403, "ACCESS_DENIED", message, 100)


def author_refused(field: str) -> RestliError:
    """The token may not act for the author that the body names."""
    message = (
        "Field Value validation failed in REQUEST_BODY: Data Processing Exception while "
        f"processing fields [/{field}]"
    )
    return coded(403, "ACCESS_DENIED", message, 100)


def error_response(status: int) -> Response:
    """The body of a status that comes without a reason of its own."""
    if status == _TOO_MANY_REQUESTS:
        return traced(JSONResponse(throttled("MEMBER"), status_code=status))
    code, message = _REASONS.get(status, _REASONS[500 if status >= 500 else 400])  # noqa: PLR2004
    error = coded(status, code, message, _SERVICE_CODES.get(status))
    return traced(JSONResponse(error.body, status_code=status))


def traced(response: Response) -> Response:
    """The same answer with the headers by which LinkedIn finds it in its logs."""
    response.headers["x-li-uuid"] = uuid.uuid4().hex
    response.headers["x-li-fabric"] = "prod-simulated"
    return response


@dataclass(frozen=True)
class Call:
    """One versioned call that carries a good token."""

    request: Request
    token: AccessToken
    version: str

    def needs(self, permission: str, *scopes: str) -> None:
        """Refuse a token that holds none of the scopes."""
        if not set(scopes) & set(self.token.scopes):
            raise not_permitted(permission, self.version)

    async def body(self) -> dict[str, Any]:
        """The JSON object that was sent."""
        content_type = self.request.headers.get("content-type", "").partition(";")[0].strip()
        if content_type != "application/json":
            raise coded(415, "UNSUPPORTED_MEDIA_TYPE", f"Unsupported media type: {content_type}")
        try:
            body = json.loads(await self.request.body())
        except ValueError:
            raise coded(400, "ILLEGAL_ARGUMENT", "Cannot parse request entity") from None
        if not isinstance(body, dict):
            raise coded(400, "ILLEGAL_ARGUMENT", "The request entity must be a record")
        return body

    def urn(self) -> str:
        """The URN in the path, which Rest.li 2.0 takes percent-encoded only."""
        urn: str = self.request.path_params["urn"]
        raw = self.request.scope.get("raw_path", b"").decode("latin-1")
        if "urn:" in raw:
            raise coded(400, "ILLEGAL_ARGUMENT", f"Path key must be encoded: {urn}")
        return urn


Handler = Callable[[Call], Awaitable[Response]]


def only_fields(body: Mapping[str, Any], known: frozenset[str], path: str = "") -> None:
    """Refuse fields that the schema does not have, as Rest.li does."""
    for name in body:
        if name not in known:
            message = f"ERROR :: {path}/{name} :: unrecognized field found but not allowed\n"
            raise RestliError(422, {"message": message, "status": 422})


class Gate:
    """What a call has to pass before its handler is asked."""

    def __init__(self, world: Callable[[], World], clock: Clock, faults: Faults) -> None:
        self._world = world
        self._clock = clock
        self._faults = faults

    def rest(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        """A versioned endpoint."""

        async def answer(request: Request) -> Response:
            try:
                version = self._version(request)
                token = self.token(request)
                self._count(token)
                return traced(await handler(Call(request, token, version)))
            except RestliError as error:
                return traced(JSONResponse(error.body, status_code=error.status))

        return answer

    def token(self, request: Request) -> AccessToken:
        """The token that a request carries; raise `RestliError` for none, or one that is dead."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not value:
            body = {"message": "Empty oauth2_access_token", "serviceErrorCode": 401, "status": 401}
            raise RestliError(401, body)
        token = self._world().tokens.get(value)
        if token is None:
            raise coded(401, "INVALID_ACCESS_TOKEN", "Invalid access token", 65600)
        path = request.url.path
        if self._faults.take(path, "expired_token"):
            token.expires_at = self._clock.now()
        if self._faults.take(path, "revoked_token"):
            self._revoke(token)
        if token.lies > 0:
            token.lies -= 1
            raise _revoked()
        if token.revoked:
            raise _revoked()
        if self._clock.now() >= token.expires_at:
            message = "The token used in the request has expired"
            raise coded(401, "EXPIRED_ACCESS_TOKEN", message, 65602)
        return token

    def _revoke(self, token: AccessToken) -> None:
        world = self._world()
        held: list[AccessToken | RefreshToken] = [*world.tokens.values()]
        held += world.refresh_tokens.values()
        for each in held:
            if each.member is token.member:
                each.revoked = True

    def _version(self, request: Request) -> str:
        version = request.headers.get("linkedin-version")
        if not version:
            message = (
                "A version must be present. Please specify a version by adding the "
                "LinkedIn-Version header."
            )
            raise coded(400, "VERSION_MISSING", message)
        sunset = SUNSETS.get(version)
        retired = version in self._world().retired_versions
        if sunset is None or retired or self._clock.now().date() >= sunset:
            message = f"Requested version {version}01 is not active"
            raise coded(426, "NONEXISTENT_VERSION", message)
        if request.headers.get("x-restli-protocol-version") != "2.0.0":
            raise coded(400, "ILLEGAL_ARGUMENT", "X-Restli-Protocol-Version must be 2.0.0")
        return version

    def _count(self, token: AccessToken) -> None:
        world = self._world()
        day = self._clock.now().date().isoformat()
        for scope, who, limit in (
            ("MEMBER", token.member.id, world.member_requests_per_day),
            ("APPLICATION", world.app.client_id, world.app_requests_per_day),
        ):
            spent = world.requests.get((day, who), 0) + 1
            world.requests[day, who] = spent
            if world.enforces_limits and spent > limit:
                raise RestliError(_TOO_MANY_REQUESTS, throttled(scope))


def _revoked() -> RestliError:
    message = "The token used in the request has been revoked by the user"
    return coded(401, "REVOKED_ACCESS_TOKEN", message, 65601)
