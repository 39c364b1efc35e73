"""The body of `POST /2/tweets`, read as strictly as X reads it: an unknown field is refused.

Source: https://github.com/xdevplatform/docs/blob/main/openapi.json (`info.version` 2.167).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from starlette.requests import Request

from letmepost.platforms.twitter.simulator_wire import (
    JsonObject,
    invalid,
    read_id,
    read_ids,
    read_json,
    read_object,
)

_FLAGS: Final = (
    "for_super_followers_only",
    "made_with_ai",
    "nullcast",
    "paid_partnership",
    "share_with_followers",
)
_TEXTS: Final = ("card_uri", "direct_message_deep_link", "text")
_FIELDS: Final = frozenset(
    {
        *_FLAGS,
        *_TEXTS,
        "community_id",
        "edit_options",
        "geo",
        "media",
        "poll",
        "quote_tweet_id",
        "reply",
        "reply_settings",
    }
)
_REPLY_SETTINGS: Final = frozenset({"following", "mentionedUsers", "subscribers", "verified"})
_EXCLUSIVE: Final[Mapping[str, tuple[str, ...]]] = {
    "card_uri": ("media", "poll", "quote_tweet_id", "direct_message_deep_link"),
    "poll": ("media", "quote_tweet_id"),
}
_POLL_FIELDS: Final = frozenset({"options", "duration_minutes", "reply_settings"})
_POLL_OPTIONS: Final = range(2, 5)
_POLL_MINUTES: Final = range(5, 10_081)
_REPLY_FIELDS: Final = frozenset(
    {"in_reply_to_tweet_id", "exclude_reply_user_ids", "auto_populate_reply_metadata"}
)


@dataclass
class PostBody:
    """What a post is to be."""

    text: str = ""
    media_ids: list[str] = field(default_factory=list)
    tagged: list[str] = field(default_factory=list)
    reply_to: str | None = None
    quotes: str | None = None
    reply_settings: str | None = None


async def read_post_body(request: Request) -> PostBody:
    """Read the body, and refuse what X's description does not allow."""
    given = await read_json(request, _FIELDS)
    _check_plain_fields(given)
    body = PostBody(text=given.get("text", ""))
    if "media" in given:
        _read_media(given, body)
    if "reply" in given:
        reply = read_object(given["reply"], _REPLY_FIELDS, "$.reply")
        body.reply_to = read_id(reply.get("in_reply_to_tweet_id"), "$.reply.in_reply_to_tweet_id")
    if "quote_tweet_id" in given:
        body.quotes = read_id(given["quote_tweet_id"], "$.quote_tweet_id")
    if "reply_settings" in given:
        body.reply_settings = given["reply_settings"]
        if body.reply_settings not in _REPLY_SETTINGS:
            raise invalid("$.reply_settings is unknown", reply_settings=body.reply_settings)
    if "poll" in given:
        _read_poll(given["poll"])
    return body


def _check_plain_fields(given: JsonObject) -> None:
    for name in _FLAGS:
        if not isinstance(given.get(name, False), bool):
            raise invalid(f"$.{name}: boolean expected", **{name: given[name]})
    for name in _TEXTS:
        if not isinstance(given.get(name, ""), str):
            raise invalid(f"$.{name}: string expected", **{name: given[name]})
    for name, others in _EXCLUSIVE.items():
        if name in given and (beside := [each for each in others if each in given]):
            raise invalid(f"{name} and {beside[0]} are mutually exclusive")


def _read_media(given: JsonObject, body: PostBody) -> None:
    media = read_object(given["media"], {"media_ids", "tagged_user_ids"}, "$.media")
    body.media_ids = read_ids(media.get("media_ids"), "$.media.media_ids", least=1, most=4)
    if "tagged_user_ids" in media:
        tagged = media["tagged_user_ids"]
        body.tagged = read_ids(tagged, "$.media.tagged_user_ids", least=0, most=10)


def _read_poll(given: object) -> None:
    poll = read_object(given, _POLL_FIELDS, "$.poll")
    options = poll.get("options")
    if not isinstance(options, list) or len(options) not in _POLL_OPTIONS:
        raise invalid("$.poll.options: 2 to 4 options expected")
    if poll.get("duration_minutes") not in _POLL_MINUTES:
        raise invalid("$.poll.duration_minutes: 5 to 10080 expected")
