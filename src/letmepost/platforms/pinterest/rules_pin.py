"""Rules of a pin's board, title, description and link."""

from collections.abc import Iterator

import regex

from letmepost.content.draft import Draft
from letmepost.content.text import utf16_units
from letmepost.platforms.pinterest import limits
from letmepost.platforms.pinterest.options import chosen_options, example_options
from letmepost.preflight.example import draft, image
from letmepost.preflight.rule import Limit, Rule, Violation, rule

_DIGITS = regex.compile(r"[0-9]+")
_LINK = "https://example.com/"


def _pin(text: str = "Hello", **fields: object) -> Draft:
    return draft(text, image(), options=example_options(**fields))


@rule(
    "pinterest.board.required",
    field="options.boardId",
    message="No board is named, and the account has no default one.",
    remediation="Give options.boardId, or set a default board for the account.",
    sources=((limits.OPENAPI, limits.READ),),
    accepts=lambda _: _pin(),
    refuses=lambda _: _pin(board_id=""),
)
def board_is_missing(checked: Draft) -> Iterator[Violation]:
    """Every pin is on a board.

    A board that is named wins over the account's default board. An empty id is no board, so a
    form that sends its empty field gets the default one.
    """
    chosen = chosen_options(checked)
    if not (chosen and chosen.board_id) and not checked.account.get("defaultBoardId"):
        yield Violation(at="options.boardId")


@rule(
    "pinterest.board.id_format",
    field="options.boardId",
    message="{actual} is not the id of a board, which has digits only.",
    remediation="Read the ids of the account's boards from Pinterest; the name in the address of "
    "a board is not its id.",
    sources=((limits.OPENAPI, limits.READ),),
    accepts=lambda _: _pin(),
    refuses=lambda _: _pin(board_id="jane/bridges"),
    only_with="options",
)
def board_id_is_malformed(checked: Draft) -> Iterator[Violation]:
    """Boards are named by numbers, sent as text.

    The address of a board, pinterest.com/jane/bridges, shows its name and not its id, and changes
    when the board is renamed.
    """
    chosen = chosen_options(checked)
    if chosen and chosen.board_id and not _DIGITS.fullmatch(chosen.board_id):
        yield Violation(at="options.boardId", actual=chosen.board_id)


@rule(
    "pinterest.board_section.id_format",
    field="options.boardSectionId",
    message="{actual} is not the id of a section of a board, which has digits only.",
    remediation="Read the ids of the board's sections from Pinterest.",
    sources=((limits.OPENAPI, limits.READ),),
    accepts=lambda _: _pin(board_section_id="5278091872345678901"),
    refuses=lambda _: _pin(board_section_id="north"),
    only_with="options",
)
def section_id_is_malformed(checked: Draft) -> Iterator[Violation]:
    """Sections are named by numbers, as boards are.

    A section belongs to one board: the id of a section of another board is well formed, and
    Pinterest answers that there is no such section.
    """
    chosen = chosen_options(checked)
    section = chosen.board_section_id if chosen else None
    if section is not None and not _DIGITS.fullmatch(section):
        yield Violation(at="options.boardSectionId", actual=section)


@rule(
    "pinterest.title.max_chars",
    limit=limits.TITLE_UNITS,
    field="options.title",
    message="The title is {actual} UTF-16 units; Pinterest accepts {limit}.",
    remediation="Shorten the title; the rest can go into the text.",
    accepts=lambda limit: _pin(title="a" * limit),
    refuses=lambda limit: _pin(title="a" * (limit - 1) + "😀"),
    only_with="options",
)
def title_too_long(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """The title has up to 100 characters.

    It is the title of the pin and not of the page it leads to, which Pinterest reads by itself.
    """
    chosen = chosen_options(checked)
    if chosen and chosen.title and (actual := utf16_units(chosen.title)) > limit.value:
        yield Violation(at="options.title", actual=actual)


@rule(
    "pinterest.description.max_chars",
    limit=limits.DESCRIPTION_UNITS,
    field="text",
    message="The text is {actual} UTF-16 units; Pinterest accepts {limit}.",
    remediation="Shorten the text.",
    accepts=lambda limit: _pin("a" * limit),
    refuses=lambda limit: _pin("a" * (limit - 1) + "😀"),
)
def description_too_long(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """The text of a post is the description of the pin, up to 800 characters by the API.

    The unit is not documented, so the largest count is used: UTF-16 units, in which an emoji is 2.
    """
    if (actual := utf16_units(checked.text)) > limit.value:
        yield Violation(at="text", actual=actual)


@rule(
    "pinterest.description.recommended",
    limit=limits.DESCRIPTION_RECOMMENDED,
    severity="warning",
    field="text",
    message="The text is {actual} UTF-16 units; Pinterest's help advises up to {limit}.",
    remediation="Put what matters first: the rest may not be shown.",
    accepts=lambda limit: _pin("a" * limit),
    refuses=lambda limit: _pin("a" * (limit + 1)),
)
def description_is_long(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Pinterest's help still says 500, the number of years ago; its API takes 800.

    What is over it is published and searched, and may not be shown.
    """
    if (actual := utf16_units(checked.text)) > limit.value:
        yield Violation(at="text", actual=actual)


@rule(
    "pinterest.link.max_length",
    limit=limits.LINK_UNITS,
    field="options.destinationUrl",
    message="The address is {actual} UTF-16 units long; Pinterest accepts {limit}.",
    remediation="Leave out parameters that only count visits.",
    accepts=lambda limit: _pin(destination_url=_LINK.ljust(limit, "a")),
    refuses=lambda limit: _pin(destination_url=_LINK.ljust(limit + 1, "a")),
    only_with="options",
)
def link_too_long(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """A pin leads to an address of up to 2,048 characters.

    A shortened one is no way out: Pinterest may block it as spam, for good, and answers then with
    the status of a rate limit.
    """
    chosen = chosen_options(checked)
    link = (chosen.destination_url if chosen else None) or ""
    if (actual := utf16_units(link)) > limit.value:
        yield Violation(at="options.destinationUrl", actual=actual)


PIN_RULES: tuple[Rule, ...] = (
    board_is_missing,
    board_id_is_malformed,
    section_id_is_malformed,
    title_too_long,
    description_too_long,
    description_is_long,
    link_too_long,
)
