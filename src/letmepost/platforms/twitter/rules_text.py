"""Rules of the text, and of every further text of a thread."""

from collections.abc import Iterator

import regex

from letmepost.content.draft import Draft
from letmepost.content.text import is_blank
from letmepost.platforms.twitter import limits
from letmepost.platforms.twitter.options import chosen_options, every_text
from letmepost.platforms.twitter.weighted_text import weigh
from letmepost.preflight.example import draft, image
from letmepost.preflight.rule import Limit, Rule, Violation, rule

_LONG_POST_ACCOUNTS = frozenset({"blue", "business", "government"})
_CASHTAG = regex.compile(
    r"(?<=^|[\s\u202a-\u202e\u061c\u200e\u200f\u2066-\u2069])"
    r"\$[a-z]{1,6}(?:[._][a-z]{1,2})?(?=$|[\s\p{P}\p{S}])",
    regex.IGNORECASE,
)
_EXAMPLE_ADDRESS = "https://example.com/"


def _writes_long_posts(checked: Draft) -> bool:
    return checked.account.get("verifiedType") in _LONG_POST_ACCOUNTS


@rule(
    "twitter.text.non_empty",
    field="text",
    message="The text is empty and the post has no media.",
    remediation="Write a text, or attach an image or a video.",
    sources=((limits.OPENAPI, limits.READ),),
    difference="The original refuses every empty text; X takes one beside media.",
    accepts=lambda _: draft("", image()),
    refuses=lambda _: draft("\u200b \n"),
)
def text_is_empty(checked: Draft) -> Iterator[Violation]:
    """X asks for a text only where nothing is attached.

    A text of spaces and invisible characters shows nothing: a lone zero-width space weighs one
    character at X and is still an empty post to its readers.
    """
    if not checked.media and is_blank(checked.text):
        yield Violation(at="text", actual=0)
    chosen = chosen_options(checked)
    for number, each in enumerate(chosen.thread if chosen else ()):
        if not each.media_ids and is_blank(each.text):
            yield Violation(at=f"options.thread[{number}].text", actual=0)


@rule(
    "twitter.first_comment.non_empty",
    field="firstComment.text",
    message="The first comment is empty.",
    remediation="Write a comment, or leave firstComment out.",
    sources=((limits.OPENAPI, limits.READ),),
    accepts=lambda _: draft(first_comment="More below"),
    refuses=lambda _: draft(first_comment="  "),
)
def comment_is_empty(checked: Draft) -> Iterator[Violation]:
    """The first comment is a reply with text alone, so it must hold some."""
    if checked.first_comment is not None and is_blank(checked.first_comment):
        yield Violation(at="firstComment.text", actual=0)


@rule(
    "twitter.first_comment.max_weight",
    limit=limits.TEXT_WEIGHT,
    field="firstComment.text",
    message="The first comment weighs {actual} characters; X accepts {limit}.",
    remediation="Shorten the comment.",
    sources=((limits.COUNTING, limits.READ),),
    accepts=lambda limit: draft(first_comment="故" * (limit // 2)),
    refuses=lambda limit: draft(first_comment="故" * (limit // 2) + "a"),
    only_with="first_comment",
)
def comment_too_long(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """The first comment is a post of its own, and weighed as one.

    Accounts that may write long posts may write long comments too, which X judges by itself.
    """
    if checked.first_comment is None or _writes_long_posts(checked):
        return
    if (actual := weigh(checked.first_comment).weight) > limit.value:
        yield Violation(at="firstComment.text", actual=actual)


@rule(
    "twitter.text.max_graphemes",
    limit=limits.TEXT_WEIGHT,
    field="text",
    message="The text weighs {actual} characters; X accepts {limit}.",
    remediation="Shorten the text, or continue it in options.thread.",
    sources=((limits.COUNTING, limits.READ),),
    difference="The original counts graphemes. X counts weight: a Chinese character counts 2, "
    "an address without https:// counts 23.",
    accepts=lambda limit: draft("故" * (limit // 2)),
    refuses=lambda limit: draft("故" * (limit // 2) + "a"),
)
def text_too_long(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """X counts by weight: Latin letters 1, Chinese and most other letters 2, an emoji 2.

    Every address counts 23, a shorter one too: the four letters of t.co cost 23 characters. The
    text is brought into Unicode's composed form (NFC) first. Accounts with long posts are under
    `twitter.text.long_form` in place of this.
    """
    if _writes_long_posts(checked):
        return
    for at, text in every_text(checked):
        if (actual := weigh(text).weight) > limit.value:
            yield Violation(at=at, actual=actual)


@rule(
    "twitter.text.long_form",
    limit=limits.LONG_TEXT_WEIGHT,
    field="text",
    message="The text weighs {actual} characters; X accepts {limit} of this account.",
    remediation="Shorten the text, or continue it in options.thread.",
    difference="The original's changelog tells of long posts and its platform page denies them. "
    "LETMEPOST_TWITTER_LONG_TEXT_MAX_WEIGHT lowers the number, 280 being the usual limit.",
    accepts=lambda limit: draft("a" * limit, account={"verifiedType": "blue"}),
    refuses=lambda limit: draft("a" * (limit + 1), account={"verifiedType": "blue"}),
)
def long_text_too_long(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Accounts with X Premium may write long posts, and readers see the first 280 characters.

    Whether an account may is read from its `verifiedType` at connecting: blue, business or
    government. Weight is counted as for everybody, so 12,500 Chinese characters fill it.
    """
    if not _writes_long_posts(checked):
        return
    for at, text in every_text(checked):
        if (actual := weigh(text).weight) > limit.value:
            yield Violation(at=at, actual=actual)


@rule(
    "twitter.text.invalid_chars",
    field="text",
    message="The text holds {actual}, which X accepts in no text.",
    remediation="Remove the character; a byte order mark often comes from the start of a file.",
    sources=((limits.INVALID_CHARACTERS, limits.READ),),
    accepts=lambda _: draft("a\u200eb"),
    refuses=lambda _: draft("\ufeffab"),
)
def character_is_invalid(checked: Draft) -> Iterator[Violation]:
    """Three code points make a text invalid however short it is: U+FFFE, U+FEFF and U+FFFF.

    U+FEFF is the byte order mark that Windows editors put at the start of a text file, so a text
    read from such a file is refused for a character that nobody can see.
    """
    for at, text in every_text(checked):
        weighed = weigh(text)
        if weighed.invalid_at is not None:
            yield Violation(at=at, actual=f"U+{ord(weighed.text[weighed.invalid_at]):04X}")


@rule(
    "twitter.text.cashtags_max",
    limit=limits.CASHTAGS_COUNT,
    field="text",
    message="The text has {actual} cashtags; X accepts {limit} from apps.",
    remediation="Keep one cashtag, and write the other names without the dollar sign.",
    accepts=lambda limit: draft("$ACME " * limit),
    refuses=lambda limit: draft("$ACME " * (limit + 1)),
)
def too_many_cashtags(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Apps of the self-serve plans may write one cashtag a post, against spam about shares.

    $20 is a price and no cashtag: a cashtag begins with a letter and has six at most.
    """
    for at, text in every_text(checked):
        if "$" in text and (actual := len(_CASHTAG.findall(text))) > limit.value:
            yield Violation(at=at, actual=actual)


@rule(
    "twitter.url.max_length",
    limit=limits.LINK_CHARACTERS,
    field="text",
    message="The address is {actual} characters long; X makes links of up to {limit}.",
    remediation="Use a shorter address: leave out parameters, or shorten it.",
    accepts=lambda limit: draft(
        _EXAMPLE_ADDRESS + "a" * (limit - len("https://") - len(_EXAMPLE_ADDRESS))
    ),
    refuses=lambda limit: draft(
        _EXAMPLE_ADDRESS + "a" * (limit - len("https://") - len(_EXAMPLE_ADDRESS) + 1)
    ),
)
def address_too_long(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """A longer address is no link: each of its characters counts, and nobody can click it.

    X's own counter adds the length of `https://` once more to that of an address which has it,
    so the longest address is 4,088 characters.
    """
    for at, text in every_text(checked):
        if len(text) > limit.value // 2:
            for address in weigh(text).overlong:
                yield Violation(at=at, actual=address.characters)


TEXT_RULES: tuple[Rule, ...] = (
    text_is_empty,
    comment_is_empty,
    comment_too_long,
    text_too_long,
    long_text_too_long,
    character_is_invalid,
    too_many_cashtags,
    address_too_long,
)
