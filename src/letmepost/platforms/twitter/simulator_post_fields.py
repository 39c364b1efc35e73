"""The fields of a post that a caller may ask for, in either of the two dialects that X speaks.

X's description (OpenAPI 2.167) names them after posts and has what a post refers to as an
expansion. Most clients still name them after tweets, and X answers each in its own words.
Sources: https://github.com/xdevplatform/docs/blob/main/openapi.json and
https://docs.x.com/x-api/fundamentals/fields.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from letmepost.platforms.twitter.simulator_wire import JsonObject, asked_fields

FIELD_PARAMETERS: Final = frozenset(
    {"expansions", "media.fields", "post.fields", "tweet.fields", "user.fields"}
)
_SHARED: Final = frozenset(
    {"attachments", "conversation_id", "created_at", "entities", "id", "reply_settings", "text"}
)
_OF_POSTS: Final = _SHARED | {"note_post"}
_EXPANSIONS_OF_POSTS: Final = frozenset(
    {
        "attachments.media_keys",
        "author_id",
        "edit_history_post_ids",
        "in_reply_to_user_id",
        "referenced_posts",
    }
)
_OF_TWEETS: Final = _SHARED | {
    "author_id",
    "edit_history_tweet_ids",
    "in_reply_to_user_id",
    "note_tweet",
    "referenced_tweets",
}
_EXPANSIONS_OF_TWEETS: Final = frozenset(
    {
        "attachments.media_keys",
        "author_id",
        "edit_history_tweet_ids",
        "in_reply_to_user_id",
        "referenced_tweets.id",
    }
)
_ALWAYS: Final = ("id", "text", "edit_history_post_ids")


@dataclass(frozen=True)
class AskedFields:
    """What was asked for beside what always comes; `as_tweets` is the older dialect."""

    names: tuple[str, ...] = ()
    as_tweets: bool = field(default=False, kw_only=True)

    def chosen(self, known: JsonObject) -> JsonObject:
        """Those of a post's fields that are to be shown, under the names of the dialect."""
        named = {self._named(name): value for name, value in known.items()}
        wanted = dict.fromkeys([*map(self._named, _ALWAYS), *self.names])
        return {name: named[name] for name in wanted if name in named}

    def _named(self, name: str) -> str:
        return name.replace("_post", "_tweet") if self.as_tweets else name


NOTHING_MORE: Final = AskedFields()


def read_fields(query: Mapping[str, str]) -> AskedFields:
    """What a query asks for; a name of the other dialect is refused."""
    if "post.fields" in query or "tweet.fields" not in query:
        names = asked_fields(query, "post.fields", _OF_POSTS)
        names += asked_fields(query, "expansions", _EXPANSIONS_OF_POSTS)
        return AskedFields(tuple(names))
    names = asked_fields(query, "tweet.fields", _OF_TWEETS)
    names += [
        each.removesuffix(".id")
        for each in asked_fields(query, "expansions", _EXPANSIONS_OF_TWEETS)
    ]
    return AskedFields(tuple(names), as_tweets=True)
