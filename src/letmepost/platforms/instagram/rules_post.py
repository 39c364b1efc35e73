"""Rules of the caption, of how many files there are, and of the options."""

from collections.abc import Iterator

from letmepost.content.draft import Draft
from letmepost.content.text import is_blank, utf16_units
from letmepost.platforms.instagram import limits
from letmepost.platforms.instagram.options import (
    InstagramProductTag,
    InstagramUserTag,
    chosen_options,
    example_options,
    surface,
)
from letmepost.platforms.instagram.text import hashtags, mentions
from letmepost.preflight.example import draft, image, video
from letmepost.preflight.rule import Limit, Rule, Violation, rule

_PRODUCT = InstagramProductTag.model_validate({"productId": "1234567890", "x": 0.5, "y": 0.5})
_PICTURE = image(width_px=1080, height_px=1080)


@rule(
    "instagram.media.required",
    limit=limits.MEDIA_MIN,
    field="media",
    message="The post has no image or video; Instagram wants one at least.",
    remediation="Attach an image or a video.",
    accepts=lambda limit: draft("Hello", *(_PICTURE,) * limit),
    refuses=lambda limit: draft("Hello", *(_PICTURE,) * (limit - 1)),
)
def nothing_to_show(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Instagram has no posts of text alone; the notes in its app cannot be made by programs."""
    if len(checked.media) < limit.value:
        yield Violation(at="media", actual=len(checked.media))


@rule(
    "instagram.text.max_graphemes",
    limit=limits.CAPTION_UTF16,
    field="text",
    message="The caption is {actual} UTF-16 units; Instagram accepts {limit}.",
    remediation="Shorten the caption; an emoji costs two units or more.",
    difference="The original counts graphemes. Instagram says characters and not which, so the "
    "larger count is taken.",
    accepts=lambda limit: draft("a" * limit, _PICTURE),
    refuses=lambda limit: draft("a" * (limit + 1), _PICTURE),
)
def caption_too_long(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """What a character is, the reference does not say; UTF-16 units are never fewer than any.

    So 1,100 simple emoji fill a caption. Readers see its first lines until they unfold it.
    """
    if (actual := utf16_units(checked.text)) > limit.value:
        yield Violation(at="text", actual=actual)


@rule(
    "instagram.text.hashtags_max",
    limit=limits.HASHTAGS_COUNT,
    field="text",
    message="The caption has {actual} hashtags; Instagram accepts {limit}.",
    remediation="Keep the most telling hashtags.",
    accepts=lambda limit: draft("#tag " * limit, _PICTURE),
    refuses=lambda limit: draft("#tag " * (limit + 1), _PICTURE),
)
def too_many_hashtags(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """The 31st hashtag fails the whole post, picture and all.

    A hashtag counts as often as it is written, and tags written together as `#a#b` are two.
    """
    if (actual := hashtags(checked.text)) > limit.value:
        yield Violation(at="text", actual=actual)


@rule(
    "instagram.text.mentions_max",
    limit=limits.MENTIONS_COUNT,
    field="text",
    message="{actual} people are tagged; Instagram accepts {limit}.",
    remediation="Tag fewer people, or mention some in a comment.",
    accepts=lambda limit: draft("@someone " * limit, _PICTURE),
    refuses=lambda limit: draft("@someone " * (limit + 1), _PICTURE),
)
def too_many_mentions(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """People are tagged in the caption with `@`, and in the picture; each way has this limit.

    An e-mail address in the caption is no mention, although it holds an `@`.
    """
    chosen = chosen_options(checked)
    for at, actual in (
        ("text", mentions(checked.text)),
        ("options.userTags", len(chosen.user_tags) if chosen else 0),
    ):
        if actual > limit.value:
            yield Violation(at=at, actual=actual)


@rule(
    "instagram.story.no_caption",
    severity="warning",
    field="text",
    message="A story has no caption, so the text is not shown.",
    remediation="Draw the text into the image, or publish a post instead of a story.",
    sources=((limits.MEDIA, limits.READ),),
    accepts=lambda _: draft("", _PICTURE, options=example_options(media_type="story")),
    refuses=lambda _: draft("Hello", _PICTURE, options=example_options(media_type="story")),
    only_with="options",
)
def caption_is_not_shown(checked: Draft) -> Iterator[Violation]:
    """The words on stories are drawn in the app; a program can only send the picture."""
    if surface(checked) == "story" and not is_blank(checked.text):
        yield Violation(at="text")


@rule(
    "instagram.media.count_max",
    limit=limits.CAROUSEL_MAX,
    field="media",
    only_with="media",
    message="The post has {actual} files; Instagram accepts {limit}.",
    remediation="Remove some, or spread them over several posts.",
    accepts=lambda limit: draft("", *(_PICTURE,) * limit),
    refuses=lambda limit: draft("", *(_PICTURE,) * (limit + 1)),
)
def too_many_files(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Several files make a carousel of ten at most, although the app makes them of twenty.

    A story is one image or video; two stories are two posts.
    """
    actual, where = len(checked.media), surface(checked)
    if where == "story" and actual > 1:
        yield Violation(at="media", actual=actual, more={"limit": 1})
    elif where == "carousel" and actual > limit.value:
        yield Violation(at="media", actual=actual)


@rule(
    "instagram.media.carousel_min",
    limit=limits.CAROUSEL_MIN,
    field="media",
    only_with="media",
    message="The carousel has {actual} file; Instagram accepts {limit} and more.",
    remediation="Attach another file, or leave options.mediaType out.",
    accepts=lambda limit: draft(
        "", *(_PICTURE,) * limit, options=example_options(media_type="carousel")
    ),
    refuses=lambda limit: draft(
        "", *(_PICTURE,) * (limit - 1), options=example_options(media_type="carousel")
    ),
)
def carousel_too_short(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """A carousel of one is refused; without mediaType a single file is simply a post."""
    if surface(checked) == "carousel" and 0 < len(checked.media) < limit.value:
        yield Violation(at="media", actual=len(checked.media))


@rule(
    "instagram.carousel.no_reels",
    field="options.mediaType",
    message="The post is to be a reel and has {actual} files; a reel is one video.",
    remediation="Leave options.mediaType out: videos in a carousel are not reels.",
    sources=((limits.MEDIA, limits.READ),),
    accepts=lambda _: draft("", video(), _PICTURE),
    refuses=lambda _: draft("", video(), _PICTURE, options=example_options(media_type="reel")),
    only_with="media",
)
def reel_among_files(checked: Draft) -> Iterator[Violation]:
    """A single video always becomes a reel, and a video in a carousel never does."""
    if surface(checked) == "reel" and len(checked.media) > 1:
        yield Violation(at="options.mediaType", actual=len(checked.media))


@rule(
    "instagram.media_type.media",
    field="options.mediaType",
    message="The post is to be a reel, and its file is an image.",
    remediation="Attach a video, or leave options.mediaType out.",
    sources=((limits.MEDIA, limits.READ),),
    accepts=lambda _: draft("", video(), options=example_options(media_type="reel")),
    refuses=lambda _: draft("", _PICTURE, options=example_options(media_type="reel")),
    only_with="media",
)
def reel_without_video(checked: Draft) -> Iterator[Violation]:
    """A reel is a video and nothing else: even one still picture must be encoded as a video."""
    if surface(checked) == "reel" and len(checked.media) == 1 and checked.images:
        yield Violation(at="options.mediaType")


@rule(
    "instagram.collaborators_max",
    limit=limits.COLLABORATORS_COUNT,
    field="options.collaborators",
    message="{actual} collaborators are named; Instagram accepts {limit}.",
    remediation="Name fewer, and mention the others in the caption.",
    accepts=lambda limit: draft(
        "", _PICTURE, options=example_options(collaborators=("someone",) * limit)
    ),
    refuses=lambda limit: draft(
        "", _PICTURE, options=example_options(collaborators=("someone",) * (limit + 1))
    ),
    only_with="options",
)
def too_many_collaborators(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """A post with collaborators is in their profiles too, once each of them has agreed in the app.

    The author does not count.
    """
    chosen = chosen_options(checked)
    if chosen and (actual := len(chosen.collaborators)) > limit.value:
        yield Violation(at="options.collaborators", actual=actual)


@rule(
    "instagram.product_tags_max",
    limit=limits.PRODUCT_TAGS_COUNT,
    field="options.productTags",
    message="{actual} products are tagged; Instagram accepts {limit}.",
    remediation="Tag fewer products.",
    accepts=lambda limit: draft(
        "", _PICTURE, options=example_options(product_tags=(_PRODUCT,) * limit)
    ),
    refuses=lambda limit: draft(
        "", _PICTURE, options=example_options(product_tags=(_PRODUCT,) * (limit + 1))
    ),
    only_with="options",
)
def too_many_products(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """A tagged product needs a shop that Meta has approved, and a tag without a shop fails later.

    Far fewer products than people fit into one post: five against twenty.
    """
    chosen = chosen_options(checked)
    if chosen and (actual := len(chosen.product_tags)) > limit.value:
        yield Violation(at="options.productTags", actual=actual)


@rule(
    "instagram.user_tags.position",
    field="options.userTags",
    message="A tag in an image needs x and y from 0 to 1; they are {actual}.",
    remediation="Give the place as parts of width and height: the middle is x 0.5, y 0.5.",
    sources=((limits.MEDIA, limits.READ),),
    accepts=lambda _: draft("", _PICTURE, options=example_options(user_tags=(_tag(1.0),))),
    refuses=lambda _: draft("", _PICTURE, options=example_options(user_tags=(_tag(540.0),))),
    only_with="options",
)
def tag_is_nowhere(checked: Draft) -> Iterator[Violation]:
    """Places are parts of the image and not pixels, so x 540 lies far outside of it.

    People in a video are tagged without a place.
    """
    chosen = chosen_options(checked)
    for number, tag in enumerate(chosen.user_tags if chosen else ()):
        tagged = checked.media[tag.media : tag.media + 1]
        if surface(checked) != "story" and tagged and tagged[0].kind == "image":
            place = (tag.x, tag.y)
            if not all(part is not None and 0 <= part <= 1 for part in place):
                shown = " and ".join("missing" if part is None else f"{part:g}" for part in place)
                yield Violation(at=f"options.userTags[{number}]", actual=shown)


def _tag(x: float) -> InstagramUserTag:
    return InstagramUserTag(username="someone", x=x, y=0.5)


POST_RULES: tuple[Rule, ...] = (
    nothing_to_show,
    caption_too_long,
    too_many_hashtags,
    too_many_mentions,
    caption_is_not_shown,
    too_many_files,
    carousel_too_short,
    reel_among_files,
    reel_without_video,
    too_many_collaborators,
    too_many_products,
    tag_is_nowhere,
)
