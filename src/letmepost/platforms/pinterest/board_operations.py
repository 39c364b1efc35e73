"""The boards of an account over our API: listed, made, and one chosen as the default."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.platform_kit.account_operation import (
    AccountAnswer,
    AccountOperation,
    Details,
    ShownOfAccount,
)
from letmepost.platform_kit.http import Answer, NoAnswerError
from letmepost.platform_kit.platform import AccountTask
from letmepost.platforms.pinterest import rehearsed_boards
from letmepost.platforms.pinterest.api import AccountClient, RefusedError
from letmepost.platforms.pinterest.boards import (
    LISTED_MAX,
    PROPOSED_MAX,
    board_named,
    described,
    first_boards,
    proposed_boards,
)
from letmepost.platforms.pinterest.errors import (
    BOARD_NAME_TAKEN,
    NOT_OWNER,
    by_rule,
    code_of,
    failure,
    not_answered,
    readable,
    refusal,
)
from letmepost.platforms.pinterest.errors import NOT_FOUND as GONE
from letmepost.platforms.pinterest.rules import BOARD_UNKNOWN, UPSERT_GHOST
from letmepost.platforms.pinterest.rules_pin import board_is_missing

Privacy = Literal["PUBLIC", "PROTECTED", "SECRET"]


class _Answer(BaseModel):
    model_config = ConfigDict(
        extra="forbid", alias_generator=to_camel, validate_by_alias=True, defer_build=True
    )


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, validate_by_alias=True)


class PinterestAccount(_Answer):
    """Where pins go that name no board."""

    default_board_id: str | None = Field(
        examples=["549755885175"], description="The board of pins that name none."
    )
    default_board_name: str | None = Field(examples=["Bridges"], description="What it is called.")


class PinterestBoard(_Answer):
    """A board of an account."""

    id: str = Field(examples=["549755885175"], description="The id of the board.")
    name: str = Field(examples=["Bridges"], description="The name of the board.")
    privacy: Privacy | None = Field(description="Who may see the board.")


class PinterestBoards(_Answer):
    """The boards of an account, a hundred at most, and which of them is the default one."""

    data: list[PinterestBoard]
    default_board_id: str | None = Field(
        examples=["549755885175"], description="The board of pins that name none."
    )


class PinterestBoardMade(PinterestBoard):
    """The board that was made, or that had the name already."""

    existing: bool = Field(examples=[False], description="Whether a board had the name already.")
    default_board_id: str | None = Field(
        default=None, description="The board of pins that name none, where it was changed."
    )
    default_board_name: str | None = Field(default=None, description="What it is called.")


class PinterestDefaultBoard(_Answer):
    """The account, and the board that is its default one now."""

    id: str
    default_board_id: str = Field(
        examples=["549755885175"], description="The board of pins that name none."
    )
    default_board_name: str | None = Field(examples=["Bridges"], description="What it is called.")


class CreatePinterestBoard(_Body):
    """The board to make. With `upsert`, one that has the name already will do."""

    name: Annotated[str, Field(min_length=1, max_length=180)] = Field(
        examples=["Towers"], description="The name of the board."
    )
    description: Annotated[str, Field(max_length=500)] | None = Field(
        default=None, description="What is on the board."
    )
    privacy: Privacy | None = Field(default=None, description="Who may see the board.")
    set_as_default: bool = Field(
        default=False, description="Whether it becomes the board of pins that name none."
    )
    upsert: bool = Field(
        default=False, description="Whether a board that has the name already will do."
    )


class ChooseDefaultPinterestBoard(_Body):
    """The board that pins go to when they name none."""

    board_id: Annotated[str, Field(pattern="^[0-9]+$", max_length=100)] = Field(
        examples=["549755885175"], description="The id of the board."
    )


def shown(details: Details) -> Mapping[str, Any]:
    """What an account's JSON says of its default board."""
    return {
        "defaultBoardId": details.get("defaultBoardId"),
        "defaultBoardName": details.get("defaultBoardName"),
    }


async def list_boards(task: AccountTask, _body: None) -> AccountAnswer:
    """The account's boards that take pins."""
    try:
        boards = await first_boards(AccountClient(task), LISTED_MAX)
    except (RefusedError, NoAnswerError) as error:
        raise _as_error(error) from error
    return AccountAnswer(document=_listed(boards, task.account_details))


def rehearse_list(_account_id: str, details: Details, _body: None) -> AccountAnswer:
    """The boards of a test account."""
    return AccountAnswer(document=_listed(rehearsed_boards.boards_of(details), details))


async def create_board(task: AccountTask, body: CreatePinterestBoard) -> AccountAnswer:
    """Make a board, or find the one that has the name already."""
    client = AccountClient(task)
    wanted = body.model_dump(include={"name", "description", "privacy"}, exclude_none=True)
    try:
        answer = await client.call("POST", "/boards", wanted)
        if code_of(answer) == BOARD_NAME_TAKEN and body.upsert:
            return _made(await _known(client, body.name, answer), body, existing=True)
    except NoAnswerError as error:
        raise _maybe_made(error) from error
    except RefusedError as error:
        raise _as_error(error) from error
    if (board := readable(answer)) is None:
        raise refusal(answer).error
    return _made(board, body, existing=False)


def rehearse_create(
    _account_id: str, details: Details, body: CreatePinterestBoard
) -> AccountAnswer:
    """Make a board of a test account, which is kept in its details."""
    board, existing = rehearsed_boards.made(details, body.name, body.privacy)
    if existing and not body.upsert:
        raise rehearsed_boards.name_taken()
    answered = _made(board, body, existing=existing)
    kept = {} if existing else rehearsed_boards.kept(details, board)
    return AccountAnswer(
        document=answered.document, status=answered.status, details={**answered.details, **kept}
    )


async def choose_default(task: AccountTask, body: ChooseDefaultPinterestBoard) -> AccountAnswer:
    """Make a board of the account its default one."""
    try:
        answer = await AccountClient(task).call("GET", f"/boards/{body.board_id}")
    except NoAnswerError as error:
        raise not_answered(error) from error
    board = readable(answer)
    if board is None and (answer.status == GONE or code_of(answer) == NOT_OWNER):
        raise by_rule(BOARD_UNKNOWN, body.board_id, answer)
    if board is None:
        raise refusal(answer).error
    if board.get("is_ads_only"):
        raise by_rule(BOARD_UNKNOWN, body.board_id, answer)
    return _chosen(task.account_id, {"id": body.board_id, "name": board.get("name")})


def rehearse_default(
    account_id: str, details: Details, body: ChooseDefaultPinterestBoard
) -> AccountAnswer:
    """Make a board of a test account its default one."""
    for board in rehearsed_boards.boards_of(details):
        if board["id"] == body.board_id:
            return _chosen(account_id, board)
    raise by_rule(BOARD_UNKNOWN, body.board_id)


class PinterestAdviser:
    """Names the boards there are when a pin names none."""

    async def advise(self, task: AccountTask | None, rule_id: str) -> Mapping[str, Any] | None:
        """The boards to choose from, where they can be read in time."""
        if rule_id != board_is_missing.id:
            return None
        if task is None:
            return {"availableBoards": rehearsed_boards.boards_of({})[:PROPOSED_MAX]}
        boards = await proposed_boards(AccountClient(task))
        return None if boards is None else {"availableBoards": boards}


def _listed(boards: list[dict[str, Any]], details: Details) -> dict[str, Any]:
    return {"data": boards, "defaultBoardId": details.get("defaultBoardId")}


def _made(board: Mapping[str, Any], body: CreatePinterestBoard, *, existing: bool) -> AccountAnswer:
    document = {**described(dict(board)), "existing": existing}
    default: dict[str, Any] = {}
    if body.set_as_default:
        default = {"defaultBoardId": document["id"], "defaultBoardName": document["name"]}
    return AccountAnswer(
        document=document | default, status=200 if existing else 201, details=default
    )


def _chosen(account_id: str, board: Mapping[str, Any]) -> AccountAnswer:
    default = {"defaultBoardId": board["id"], "defaultBoardName": board["name"]}
    return AccountAnswer(document={"id": account_id, **default}, details=default)


async def _known(client: AccountClient, name: str, answer: Answer) -> dict[str, Any]:
    """The board whose name is taken; Pinterest may say so of one that it does not list."""
    board = await board_named(client, name)
    if board is None:
        raise by_rule(UPSERT_GHOST, name, answer)
    return board


def _as_error(error: RefusedError | NoAnswerError) -> LetmepostError:
    if isinstance(error, NoAnswerError):
        return not_answered(error)
    return error.outcome.error


def _maybe_made(error: NoAnswerError) -> LetmepostError:
    if not error.sent:
        return not_answered(error)
    return failure(
        ErrorCode.PLATFORM_UNAVAILABLE,
        f"Pinterest gave no answer, so the board may be there or not: {error.reason}",
        remediation="Send the request again with upsert: true.",
    )


SHOWN_OF_ACCOUNT = ShownOfAccount(answer=PinterestAccount, of=shown)
BOARD_OPERATIONS = (
    AccountOperation(
        method="GET",
        segment="boards",
        name="listPinterestBoards",
        summary="List the boards of a Pinterest account",
        answer=PinterestBoards,
        run=list_boards,
        rehearse=rehearse_list,
    ),
    AccountOperation(
        method="POST",
        segment="boards",
        name="createPinterestBoard",
        summary="Make a board of a Pinterest account",
        body=CreatePinterestBoard,
        answer=PinterestBoardMade,
        status=201,
        run=create_board,
        rehearse=rehearse_create,
    ),
    AccountOperation(
        method="PATCH",
        segment="default-board",
        name="choosePinterestDefaultBoard",
        summary="Choose the default board of a Pinterest account",
        body=ChooseDefaultPinterestBoard,
        answer=PinterestDefaultBoard,
        run=choose_default,
        rehearse=rehearse_default,
    ),
)
