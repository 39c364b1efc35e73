"""The simulated boards and their sections."""

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from letmepost.platform_kit.simulator_faults import Faults
from letmepost.platforms.pinterest.simulator_tokens import Token, Tokens
from letmepost.platforms.pinterest.simulator_wire import (
    PinterestError,
    check_fields,
    flag,
    invalid,
    one_of,
    page,
    path_id,
    read_json,
    text,
)
from letmepost.platforms.pinterest.simulator_world import Board, Environment, Section, World

BOARDS_MAX: Final = 2000
PRIVACIES: Final = ("PUBLIC", "PROTECTED", "SECRET")

_FILTERS: Final = {
    "ALL": PRIVACIES,
    "PUBLIC": ("PUBLIC",),
    "PROTECTED": ("PROTECTED",),
    "SECRET": ("SECRET",),
    "PUBLIC_AND_SECRET": ("PUBLIC", "SECRET"),
}
_BOARD_FIELDS: Final = {
    "name": text(at_least=1, at_most=180, nullable=False),
    "description": text(at_most=500),
    "privacy": one_of(*PRIVACIES),
    "is_ads_only": flag,
}
_SECTION_FIELDS: Final = {"name": text(at_least=1, at_most=180, nullable=False)}


class Boards:
    """The `/boards` addresses."""

    def __init__(self, world: World, tokens: Tokens, faults: Faults) -> None:
        self._world = world
        self._tokens = tokens
        self._faults = faults

    async def list_boards(self, request: Request, environment: Environment) -> Response:
        """The boards of the account, page by page."""
        token = self._tokens.authenticated(request, environment, "boards:read")
        privacy = request.query_params.get("privacy", "ALL")
        if privacy not in _FILTERS:
            raise invalid(f"{privacy!r} is not one of {list(_FILTERS)} (privacy)")
        shown = [
            board.described(len(environment.pins_of(board.id)))
            for board in environment.boards.values()
            if board.owner is token.account
            and board.privacy in _FILTERS[privacy]
            and sees(token, board, "boards:read_secret")
        ]
        return page(request, shown)

    async def create_board(self, request: Request, environment: Environment) -> Response:
        """Make a board; its name must be new to the account."""
        token = self._tokens.authenticated(request, environment, "boards:read", "boards:write")
        body = await read_json(request)
        check_fields(body, _BOARD_FIELDS, ["name"])
        if body.get("privacy") == "SECRET" and "boards:write_secret" not in token.scopes:
            raise PinterestError(
                403,
                29,
                "Your token does not have sufficient permissions to perform this operation. "
                "Required: ['boards:write_secret']",
            )
        own = [each for each in environment.boards.values() if each.owner is token.account]
        # Secret boards count too, which a token without their scopes cannot see.
        if any(each.name.casefold() == body["name"].casefold() for each in own):
            raise PinterestError(400, 58, "You already have a board with this name.")
        if len(own) >= BOARDS_MAX:
            raise PinterestError(400, 400, "You have reached the maximum number of boards.")
        given = {name: value for name, value in body.items() if value is not None}
        board = self._world.add_board(environment, token.account, **given)
        return JSONResponse(board.described(0), status_code=201)

    async def get_board(self, request: Request, environment: Environment) -> Response:
        """One board."""
        token = self._tokens.authenticated(request, environment, "boards:read")
        board = visible_board(token, environment, path_id(request, "board_id"))
        return JSONResponse(board.described(len(environment.pins_of(board.id))))

    async def delete_board(self, request: Request, environment: Environment) -> Response:
        """Delete a board with its pins."""
        token = self._tokens.authenticated(request, environment, "boards:read", "boards:write")
        board = visible_board(token, environment, path_id(request, "board_id"))
        for pin in environment.pins_of(board.id):
            del environment.pins[pin.id]
        del environment.boards[board.id]
        return Response(status_code=204)

    async def list_pins(self, request: Request, environment: Environment) -> Response:
        """The pins of a board, or of one section of it."""
        token = self._tokens.authenticated(request, environment, "boards:read", "pins:read")
        board = visible_board(token, environment, path_id(request, "board_id"))
        section_id = request.path_params.get("section_id")
        if section_id is not None:
            refuse_unknown_section(board, path_id(request, "section_id"))
        pins = environment.pins_of(board.id, section_id)
        if self._faults.take(request.url.path, "hide_history"):
            pins = []
        return page(request, [pin.described() for pin in pins])

    async def list_sections(self, request: Request, environment: Environment) -> Response:
        """The sections of a board."""
        token = self._tokens.authenticated(request, environment, "boards:read")
        board = visible_board(token, environment, path_id(request, "board_id"))
        return page(request, [{"id": each.id, "name": each.name} for each in board.sections])

    async def create_section(self, request: Request, environment: Environment) -> Response:
        """Add a section to a board."""
        token = self._tokens.authenticated(request, environment, "boards:read", "boards:write")
        board = visible_board(token, environment, path_id(request, "board_id"))
        body = await read_json(request)
        check_fields(body, _SECTION_FIELDS, ["name"])
        section = Section(self._world.new_id(), body["name"])
        board.sections.append(section)
        return JSONResponse({"id": section.id, "name": section.name}, status_code=201)


def sees(token: Token, board: Board, secret_scope: str) -> bool:
    """Whether a board exists for a token: a secret one only with the scope of its own."""
    return board.privacy != "SECRET" or secret_scope in token.scopes


def visible_board(token: Token, environment: Environment, board_id: str) -> Board:
    """A board of the token's account; raise as Pinterest does where it may not be used."""
    board = environment.boards.get(board_id)
    if board is None or not sees(token, board, "boards:read_secret"):
        raise PinterestError(404, 40, "Board not found.")
    if board.owner is not token.account:
        raise PinterestError(403, 7, "Not authorized to access board or Pin.")
    return board


def refuse_unknown_section(board: Board, section_id: str) -> None:
    """Raise where a board has no section of this id."""
    if all(each.id != section_id for each in board.sections):
        raise PinterestError(404, 2031, "Sorry! We couldn't find this board section.")
