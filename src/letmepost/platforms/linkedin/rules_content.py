"""Rules of what a post holds: one content, and the thumbnail of an article."""

from collections.abc import Iterator

from letmepost.content.draft import Draft
from letmepost.platforms.linkedin import limits
from letmepost.platforms.linkedin.options import LinkedInArticle, chosen_options, example_options
from letmepost.preflight.example import draft, image, video
from letmepost.preflight.rule import Rule, Violation, rule


def thumbnail_of(checked: Draft) -> int | None:
    """Which of the attached files is the article's thumbnail.

    It is the one that the article names, or the only image where an image has got another id
    since, because it was made to fit.
    """
    chosen = chosen_options(checked)
    named = chosen.article.thumbnail_media_id if chosen and chosen.article else None
    if named is None:
        return None
    images = [number for number, item in enumerate(checked.media) if item.kind == "image"]
    by_id = [number for number in images if checked.media[number].media_id == named]
    return next(iter(by_id or images[: len(images) == 1]), None)


@rule(
    "linkedin.media.image_video_exclusive",
    field="media",
    only_with="media",
    message="The post holds {actual}; LinkedIn shows images, a video, a document or an article.",
    remediation="Keep one of them, and put the others into further posts.",
    sources=((limits.POSTS, limits.READ),),
    difference="The original publishes text alone and has no rule for media.",
    accepts=lambda _: draft("Hello", image(), image()),
    refuses=lambda _: draft("Hello", image(), video()),
)
def contents_are_mixed(checked: Draft) -> Iterator[Violation]:
    """A post has one content: images, a video, a document or an article.

    A link in the text is no article, so it may stand beside images: LinkedIn makes no card of the
    links in posts that come by API. The image that an article names as its thumbnail is part of it.
    """
    chosen = chosen_options(checked)
    thumbnail = thumbnail_of(checked)
    counts = {
        "images": len(checked.images) if thumbnail is None else len(checked.images) - 1,
        "videos": len(checked.videos),
        "documents": len(checked.documents),
        "articles": 1 if chosen and chosen.article else 0,
    }
    held = {name: count for name, count in counts.items() if count}
    if len(held) > 1 or counts["documents"] > 1:
        words = [f"{count} {name if count > 1 else name[:-1]}" for name, count in held.items()]
        yield Violation(at="media", actual=" and ".join(words))


@rule(
    "linkedin.article.thumbnail_attached",
    field="options.article.thumbnailMediaId",
    message="The article's thumbnail {actual} is none of the post's files.",
    remediation="List the image in media too, by the same mediaId.",
    sources=((limits.POSTS, limits.READ),),
    accepts=lambda _: draft("Hello", image(), options=_with_thumbnail()),
    refuses=lambda _: draft("Hello", options=_with_thumbnail()),
    only_with="options",
)
def thumbnail_is_missing(checked: Draft) -> Iterator[Violation]:
    """An article's thumbnail is uploaded like any image, so it has to be among the post's files.

    LinkedIn takes no address of a picture: it wants one that was uploaded by the same author.
    """
    chosen = chosen_options(checked)
    named = chosen.article.thumbnail_media_id if chosen and chosen.article else None
    if named is not None and thumbnail_of(checked) is None:
        yield Violation(at="options.article.thumbnailMediaId", actual=named)


def _with_thumbnail() -> object:
    article = {"url": "https://example.com/", "title": "Bridges", "thumbnailMediaId": "med_1"}
    return example_options(article=LinkedInArticle.model_validate(article))


CONTENT_RULES: tuple[Rule, ...] = (contents_are_mixed, thumbnail_is_missing)
