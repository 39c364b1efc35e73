"""Rules of languages, tags, facets, link cards and captions."""

from collections.abc import Iterator

import regex

from letmepost.content.draft import Draft
from letmepost.content.text import graphemes, is_blank, utf8_bytes
from letmepost.platforms.bluesky import limits
from letmepost.platforms.bluesky.options import (
    BlueskyCaption,
    BlueskyCard,
    BlueskyFacet,
    BlueskyOptions,
    chosen_options,
    example_options,
)
from letmepost.preflight.example import draft, video
from letmepost.preflight.rule import Limit, Rule, Violation, rule

_LANGUAGE = regex.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{1,8})*")
_WEB_URI = regex.compile(r"https?://[^\s/?#]+\S*", regex.IGNORECASE)
_FAMILY = "👨‍👩‍👧‍👦"


@rule(
    "bluesky.text.langs_max",
    limit=limits.LANGS_COUNT,
    field="options.langs",
    only_with="options",
    message="{actual} languages are named; Bluesky accepts {limit}.",
    remediation="Name the languages that the text is mostly written in.",
    accepts=lambda limit: draft(options=example_options(langs=("en",) * limit)),
    refuses=lambda limit: draft(options=example_options(langs=("en",) * (limit + 1))),
)
def too_many_languages(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """A post names at most three languages, which feeds use to choose readers."""
    chosen = chosen_options(checked)
    if chosen and len(chosen.langs) > limit.value:
        yield Violation(at="options.langs", actual=len(chosen.langs))


@rule(
    "bluesky.text.langs_format",
    field="options.langs",
    only_with="options",
    message="{actual} is not a BCP 47 language tag.",
    remediation="Use tags such as en, pt-BR or zh-Hant.",
    sources=((limits.POST, limits.READ),),
    accepts=lambda _: draft(options=example_options(langs=("pt-BR",))),
    refuses=lambda _: draft(options=example_options(langs=("português",))),
)
def language_is_not_a_tag(checked: Draft) -> Iterator[Violation]:
    """Languages are BCP 47 tags: a code of two or three letters, then parts behind hyphens."""
    chosen = chosen_options(checked)
    for number, tag in enumerate(chosen.langs if chosen else ()):
        if not _LANGUAGE.fullmatch(tag):
            yield Violation(at=f"options.langs[{number}]", actual=tag)


@rule(
    "bluesky.tags.count_max",
    limit=limits.TAGS_COUNT,
    field="options.tags",
    only_with="options",
    message="{actual} extra tags are given; Bluesky accepts {limit}.",
    remediation="Keep the most telling tags.",
    accepts=lambda limit: draft(options=example_options(tags=("tag",) * limit)),
    refuses=lambda limit: draft(options=example_options(tags=("tag",) * (limit + 1))),
)
def too_many_tags(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Tags outside the text are capped; hashtags inside the text do not count here."""
    chosen = chosen_options(checked)
    if chosen and len(chosen.tags) > limit.value:
        yield Violation(at="options.tags", actual=len(chosen.tags))


def _all_tags(chosen: BlueskyOptions) -> Iterator[tuple[str, str]]:
    for number, tag in enumerate(chosen.tags):
        yield f"options.tags[{number}]", tag
    for number, facet in enumerate(chosen.facets or ()):
        if facet.tag is not None:
            yield f"options.facets[{number}].tag", facet.tag


@rule(
    "bluesky.tags.max_graphemes",
    limit=limits.TAG_GRAPHEMES,
    field="options.tags",
    only_with="options",
    message="The tag is {actual} graphemes; Bluesky accepts {limit}.",
    remediation="Use a shorter tag.",
    accepts=lambda limit: draft(options=example_options(tags=("a" * limit,))),
    refuses=lambda limit: draft(options=example_options(tags=("a" * (limit + 1),))),
)
def tag_too_long(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """A tag is capped in what a reader sees, as a text is."""
    chosen = chosen_options(checked)
    for at, tag in _all_tags(chosen) if chosen else ():
        if (actual := graphemes(tag)) > limit.value:
            yield Violation(at=at, actual=actual)


@rule(
    "bluesky.tags.max_bytes",
    limit=limits.TAG_BYTES,
    field="options.tags",
    only_with="options",
    message="The tag is {actual} bytes in UTF-8; Bluesky accepts {limit}.",
    remediation="Use a shorter tag; joined emoji cost up to 25 bytes each.",
    accepts=lambda limit: draft(options=example_options(tags=(_FAMILY * (limit // 25),))),
    refuses=lambda limit: draft(options=example_options(tags=(_FAMILY * (limit // 25 + 1),))),
)
def tag_has_too_many_bytes(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """A tag is capped in bytes too: 26 family emoji are 26 graphemes and 650 bytes."""
    chosen = chosen_options(checked)
    for at, tag in _all_tags(chosen) if chosen else ():
        if (actual := utf8_bytes(tag)) > limit.value:
            yield Violation(at=at, actual=actual)


@rule(
    "bluesky.facet.byte_range",
    field="options.facets",
    only_with="options",
    message="The range {actual} does not lie on characters of the text.",
    remediation="Count UTF-8 bytes, start inclusive, end exclusive; name one of link, mention "
    "or tag.",
    sources=((limits.FACET, limits.READ),),
    accepts=lambda _: draft("né", options=example_options(facets=(_facet(0, 3, tag="né"),))),
    refuses=lambda _: draft("né", options=example_options(facets=(_facet(0, 2, tag="n"),))),
)
def facet_is_off_the_text(checked: Draft) -> Iterator[Violation]:
    """Bluesky counts the places of links, mentions and tags in UTF-8 bytes.

    It does not check them, so a wrong one publishes a link over half a word. An index of a
    JavaScript or Python string is wrong after the first accent: in "né" the text ends at 3.
    """
    chosen = chosen_options(checked)
    if chosen is None or not chosen.facets:
        return
    starts = {0}
    total = 0
    for character in checked.text:
        total += len(character.encode("utf-8", "surrogatepass"))
        starts.add(total)
    for number, facet in enumerate(chosen.facets):
        features = [value for value in (facet.link, facet.mention, facet.tag) if value]
        inside = {facet.byte_start, facet.byte_end} <= starts
        if not inside or facet.byte_start >= facet.byte_end or len(features) != 1:
            yield Violation(
                at=f"options.facets[{number}]", actual=f"{facet.byte_start}-{facet.byte_end}"
            )


def _facet(start: int, end: int, *, tag: str) -> BlueskyFacet:
    return BlueskyFacet(byteStart=start, byteEnd=end, tag=tag)  # type: ignore[call-arg]


@rule(
    "bluesky.external.uri_format",
    field="options.card",
    only_with="options",
    message="The card has no web address, title or description: {actual}.",
    remediation="Give uri (http or https), title and description.",
    sources=((limits.EXTERNAL, limits.READ),),
    accepts=lambda _: draft(options=example_options(card=_card("https://example.com/"))),
    refuses=lambda _: draft(options=example_options(card=_card("example.com"))),
)
def card_is_incomplete(checked: Draft) -> Iterator[Violation]:
    """A link card needs an address, a title and a description; Bluesky reads none by itself."""
    chosen = chosen_options(checked)
    if chosen is None or chosen.card is None:
        return
    card = chosen.card
    if not _WEB_URI.fullmatch(card.uri):
        yield Violation(at="options.card.uri", actual=card.uri)
    for name, value in (("title", card.title), ("description", card.description)):
        if is_blank(value):
            yield Violation(at=f"options.card.{name}", actual=value)


def _card(uri: str) -> BlueskyCard:
    return BlueskyCard(uri=uri, title="Title", description="Description")


def _captions(checked: Draft) -> tuple[BlueskyCaption, ...]:
    chosen = chosen_options(checked)
    return chosen.captions if chosen else ()


@rule(
    "bluesky.video.captions_max",
    limit=limits.CAPTIONS_COUNT,
    field="options.captions",
    only_with="options",
    message="{actual} caption files are given; Bluesky accepts {limit}.",
    remediation="Keep the captions of the most spoken languages.",
    accepts=lambda limit: draft("", video(), options=example_options(captions=(_vtt(),) * limit)),
    refuses=lambda limit: draft(
        "", video(), options=example_options(captions=(_vtt(),) * (limit + 1))
    ),
)
def too_many_captions(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """A video takes one caption file a language, up to a number."""
    if (actual := len(_captions(checked))) > limit.value:
        yield Violation(at="options.captions", actual=actual)


@rule(
    "bluesky.video.caption_size_max",
    limit=limits.CAPTION_BYTES,
    field="options.captions",
    only_with="options",
    message="The captions are {actual} bytes; Bluesky accepts {limit}.",
    remediation="Leave out styling and comments, or merge short cues.",
    accepts=lambda limit: draft("", video(), options=example_options(captions=(_vtt(limit),))),
    refuses=lambda limit: draft("", video(), options=example_options(captions=(_vtt(limit + 1),))),
)
def caption_too_big(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Each caption file is capped in bytes."""
    for number, caption in enumerate(_captions(checked)):
        if (actual := utf8_bytes(caption.content)) > limit.value:
            yield Violation(at=f"options.captions[{number}].content", actual=actual)


@rule(
    "bluesky.video.caption_mime",
    field="options.captions",
    only_with="options",
    message="The captions are not WebVTT text.",
    remediation='Send WebVTT: its first line is "WEBVTT".',
    sources=((limits.VIDEO, limits.READ),),
    accepts=lambda _: draft("", video(), options=example_options(captions=(_vtt(),))),
    refuses=lambda _: draft(
        "",
        video(),
        options=example_options(captions=(BlueskyCaption(lang="en", content="1\n00:00 Hi"),)),
    ),
)
def caption_is_not_webvtt(checked: Draft) -> Iterator[Violation]:
    """Captions are WebVTT; SubRip and other formats look alike and are not shown."""
    for number, caption in enumerate(_captions(checked)):
        if not regex.match(r"\ufeff?WEBVTT(\s|$)", caption.content):
            yield Violation(at=f"options.captions[{number}].content")


def _vtt(size_bytes: int = 100) -> BlueskyCaption:
    return BlueskyCaption(lang="en", content="WEBVTT\n\n".ljust(size_bytes, "x"))


OPTION_RULES: tuple[Rule, ...] = (
    too_many_languages,
    language_is_not_a_tag,
    too_many_tags,
    tag_too_long,
    tag_has_too_many_bytes,
    facet_is_off_the_text,
    card_is_incomplete,
    too_many_captions,
    caption_too_big,
    caption_is_not_webvtt,
)
