"""The simulated pins: made, read and deleted."""

import re
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from letmepost.platforms.pinterest.simulator_boards import (
    refuse_unknown_section,
    sees,
    visible_board,
)
from letmepost.platforms.pinterest.simulator_sources import check_source, pictures_of
from letmepost.platforms.pinterest.simulator_tokens import Token, Tokens
from letmepost.platforms.pinterest.simulator_wire import (
    ID,
    JsonObject,
    PinterestError,
    check_fields,
    invalid,
    matching,
    path_id,
    read_json,
    text,
)
from letmepost.platforms.pinterest.simulator_world import Environment, Pin, World

_TRIAL: Final = (
    "Apps with Trial access may not create Pins in production https://api.pinterest.com - use API "
    "Sandbox https://api-sandbox.pinterest.com instead."
)
_WRITING: Final = ("boards:read", "boards:write", "pins:read", "pins:write")
_PIN_FIELDS: Final = {
    "board_id": matching(ID),
    "board_section_id": matching(ID),
    "title": text(at_most=100),
    "description": text(at_most=800),
    "alt_text": text(at_most=500),
    "link": text(at_most=2048),
    "dominant_color": matching(re.compile("#[0-9a-fA-F]{6}")),
    "parent_pin_id": matching(ID),
    "media_source": check_source,
}


class Pins:
    """The `/pins` addresses."""

    def __init__(self, world: World, tokens: Tokens) -> None:
        self._world = world
        self._tokens = tokens

    async def create(self, request: Request, environment: Environment) -> Response:
        """Make a pin."""
        token = self._tokens.authenticated(request, environment, *_WRITING)
        if self._world.access == "trial" and environment.name == "production":
            raise PinterestError(403, 29, _TRIAL)
        body = await read_json(request)
        check_fields(body, _PIN_FIELDS, ["media_source"])
        source: JsonObject = body.pop("media_source")
        if environment.name == "sandbox" and source["source_type"] == "video_id":
            raise PinterestError(403, 29, "You are not permitted to access that resource.")
        _check_place(token, environment, body)
        if (link := body.get("link")) and not link.startswith(("http://", "https://")):
            raise invalid(f"'{link[:40]}' is not a 'uri' (link)")
        media_type, pictures = await pictures_of(source, environment)
        pin = Pin(
            self._world.new_id(), token.account, self._world.now(), body, media_type, pictures
        )
        environment.pins[pin.id] = pin
        return JSONResponse(pin.described(), status_code=201)

    async def read(self, request: Request, environment: Environment) -> Response:
        """One pin."""
        token = self._tokens.authenticated(request, environment, "boards:read", "pins:read")
        return JSONResponse(_own_pin(token, environment, path_id(request, "pin_id")).described())

    async def delete(self, request: Request, environment: Environment) -> Response:
        """Delete a pin; the second time there is none."""
        token = self._tokens.authenticated(request, environment, *_WRITING)
        pin = _own_pin(token, environment, path_id(request, "pin_id"))
        del environment.pins[pin.id]
        return Response(status_code=204)


def _check_place(token: Token, environment: Environment, body: JsonObject) -> None:
    """Raise where the board or its section takes no pin of this token."""
    board_id, section_id = body.get("board_id"), body.get("board_section_id")
    if board_id is None:
        if section_id is not None:
            raise PinterestError(404, 2031, "Sorry! We couldn't find this board section.")
        return
    board = visible_board(token, environment, board_id)
    if not sees(token, board, "pins:write_secret"):
        raise PinterestError(403, 29, "You are not permitted to access that resource.")
    if section_id is not None:
        refuse_unknown_section(board, section_id)


def _own_pin(token: Token, environment: Environment, pin_id: str) -> Pin:
    pin = environment.pins.get(pin_id)
    if pin is None:
        raise PinterestError(404, 50, "Pin not found.")
    if pin.owner is not token.account:
        raise PinterestError(403, 7, "Not authorized to access board or Pin.")
    return pin
