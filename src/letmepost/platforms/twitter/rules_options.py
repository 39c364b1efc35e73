"""Rules of the posts that a post answers or quotes, and of tagged people."""

from collections.abc import Iterator

import regex

from letmepost.content.draft import Draft
from letmepost.content.errors import ErrorCode
from letmepost.platforms.twitter import limits
from letmepost.platforms.twitter.options import (
    TwitterOptions,
    TwitterThreadPost,
    chosen_options,
    example_options,
)
from letmepost.preflight.example import MEDIA_ID, draft, image
from letmepost.preflight.rule import Limit, Rule, Violation, rule

_DIGITS = regex.compile(r"[0-9]+")
_POST_ID = "1445880548472328192"
_WITH_FILE = TwitterThreadPost.model_construct(text="More", media_ids=(MEDIA_ID,))


def _thread(*posts: TwitterThreadPost) -> TwitterOptions:
    return example_options(thread=posts)


def _malformed_id(name: str, value: str | None, limit: Limit) -> Iterator[Violation]:
    if value is not None and (len(value) > limit.value or not _DIGITS.fullmatch(value)):
        yield Violation(at=f"options.{name}", actual=value)


@rule(
    "twitter.reply.id_format",
    limit=limits.ID_DIGITS,
    field="options.replyToTweetId",
    message="{actual} is not the id of a post: up to {limit} digits.",
    remediation="Use the digits at the end of the post's address, not the address.",
    accepts=lambda limit: draft(options=example_options(reply_to_tweet_id="1" * limit)),
    refuses=lambda limit: draft(options=example_options(reply_to_tweet_id="1" * (limit + 1))),
    only_with="options",
)
def reply_id_is_malformed(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Posts are named by numbers that X sends as text.

    They are larger than what JavaScript counts exactly: 1445880548472328193 becomes ...192 when
    a program reads it as a number, and that is another post.
    """
    chosen = chosen_options(checked)
    if chosen:
        yield from _malformed_id("replyToTweetId", chosen.reply_to_tweet_id, limit)


@rule(
    "twitter.quote.id_format",
    limit=limits.ID_DIGITS,
    field="options.quoteTweetId",
    message="{actual} is not the id of a post: up to {limit} digits.",
    remediation="Use the digits at the end of the post's address, not the address.",
    accepts=lambda limit: draft(options=example_options(quote_tweet_id="1" * limit)),
    refuses=lambda limit: draft(options=example_options(quote_tweet_id="1" * (limit + 1))),
    only_with="options",
)
def quote_id_is_malformed(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """A quoted post is named by its number, as an answered one is.

    X refuses quotes from apps of the self-serve plans since April 2026, whatever the id.
    """
    chosen = chosen_options(checked)
    if chosen:
        yield from _malformed_id("quoteTweetId", chosen.quote_tweet_id, limit)


@rule(
    "twitter.reply.quote_exclusive",
    field="options.quoteTweetId",
    code=ErrorCode.VALIDATION_FAILED,
    message="The post answers one post and quotes another; it can do one of both.",
    remediation="Leave out replyToTweetId or quoteTweetId.",
    sources=((limits.ORIGINAL_SCHEMA, limits.READ),),
    difference="The original refuses it under the path of the field, without a rule of its own.",
    accepts=lambda _: draft(options=example_options(reply_to_tweet_id=_POST_ID)),
    refuses=lambda _: draft(
        options=example_options(reply_to_tweet_id=_POST_ID, quote_tweet_id=_POST_ID)
    ),
    only_with="options",
)
def reply_is_a_quote(checked: Draft) -> Iterator[Violation]:
    """A post has one place in a conversation.

    X's own schema does not forbid both; what it would show is not documented, so the contract of
    the original is kept.
    """
    chosen = chosen_options(checked)
    if chosen and chosen.reply_to_tweet_id is not None and chosen.quote_tweet_id is not None:
        yield Violation(at="options.quoteTweetId", actual=chosen.quote_tweet_id)


@rule(
    "twitter.media.tagged_users_max",
    limit=limits.TAGGED_USERS_COUNT,
    field="options.taggedUserIds",
    message="{actual} people are tagged; X accepts {limit}.",
    remediation="Tag fewer people, or mention the others in the text.",
    accepts=lambda limit: draft(
        "", image(), options=example_options(tagged_user_ids=("12",) * limit)
    ),
    refuses=lambda limit: draft(
        "", image(), options=example_options(tagged_user_ids=("12",) * (limit + 1))
    ),
    only_with="options",
)
def too_many_tagged_people(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """People are tagged in the media of a post, up to ten over all of its files.

    Somebody who lets nobody tag them is left out by X without a word.
    """
    chosen = chosen_options(checked)
    if chosen and (actual := len(chosen.tagged_user_ids)) > limit.value:
        yield Violation(at="options.taggedUserIds", actual=actual)


@rule(
    "twitter.media.tagged_users_without_media",
    field="options.taggedUserIds",
    message="{actual} people are tagged, and the post has no media to tag them in.",
    remediation="Attach an image or a video, or mention the people in the text.",
    sources=((limits.OPENAPI, limits.READ),),
    accepts=lambda _: draft("Hello", image(), options=example_options(tagged_user_ids=("12",))),
    refuses=lambda _: draft(options=example_options(tagged_user_ids=("12",))),
    only_with="options",
)
def people_are_tagged_in_nothing(checked: Draft) -> Iterator[Violation]:
    """X has a place for tagged people beside the ids of media, and none elsewhere.

    Names in the text are mentions, which need no option: X finds them by itself.
    """
    chosen = chosen_options(checked)
    if chosen and chosen.tagged_user_ids and not checked.media:
        yield Violation(at="options.taggedUserIds", actual=len(chosen.tagged_user_ids))


@rule(
    "twitter.thread.text_only",
    field="options.thread",
    message="A further post of the thread has {actual} files; this release publishes text there.",
    remediation="Attach the files to the first post, or publish the further one by itself with "
    "options.replyToTweetId.",
    sources=((limits.INTEGRATE, limits.READ),),
    difference="The original takes mediaIds in a thread.",
    accepts=lambda _: draft(options=_thread(TwitterThreadPost(text="More"))),
    refuses=lambda _: draft(options=_thread(_WITH_FILE)),
    only_with="options",
)
def thread_has_media(checked: Draft) -> Iterator[Violation]:
    """Files go with the first post of a thread.

    X would take media in every post. A publisher here is handed the files of the post alone, and
    a thread that lost its pictures on the way would be worse than one that is refused.
    """
    chosen = chosen_options(checked)
    for number, each in enumerate(chosen.thread if chosen else ()):
        if each.media_ids:
            at = f"options.thread[{number}].mediaIds"
            yield Violation(at=at, actual=len(each.media_ids))


OPTION_RULES: tuple[Rule, ...] = (
    reply_id_is_malformed,
    quote_id_is_malformed,
    reply_is_a_quote,
    too_many_tagged_people,
    people_are_tagged_in_nothing,
    thread_has_media,
)
