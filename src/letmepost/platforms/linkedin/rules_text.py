"""Rules of the text, of its author and of who may see it."""

from collections.abc import Iterator

import regex

from letmepost.content.draft import Draft
from letmepost.content.errors import ErrorCode
from letmepost.content.text import is_blank, utf16_units
from letmepost.platforms.linkedin import limits
from letmepost.platforms.linkedin.little_text import escape, lookalikes
from letmepost.platforms.linkedin.options import chosen_options, example_options
from letmepost.preflight.example import draft
from letmepost.preflight.rule import Limit, Rule, Violation, rule

ORGANIZATION_SCOPE = "w_organization_social"

_PERSON = regex.compile(r"urn:li:person:[A-Za-z0-9_-]+")
_ORGANIZATION = regex.compile(r"urn:li:organization:[0-9]+")
_PERSON_URN = "urn:li:person:Ab3_x-9"
_ORGANIZATION_URN = "urn:li:organization:2414183"


def _author(checked: Draft) -> tuple[str, str | None]:
    """The author, and where it was named; an explicit one wins over the account's own."""
    chosen = chosen_options(checked)
    if chosen and chosen.author_urn is not None:
        return "options.authorUrn", chosen.author_urn
    own = checked.account.get("authorUrn")
    return "account", own if isinstance(own, str) and own else None


@rule(
    "linkedin.author.unresolved",
    field="account",
    code=ErrorCode.PLATFORM_AUTH_FAILED,
    message="It is not known under which name the account posts: it has no author URN.",
    remediation="Connect the account again.",
    sources=((limits.ORIGINAL_UNRESOLVED, limits.READ),),
    accepts=lambda _: draft(account={"authorUrn": _PERSON_URN}),
    refuses=lambda _: draft(account={"displayName": "Ada"}),
)
def author_is_unknown(checked: Draft) -> Iterator[Violation]:
    """Every post names its author, and LinkedIn tells who that is while the account is connected.

    The token alone does not say it: the same member has another id in every app. A check without
    an account skips this rule.
    """
    if checked.account and _author(checked)[1] is None:
        yield Violation(at="account")


@rule(
    "linkedin.author.urn_format",
    field="options.authorUrn",
    message="{actual} is not the URN of a member: urn:li:person: and the member's id.",
    remediation="Leave authorUrn out; the account's own is used.",
    sources=((limits.POSTS, limits.READ), (limits.ORIGINAL_AUTHOR, limits.READ)),
    accepts=lambda _: draft(options=example_options(author_urn=_PERSON_URN)),
    refuses=lambda _: draft(options=example_options(author_urn="person:Ab3_x-9")),
)
def author_is_malformed(checked: Draft) -> Iterator[Violation]:
    """Authors are named by URNs, and a name in a profile's address is none.

    `linkedin.com/in/ada` says nothing of Ada's id, which is different for every app that asks. The
    URN of an organization is well formed and breaks `linkedin.author.org_not_supported` instead.
    """
    at, author = _author(checked)
    if author is not None and not (_PERSON.fullmatch(author) or _ORGANIZATION.fullmatch(author)):
        yield Violation(at=at, actual=author)


@rule(
    "linkedin.author.org_not_supported",
    field="options.authorUrn",
    message="{actual} is an organization, and this account did not consent to posting for any.",
    remediation="Post as the member. Or set LETMEPOST_LINKEDIN_ORGANIZATIONS and connect the "
    "account again.",
    difference="The original posts for members only.",
    sources=((limits.POSTS, limits.READ), (limits.ORIGINAL_ORGANIZATION, limits.READ)),
    accepts=lambda _: draft(
        options=example_options(author_urn=_ORGANIZATION_URN),
        account={"authorUrn": _PERSON_URN, "scopes": [ORGANIZATION_SCOPE]},
    ),
    refuses=lambda _: draft(options=example_options(author_urn=_ORGANIZATION_URN)),
)
def author_is_an_organization(checked: Draft) -> Iterator[Violation]:
    """Posting for an organization needs a permission that LinkedIn gives to an app after a review.

    The member who connects the account must consent to it, and needs a role on the page. A check
    without an account knows of no consent.
    """
    at, author = _author(checked)
    if (
        author is not None
        and _ORGANIZATION.fullmatch(author)
        and ORGANIZATION_SCOPE not in (checked.account.get("scopes") or ())
    ):
        yield Violation(at=at, actual=author)


@rule(
    "linkedin.text.non_empty",
    limit=limits.TEXT_CHARACTERS,
    field="text",
    message="The text is empty; LinkedIn asks for one in every post.",
    remediation="Write a text, also beside media.",
    accepts=lambda limit: draft("a" * limit),
    refuses=lambda _: draft("\u00ad \n"),
)
def text_is_empty(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """The text is a required field of a post, and nothing says that it may be empty beside media.

    A text of spaces and of characters that are not shown, such as a soft hyphen, is empty.
    """
    if is_blank(checked.text):
        yield Violation(at="text", actual=limit.value - 1)


@rule(
    "linkedin.text.max_graphemes",
    limit=limits.TEXT_UNITS,
    field="text",
    message="The text is {actual} UTF-16 units as it is sent, {backslashes} of them backslashes; "
    "LinkedIn accepts {limit}.",
    remediation="Shorten the text; brackets, underscores and asterisks cost two each.",
    difference="The original counts graphemes. LinkedIn's own refusal speaks of characters, and "
    "the text is counted as it is sent. LETMEPOST_LINKEDIN_TEXT_MAX_UNITS changes the number: "
    "4,000 is reported for organizations.",
    sources=((limits.LITTLE_TEXT, limits.READ),),
    accepts=lambda limit: draft("a" * (limit - 2) + "*"),
    refuses=lambda limit: draft("a" * (limit - 1) + "*"),
)
def text_too_long(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """LinkedIn's text is a format in which some characters need a backslash, which we write.

    Whether LinkedIn counts the backslashes is not documented, so they are counted: a text of
    2,000 brackets is 4,000 long.
    """
    own = utf16_units(checked.text)
    # Escaping can no more than double a text.
    if own * 2 > limit.value and (actual := utf16_units(escape(checked.text))) > limit.value:
        yield Violation(at="text", actual=actual, more={"backslashes": actual - own})


@rule(
    "linkedin.text.little_escape",
    severity="warning",
    field="text",
    message="{actual} looks like a mention or an element of LinkedIn's and is not one; it is "
    "shown as it is typed.",
    remediation="Write a mention as @[Name](urn:li:person:id) or @[Name](urn:li:organization:id), "
    "the name exactly as LinkedIn shows it.",
    sources=((limits.LITTLE_TEXT, limits.READ), (limits.CUT_TEXT, limits.READ)),
    accepts=lambda _: draft("Thanks to @[Ada Lovelace](urn:li:person:Ab3_x-9) (and friends)"),
    refuses=lambda _: draft("Thanks to @[Ada Lovelace](https://www.linkedin.com/in/ada)"),
)
def mention_is_malformed(checked: Draft) -> Iterator[Violation]:
    """Reserved characters are escaped here, except in mentions and hashtags that are whole.

    Unescaped, LinkedIn answers that all is well and publishes the text up to the first bracket:
    half of the post is missing and nobody is told.
    """
    for found in lookalikes(checked.text):
        yield Violation(at="text", actual=found)


@rule(
    "linkedin.visibility.enum",
    limit=limits.VISIBILITIES,
    field="options.visibility",
    message="{actual} is no visibility; choose one of {limit}.",
    remediation="Write PUBLIC or CONNECTIONS in capitals, or leave visibility out for PUBLIC.",
    accepts=lambda _: draft(options=example_options(visibility="CONNECTIONS")),
    refuses=lambda _: draft(options=example_options(visibility="connections")),
    only_with="options",
)
def visibility_is_unknown(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """A post is seen by everybody or by the member's connections.

    LinkedIn also knows LOGGED_IN and CONTAINER, the latter for groups; a post with one of them
    may be seen by nobody without anything being wrong, so they are not taken.
    """
    chosen = chosen_options(checked)
    if chosen and chosen.visibility is not None and chosen.visibility not in limit.value:
        yield Violation(at="options.visibility", actual=chosen.visibility)


TEXT_RULES: tuple[Rule, ...] = (
    author_is_unknown,
    author_is_malformed,
    author_is_an_organization,
    text_is_empty,
    text_too_long,
    mention_is_malformed,
    visibility_is_unknown,
)
