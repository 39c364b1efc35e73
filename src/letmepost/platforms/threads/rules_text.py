"""Rules of the text, of further posts of a thread, and of links, topics and attachments."""

from collections.abc import Iterator

from letmepost.content.draft import Draft
from letmepost.content.text import is_blank
from letmepost.platforms.threads import limits
from letmepost.platforms.threads.options import (
    ThreadsTextAttachment,
    chosen_options,
    example_options,
)
from letmepost.platforms.threads.text import addresses, threads_length
from letmepost.preflight.example import draft, image
from letmepost.preflight.rule import Limit, Rule, Violation, rule

_FAMILY = "👨‍👩‍👧‍👦"
_FAMILY_COST = 25
_LINK = "https://example.com/bridge"


def _texts(checked: Draft) -> Iterator[tuple[str, str]]:
    yield "text", checked.text
    chosen = chosen_options(checked)
    for number, post in enumerate(chosen.thread if chosen else ()):
        yield f"options.thread[{number}].text", post.text


def _example_links(count: int) -> str:
    return " ".join(f"https://example.com/{number}" for number in range(count))


@rule(
    "threads.text.required",
    field="text",
    message="The post has neither text nor media.",
    remediation="Write a text, or attach an image or a video.",
    sources=((limits.POSTS, limits.READ),),
    accepts=lambda _: draft("", image()),
    refuses=lambda _: draft("\u200b "),
)
def post_is_empty(checked: Draft) -> Iterator[Violation]:
    """A post without media is a text post, and a text post has text.

    A poll or a link attachment is not enough by itself: both hang on a text.
    """
    for at, text in _texts(checked):
        if is_blank(text) and not (at == "text" and checked.media):
            yield Violation(at=at, actual=0)


@rule(
    "threads.text.max_graphemes",
    limit=limits.TEXT_LENGTH,
    field="text",
    message="The text is {actual} characters as Threads counts them; it accepts {limit}.",
    remediation="Shorten the text, or put the rest into options.thread or options.textAttachment.",
    difference="The original counts graphemes. Threads counts an emoji as the bytes that it has "
    "in UTF-8, so 21 family emoji are refused although they are 21 graphemes.",
    accepts=lambda limit: draft(_FAMILY * (limit // _FAMILY_COST)),
    refuses=lambda limit: draft(_FAMILY * (limit // _FAMILY_COST) + "a"),
)
def text_too_long(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Emoji cost their bytes in UTF-8, everything else its UTF-16 units.

    A family emoji costs 25, as much as a short sentence: 20 of them fill a post. How letters
    count is not said; UTF-16 units never let through what a stricter reading in characters would
    refuse, and do not punish Arabic or Chinese as bytes would.
    """
    for at, text in _texts(checked):
        if (actual := threads_length(text)) > limit.value:
            yield Violation(at=at, actual=actual)


@rule(
    "threads.links.max",
    limit=limits.LINKS_COUNT,
    field="text",
    message="The post has {actual} different links; Threads accepts {limit}.",
    remediation="Keep the links that matter, or put some into options.thread.",
    accepts=lambda limit: draft(_example_links(limit)),
    refuses=lambda limit: draft(_example_links(limit + 1)),
)
def too_many_links(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Since December 2025 Threads refuses a post with more links while it is being made.

    An address that is in the text and in the link attachment counts once.
    """
    chosen = chosen_options(checked)
    attached = chosen.link_attachment or "" if chosen else ""
    for at, text in _texts(checked):
        written = f"{text}\n{attached}" if at == "text" else text
        # Every address has one of these, so most texts need no search.
        if written.count(".") + written.count("://") <= limit.value:
            continue
        found = set(addresses(written))
        if len(found) > limit.value:
            yield Violation(at=at, actual=len(found))


@rule(
    "threads.topic_tag.length",
    limit=limits.TOPIC_TAG_CHARACTERS,
    field="options.topicTag",
    message="The topic is {actual} characters; Threads accepts {limit}.",
    remediation="Use a shorter topic, or leave topicTag out.",
    accepts=lambda limit: draft(options=example_options(topic_tag="a" * limit[1])),
    refuses=lambda limit: draft(options=example_options(topic_tag="a" * (limit[1] + 1))),
    only_with="options",
)
def topic_length(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """A post has one topic, and it may hold spaces: it is a name and not a hashtag.

    Without one, Threads makes the first hashtag of the text the topic.
    """
    least, most = limit.value
    chosen = chosen_options(checked)
    if chosen and chosen.topic_tag is not None and not least <= len(chosen.topic_tag) <= most:
        yield Violation(at="options.topicTag", actual=len(chosen.topic_tag))


@rule(
    "threads.topic_tag.chars",
    field="options.topicTag",
    message="The topic holds {actual}, which Threads does not accept there.",
    remediation="Write the topic without periods and ampersands.",
    sources=((limits.POSTS, limits.READ),),
    accepts=lambda _: draft(options=example_options(topic_tag="Bridges of Lyon")),
    refuses=lambda _: draft(options=example_options(topic_tag="St. Louis")),
    only_with="options",
)
def topic_characters(checked: Draft) -> Iterator[Violation]:
    """A period or an ampersand is refused in a topic, so St. Louis must be written St Louis."""
    chosen = chosen_options(checked)
    found = sorted({".", "&"} & set(chosen.topic_tag or "")) if chosen else []
    if found:
        yield Violation(at="options.topicTag", actual=" and ".join(found))


@rule(
    "threads.text_attachment.max_chars",
    limit=limits.TEXT_ATTACHMENT_CHARACTERS,
    field="options.textAttachment",
    message="The attached text is {actual} characters; Threads accepts {limit}.",
    remediation="Shorten the attached text, or link to a page that holds it.",
    accepts=lambda limit: draft(
        options=example_options(text_attachment=ThreadsTextAttachment(text="a" * limit))
    ),
    refuses=lambda limit: draft(
        options=example_options(text_attachment=ThreadsTextAttachment(text="a" * (limit + 1)))
    ),
    only_with="options",
)
def attachment_too_long(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """An attached text is twenty times as long as a post may be, and does not count against it."""
    chosen = chosen_options(checked)
    if chosen and chosen.text_attachment:
        actual = len(chosen.text_attachment.text)
        if actual > limit.value:
            yield Violation(at="options.textAttachment.text", actual=actual)


@rule(
    "threads.text_attachment.text_only",
    field="options.textAttachment",
    message="The attached text does not go together with {actual}.",
    remediation="Take the media and the poll off, or the attached text.",
    sources=((limits.TEXT_ATTACHMENTS, limits.READ),),
    accepts=lambda _: draft(
        options=example_options(text_attachment=ThreadsTextAttachment(text="Long"))
    ),
    refuses=lambda _: draft(
        "Hello",
        image(),
        options=example_options(text_attachment=ThreadsTextAttachment(text="Long")),
    ),
    only_with="options",
)
def attachment_beside_media(checked: Draft) -> Iterator[Violation]:
    """A long text takes the place that an image, a video or a poll would have."""
    chosen = chosen_options(checked)
    if chosen and chosen.text_attachment and (checked.media or chosen.poll):
        yield Violation(at="options.textAttachment", actual="media" if checked.media else "a poll")


@rule(
    "threads.link_attachment.text_only",
    field="options.linkAttachment",
    message="The link attachment does not go together with media.",
    remediation="Write the link into the text, or take the media off.",
    sources=((limits.POSTS, limits.READ),),
    accepts=lambda _: draft(options=example_options(link_attachment=_LINK)),
    refuses=lambda _: draft("Hello", image(), options=example_options(link_attachment=_LINK)),
    only_with="options",
)
def link_beside_media(checked: Draft) -> Iterator[Violation]:
    """A post shows one thing below its text: a link's preview or media.

    In a text without a link attachment, the first link gets the preview.
    """
    chosen = chosen_options(checked)
    if chosen and chosen.link_attachment and checked.media:
        yield Violation(at="options.linkAttachment")


@rule(
    "threads.poll.text_only",
    field="options.poll",
    message="The poll does not go together with media.",
    remediation="Take the media or the poll off.",
    sources=((limits.POSTS, limits.READ),),
    accepts=lambda _: draft(options=example_options(poll=("Yes", "No"))),
    refuses=lambda _: draft("Hello", image(), options=example_options(poll=("Yes", "No"))),
    only_with="options",
)
def poll_beside_media(checked: Draft) -> Iterator[Violation]:
    """Only a text post can ask a question with answers to choose from."""
    chosen = chosen_options(checked)
    if chosen and chosen.poll and checked.media:
        yield Violation(at="options.poll")


TEXT_RULES: tuple[Rule, ...] = (
    post_is_empty,
    text_too_long,
    too_many_links,
    topic_length,
    topic_characters,
    attachment_too_long,
    attachment_beside_media,
    link_beside_media,
    poll_beside_media,
)
