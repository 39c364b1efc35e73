"""Rules of the text and of the first comment."""

from collections.abc import Iterator

from letmepost.content.draft import Draft
from letmepost.content.text import graphemes, is_blank, utf8_bytes
from letmepost.platforms.bluesky import limits
from letmepost.platforms.bluesky.options import chosen_options
from letmepost.preflight.example import draft, image
from letmepost.preflight.rule import Limit, Rule, Violation, rule

_FAMILY = "👨‍👩‍👧‍👦"


@rule(
    "bluesky.text.non_empty",
    field="text",
    message="The text is empty and the post has no media, link card or quote.",
    remediation="Write a text, or attach an image, a video, a card or a quote.",
    sources=((limits.POST, limits.READ),),
    difference="The original refuses every empty text; the lexicon allows one beside an embed.",
    accepts=lambda _: draft("", image()),
    refuses=lambda _: draft(" \n"),
)
def text_is_empty(checked: Draft) -> Iterator[Violation]:
    """A post must show something.

    Bluesky takes an empty text only beside an embed. A text of spaces, line breaks and invisible
    characters shows nothing, so it counts as empty here.
    """
    chosen = chosen_options(checked)
    embeds = checked.media or (chosen and (chosen.card or chosen.quote_uri))
    if not embeds and is_blank(checked.text):
        yield Violation(at="text", actual=0)


@rule(
    "bluesky.text.max_graphemes",
    limit=limits.TEXT_GRAPHEMES,
    field="text",
    message="The text is {actual} graphemes; Bluesky accepts {limit}.",
    remediation="Shorten the text, or continue it in replies.",
    accepts=lambda limit: draft("a" * limit),
    refuses=lambda limit: draft("a" * (limit + 1)),
)
def text_too_long(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Bluesky counts what a reader sees: a family emoji of seven code points counts once.

    The count follows Unicode's extended grapheme clusters (UAX 29). Line breaks count one each,
    also when they were sent as CR LF.
    """
    # No text has more graphemes than code points, so most texts need no segmentation.
    if len(checked.text) > limit.value and (actual := graphemes(checked.text)) > limit.value:
        yield Violation(at="text", actual=actual)


@rule(
    "bluesky.text.max_bytes",
    limit=limits.TEXT_BYTES,
    field="text",
    message="The text is {actual} bytes in UTF-8; Bluesky accepts {limit}.",
    remediation="Shorten the text; joined emoji cost up to 25 bytes each.",
    accepts=lambda limit: draft(_FAMILY * (limit // 25)),
    refuses=lambda limit: draft(_FAMILY * (limit // 25 + 1)),
)
def text_has_too_many_bytes(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Beside graphemes, the lexicon caps the bytes of the text in UTF-8.

    121 family emoji are only 121 graphemes, and 3,025 bytes: refused.
    """
    if (actual := utf8_bytes(checked.text)) > limit.value:
        yield Violation(at="text", actual=actual)


@rule(
    "bluesky.first_comment.non_empty",
    field="firstComment.text",
    message="The first comment is empty.",
    remediation="Write a comment, or leave firstComment out.",
    sources=((limits.POST, limits.READ),),
    accepts=lambda _: draft(first_comment="More below"),
    refuses=lambda _: draft(first_comment="  "),
)
def comment_is_empty(checked: Draft) -> Iterator[Violation]:
    """The first comment is a reply with text alone, so it must hold some."""
    if checked.first_comment is not None and is_blank(checked.first_comment):
        yield Violation(at="firstComment.text", actual=0)


@rule(
    "bluesky.first_comment.max_graphemes",
    limit=limits.TEXT_GRAPHEMES,
    field="firstComment.text",
    message="The first comment is {actual} graphemes; Bluesky accepts {limit}.",
    remediation="Shorten the comment.",
    accepts=lambda limit: draft(first_comment="a" * limit),
    refuses=lambda limit: draft(first_comment="a" * (limit + 1)),
    only_with="first_comment",
)
def comment_too_long(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """The first comment is a post of its own, under the limit of every post."""
    if checked.first_comment and (actual := graphemes(checked.first_comment)) > limit.value:
        yield Violation(at="firstComment.text", actual=actual)


@rule(
    "bluesky.first_comment.max_bytes",
    limit=limits.TEXT_BYTES,
    field="firstComment.text",
    message="The first comment is {actual} bytes in UTF-8; Bluesky accepts {limit}.",
    remediation="Shorten the comment; joined emoji cost up to 25 bytes each.",
    accepts=lambda limit: draft(first_comment=_FAMILY * (limit // 25)),
    refuses=lambda limit: draft(first_comment=_FAMILY * (limit // 25 + 1)),
    only_with="first_comment",
)
def comment_has_too_many_bytes(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """The first comment is under the byte limit of every post."""
    if checked.first_comment and (actual := utf8_bytes(checked.first_comment)) > limit.value:
        yield Violation(at="firstComment.text", actual=actual)


TEXT_RULES: tuple[Rule, ...] = (
    text_is_empty,
    text_too_long,
    text_has_too_many_bytes,
    comment_is_empty,
    comment_too_long,
    comment_has_too_many_bytes,
)
