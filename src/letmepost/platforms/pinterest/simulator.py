"""The Pinterest simulator: the consent page, the API of version 5 in both environments, and S3.

Written from what Pinterest documents (OpenAPI description 5.28) and what callers have observed.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import ClassVar, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from letmepost.kit.clock import Clock
from letmepost.platform_kit.simulator import PlatformSimulator
from letmepost.platform_kit.simulator_consent import APPROVES
from letmepost.platform_kit.simulator_instructions import (
    InvalidInstructionError,
    check_fields,
    objects,
    true_or_false,
)
from letmepost.platform_kit.simulator_timeline import TimelineEntry, TimelineMedia
from letmepost.platforms.pinterest.simulator_boards import PRIVACIES, Boards
from letmepost.platforms.pinterest.simulator_limits import (
    ORG_READ,
    ORG_WRITE,
    Rate,
    RateLimits,
)
from letmepost.platforms.pinterest.simulator_media import Videos
from letmepost.platforms.pinterest.simulator_pins import Pins
from letmepost.platforms.pinterest.simulator_tokens import CLIENT_ID, CLIENT_SECRET, Tokens
from letmepost.platforms.pinterest.simulator_wire import answering, error_response
from letmepost.platforms.pinterest.simulator_world import Environment, World

EnvironmentHandler = Callable[[Request, Environment], Awaitable[Response]]

_TOO_MANY_REQUESTS: Final = 429
_NOT_FOUND: Final = 404
_WORLD_FIELDS: Final = ("access", "accounts", "enforceRateLimits")
_ACCOUNT_FIELDS: Final = ("username", "accountType", "boards")
_BOARD_FIELDS: Final = ("name", "privacy")
_ACCOUNT_TYPES: Final = ("BUSINESS", "PINNER")


def create_simulator(clock: Clock | None = None) -> "PinterestSimulator":
    """Make a simulator with a world of its own."""
    return PinterestSimulator(clock)


class PinterestSimulator(PlatformSimulator):
    """All hosts of Pinterest under one prefix; those of the sandbox under `/sandbox` in it."""

    platform: ClassVar[str] = "pinterest"
    plays: ClassVar[frozenset[str]] = frozenset(
        {"expired_token", "revoked_token", "container_stuck", "container_error", "hide_history"}
    )

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__(clock)
        self.world = World(self.clock)
        self._limits = RateLimits(self.world, self.clock)
        self._tokens = Tokens(self.world, self.clock, self.faults)
        self._boards = Boards(self.world, self._tokens, self.faults)
        self._videos = Videos(self.world, self._tokens, self.clock, self.faults)
        self._pins = Pins(self.world, self._tokens)

    def routes(self) -> Sequence[BaseRoute]:
        """The consent page, the API twice, and the storage for videos."""
        return [
            Route("/oauth/", self._tokens.desk.handle, methods=["GET", "POST"]),
            Route("/s3/", self._videos.store, methods=["POST"]),
            *self._api("/v5", 0),
            *self._api("/sandbox/v5", 1),
            Route("/{path:path}", _not_served, methods=["GET", "POST", "PATCH", "DELETE"]),
        ]

    def error(self, status: int) -> Response:
        """Pinterest's error body of a status; a 429 comes with the rate limit headers."""
        return self._limits.refusal() if status == _TOO_MANY_REQUESTS else error_response(status)

    def reset(self) -> None:
        """Go back to Jane alone, whose boards are empty."""
        self.world.begin()
        self._tokens.clear()
        self._limits.clear()

    def extend_world(self, body: Mapping[str, object]) -> Mapping[str, object]:
        """Add accounts with boards, change the app's access, enforce rate limits.

        `access` is `standard` or `trial`. `accounts` is a list of `{username, accountType?,
        boards?}`, `boards` one of `{name, privacy?}`; a board is made in both environments.
        """
        check_fields(body, _WORLD_FIELDS)
        access = body.get("access", self.world.access)
        enforced = true_or_false(body, "enforceRateLimits", default=self._limits.enforced)
        accounts = objects(body, "accounts")
        for account in accounts:
            _check_account(account)
        if access not in ("standard", "trial"):
            raise InvalidInstructionError("access must be standard or trial.")
        self.world.access = access
        self._limits.enforced = enforced
        return {"access": access, "accounts": [self._add_account(each) for each in accounts]}

    def timeline(self) -> Iterator[TimelineEntry]:
        """Every pin that is on a board now."""
        for pin in self.world.all_pins():
            title, described = (pin.fields.get(name) for name in ("title", "description"))
            yield TimelineEntry(
                platform=self.platform,
                account=pin.owner.username,
                id=pin.id,
                text=described or title or "",
                created_at=f"{pin.created_at}Z",
                media=[
                    TimelineMedia(
                        each.content_type, each.size_bytes, pin.fields.get("alt_text") or ""
                    )
                    for each in pin.pictures
                ],
            )

    def settings(self, url: str) -> Mapping[str, str]:
        """Both hosts, all of them here, and the app that the consent page knows."""
        return {
            "LETMEPOST_PINTEREST_API_URL": url,
            "LETMEPOST_PINTEREST_AUTH_URL": url,
            "LETMEPOST_PINTEREST_CLIENT_ID": CLIENT_ID,
            "LETMEPOST_PINTEREST_CLIENT_SECRET": CLIENT_SECRET,
        }

    def account(self, url: str) -> Mapping[str, object]:  # noqa: ARG002 -- the same form everywhere
        """Jane's consent."""
        return APPROVES

    def post_options(self) -> Mapping[str, object]:
        """A board of Jane's, without which nothing is pinned."""
        return {"boardId": next(iter(self.world.environments[0].boards))}

    def _api(self, prefix: str, environment: int) -> Iterator[Route]:
        boards, pins, videos = self._boards, self._pins, self._videos
        board, section = "/boards/{board_id}", "/sections/{section_id}"
        calls: Sequence[tuple[str, str, EnvironmentHandler, Rate]] = (
            ("POST", "/oauth/token", self._tokens.grant, ORG_READ),
            ("GET", "/user_account", self._user_account, ORG_READ),
            ("GET", "/boards", boards.list_boards, ORG_READ),
            ("POST", "/boards", boards.create_board, ORG_WRITE),
            ("GET", board, boards.get_board, ORG_READ),
            ("DELETE", board, boards.delete_board, ORG_WRITE),
            ("GET", f"{board}/pins", boards.list_pins, ORG_READ),
            ("GET", f"{board}/sections", boards.list_sections, ORG_READ),
            ("POST", f"{board}/sections", boards.create_section, ORG_WRITE),
            ("GET", f"{board}{section}/pins", boards.list_pins, ORG_READ),
            ("POST", "/media", videos.register, ORG_WRITE),
            ("GET", "/media/{media_id}", videos.show, ORG_READ),
            ("POST", "/pins", pins.create, ORG_WRITE),
            ("GET", "/pins/{pin_id}", pins.read, ORG_READ),
            ("DELETE", "/pins/{pin_id}", pins.delete, ORG_WRITE),
        )
        for method, path, handler, rate in calls:
            yield self._route(method, prefix + path, handler, rate, environment)

    def _route(
        self, method: str, path: str, handler: EnvironmentHandler, rate: Rate, environment: int
    ) -> Route:
        async def called(request: Request) -> Response:
            async def handle(request: Request) -> Response:
                # Looked up at each call: a reset makes new environments.
                return await handler(request, self.world.environments[environment])

            return await self._limits.guard(request, answering(handle), rate)

        return Route(path, called, methods=[method])

    async def _user_account(self, request: Request, environment: Environment) -> Response:
        token = self._tokens.authenticated(request, environment, "user_accounts:read")
        account = token.account
        return JSONResponse(
            {
                "id": account.id,
                "username": account.username,
                "account_type": account.account_type,
                "profile_image": "https://i.pinimg.com/280x280_RS/profile.jpg",
            }
        )

    def _add_account(self, asked: Mapping[str, object]) -> Mapping[str, object]:
        account = self.world.add_account(
            str(asked["username"]), str(asked.get("accountType", "BUSINESS"))
        )
        made = []
        for board in objects(asked, "boards"):
            name, privacy = str(board["name"]), str(board.get("privacy", "PUBLIC"))
            for environment in self.world.environments:
                added = self.world.add_board(environment, account, name, privacy=privacy)
                made.append({"id": added.id, "name": name, "environment": environment.name})
        return {"id": account.id, "username": account.username, "boards": made}


async def _not_served(_request: Request) -> Response:
    body = {"code": _NOT_FOUND, "message": "The resource was not found."}
    return JSONResponse(body, status_code=_NOT_FOUND)


def _check_account(asked: Mapping[str, object]) -> None:
    check_fields(asked, _ACCOUNT_FIELDS, "An account")
    if not isinstance(asked.get("username"), str) or not asked["username"]:
        raise InvalidInstructionError("username must be a name, such as bob.")
    if asked.get("accountType", "BUSINESS") not in _ACCOUNT_TYPES:
        raise InvalidInstructionError(f"accountType must be one of {', '.join(_ACCOUNT_TYPES)}.")
    for board in objects(asked, "boards"):
        check_fields(board, _BOARD_FIELDS, "A board")
        if not isinstance(board.get("name"), str) or not board["name"]:
            raise InvalidInstructionError("name of a board must be a text.")
        if board.get("privacy", "PUBLIC") not in PRIVACIES:
            raise InvalidInstructionError(f"privacy must be one of {', '.join(PRIVACIES)}.")
