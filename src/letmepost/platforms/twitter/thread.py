"""The posts that a draft becomes, in order: the post, the rest of its thread, the first comment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from letmepost.content.draft import Draft
from letmepost.platforms.twitter.options import chosen_options


@dataclass(frozen=True, slots=True)
class Step:
    """One post. `files` is how many files it has."""

    text: str
    files: int = 0
    is_comment: bool = False


def steps(draft: Draft) -> list[Step]:
    """Every post of a draft; each answers the one before it."""
    chosen = chosen_options(draft)
    further = [Step(each.text) for each in (chosen.thread if chosen else ())]
    comment = [] if draft.first_comment is None else [Step(draft.first_comment, is_comment=True)]
    return [Step(draft.text, len(draft.media)), *further, *comment]


def document(
    draft: Draft, number: int, media_ids: Sequence[str], answers: str | None
) -> dict[str, Any]:
    """The body of `POST /2/tweets` for a step; `answers` is the post before it in the thread."""
    step, chosen = steps(draft)[number], chosen_options(draft)
    body: dict[str, Any] = {"text": step.text}
    if answers is not None:
        body["reply"] = {"in_reply_to_tweet_id": answers}
        return body
    if media_ids:
        body["media"] = {"media_ids": list(media_ids)}
    if chosen is None:
        return body
    if media_ids and chosen.tagged_user_ids:
        body["media"]["tagged_user_ids"] = list(chosen.tagged_user_ids)
    if chosen.reply_to_tweet_id is not None:
        body["reply"] = {"in_reply_to_tweet_id": chosen.reply_to_tweet_id}
    if chosen.quote_tweet_id is not None:
        body["quote_tweet_id"] = chosen.quote_tweet_id
    if chosen.reply_settings is not None:
        body["reply_settings"] = chosen.reply_settings
    return body


@dataclass(frozen=True, slots=True)
class Progress:
    """What a checkpoint keeps of a draft that is on its way.

    `posted` are the ids of the posts that are out. `doubtful` says that the answer to an earlier
    try at the next one was lost. `tries` counts the vain tries at it, where it is not the first.
    `media` are the uploaded files, `uploads` how often X has lost them.
    """

    posted: tuple[str, ...] = ()
    doubtful: bool = False
    tries: int = 0
    media: Mapping[str, Any] | None = None
    uploads: int = 0

    @classmethod
    def read(cls, checkpoint: Mapping[str, Any]) -> Self:
        """What a checkpoint says; an empty one stands for a draft that nobody has touched."""
        return cls(
            posted=tuple(checkpoint.get("posted", ())),
            doubtful=bool(checkpoint.get("doubtful")),
            tries=checkpoint.get("tries", 0),
            media=checkpoint.get("media"),
            uploads=checkpoint.get("uploads", 0),
        )

    def checkpoint(self) -> dict[str, Any]:
        """The progress as a checkpoint."""
        kept: dict[str, Any] = {
            "posted": list(self.posted),
            "doubtful": self.doubtful,
            "tries": self.tries,
            "media": self.media,
            "uploads": self.uploads,
        }
        return {name: value for name, value in kept.items() if value}

    def after(self, post_id: str, *, doubtful: bool) -> Self:
        """One post further."""
        return replace(
            self,
            posted=(*self.posted, post_id),
            doubtful=doubtful,
            tries=0,
            media=None,
            uploads=0,
        )
