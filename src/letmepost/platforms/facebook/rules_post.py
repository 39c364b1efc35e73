"""Rules of the text, the link and the kind of post."""

from collections.abc import Iterator

from letmepost.content.draft import Draft
from letmepost.content.text import is_blank, utf16_units
from letmepost.platforms.facebook import limits
from letmepost.platforms.facebook.options import chosen_options, example_options
from letmepost.preflight.example import draft, image, video
from letmepost.preflight.rule import Limit, Rule, Violation, rule

_LINK = "https://example.com/bridge"


@rule(
    "facebook.text.required",
    field="text",
    message="The text is empty and the post has neither media nor a link.",
    remediation="Write a text, attach a file, or give options.link.",
    sources=((limits.FEED, limits.READ),),
    difference="The original asks for text wherever there is no media; a link is content too.",
    accepts=lambda _: draft("", options=example_options(link=_LINK)),
    refuses=lambda _: draft(" \u200b\n"),
)
def post_is_empty(checked: Draft) -> Iterator[Violation]:
    """A Page post must show something: words, files or a link.

    A text of spaces and zero-width characters looks empty to a reader and counts as empty here.
    """
    chosen = chosen_options(checked)
    if not checked.media and not (chosen and chosen.link) and is_blank(checked.text):
        yield Violation(at="text", actual=0)


@rule(
    "facebook.text.max_graphemes",
    limit=limits.TEXT_UTF16,
    field="text",
    message="The text is {actual} UTF-16 units; Facebook accepts {limit}.",
    remediation="Shorten the text; an emoji costs two units or more.",
    difference="The original counts graphemes, which are never more than UTF-16 units: it lets "
    "texts through that Facebook refuses.",
    accepts=lambda limit: draft("a" * limit),
    refuses=lambda limit: draft("a" * (limit + 1)),
)
def text_too_long(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """No page of Meta states this figure; it is the limit of the product since 2011.

    63,206 is exactly a thousand less than the hexadecimal number FACE. Code units are counted,
    so an emoji costs two or more.
    """
    if (actual := utf16_units(checked.text)) > limit.value:
        yield Violation(at="text", actual=actual)


@rule(
    "facebook.link.with_media",
    severity="warning",
    field="options.link",
    message="The post has media, so Facebook shows no preview of {actual}.",
    remediation="Write the link into the text, or leave the media out.",
    sources=((limits.FEED, limits.READ),),
    accepts=lambda _: draft(options=example_options(link=_LINK)),
    refuses=lambda _: draft("", image(), options=example_options(link=_LINK)),
    only_with="options",
)
def link_is_left_out(checked: Draft) -> Iterator[Violation]:
    """Photos and videos are published over ways of their own, and those take no link.

    Other services drop the link without a word.
    """
    chosen = chosen_options(checked)
    if chosen and chosen.link and checked.media:
        yield Violation(at="options.link", actual=chosen.link)


@rule(
    "facebook.post_type.media",
    field="options.postType",
    message="The post is to be a {actual}, and that needs {needed}.",
    remediation="Change options.postType or the files; without postType the files decide.",
    sources=((limits.REELS, limits.READ), (limits.STORIES, limits.READ)),
    accepts=lambda _: draft("", image(), options=example_options(post_type="story")),
    refuses=lambda _: draft("", image(), options=example_options(post_type="reel")),
    only_with="options",
)
def files_do_not_fit_the_type(checked: Draft) -> Iterator[Violation]:
    """Photos, videos, reels and stories are four ways to publish, each for files of its own.

    A story takes one photo or one video, never two: each further one is a story of its own.
    """
    chosen = chosen_options(checked)
    kind = chosen.post_type if chosen else None
    images, videos = len(checked.images), len(checked.videos)
    if kind == "photo" and (not images or videos):
        yield Violation(at="options.postType", actual=kind, more={"needed": "images only"})
    elif kind in ("video", "reel") and (images or videos != 1):
        yield Violation(at="options.postType", actual=kind, more={"needed": "one video"})
    elif kind == "story" and images + videos != 1:
        yield Violation(at="options.postType", actual=kind, more={"needed": "one image or video"})


@rule(
    "facebook.media.image_video_exclusive",
    field="media",
    only_with="media",
    message="The post holds {actual}; Facebook takes images or one video.",
    remediation="Keep the images or the video, and put the other into a second post.",
    sources=((limits.FEED, limits.READ),),
    accepts=lambda _: draft("", image(), image()),
    refuses=lambda _: draft("", image(), video()),
)
def images_beside_video(checked: Draft) -> Iterator[Violation]:
    """Facebook's own pages mix photos and videos in one post; its API for Pages cannot.

    Photos are attached to a feed post, and a video is a post by itself.
    """
    images, videos = len(checked.images), len(checked.videos)
    if images and videos:
        yield Violation(at="media", actual=f"images ({images}) and videos ({videos})")


@rule(
    "facebook.media.count_max",
    limit=limits.IMAGES_COUNT,
    field="media",
    only_with="media",
    message="The post has {actual} {kind}; Facebook accepts {limit}.",
    remediation="Remove some, or spread them over several posts.",
    difference="Meta documents no figure for the images of a feed post. This is the original's; "
    "LETMEPOST_FACEBOOK_IMAGES_MAX_COUNT changes it.",
    accepts=lambda limit: draft("", *(image(),) * limit),
    refuses=lambda limit: draft("", *(image(),) * (limit + 1)),
)
def too_many_files(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Each image is uploaded unseen first, then one feed post shows them all; a video is alone.

    Two videos are refused whatever the number of images says.
    """
    images, videos = len(checked.images), len(checked.videos)
    if images > limit.value:
        yield Violation(at="media", actual=images, more={"kind": "images"})
    if videos > 1:
        yield Violation(at="media", actual=videos, more={"kind": "videos", "limit": 1})


POST_RULES: tuple[Rule, ...] = (
    post_is_empty,
    text_too_long,
    link_is_left_out,
    files_do_not_fit_the_type,
    images_beside_video,
    too_many_files,
)
