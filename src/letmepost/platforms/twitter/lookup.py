"""Find a post of the account among its recent ones, when the answer that named it was lost.

X lets nobody choose an id and keeps no key of a request, so a post is known again by its files,
or else by its text, by what it answers, and by how many files it has.
"""

import html
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import regex

from letmepost.content.text import is_blank
from letmepost.platform_kit.platform import PublishTask
from letmepost.platforms.twitter.client import AccountClient, RefusedError
from letmepost.platforms.twitter.errors import body_of, later, unavailable
from letmepost.platforms.twitter.weighted_text import weigh

POSTS_READ = 100
# This server's clock may be ahead of X's.
CLOCKS_DIFFER = timedelta(seconds=10)
# X's description names fields and what they hold after posts (`post.fields`, `note_post`); older
# clients, and many answers, after tweets.
FIELDS = "attachments,created_at,entities,note_post,text"
EXPANSIONS = "referenced_posts"
_SCHEME = regex.compile(r"^https?://", regex.IGNORECASE)
_ADDED_LINKS = regex.compile(
    r"(?:(?:^|\s)(?:x|twitter)\.com/\w+/status/\d+(?:/(?:photo|video)/\d+)?)+$"
)
_LEADING_MENTIONS = regex.compile(r"^(?:@\w+\s+)+")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A post as it was meant. `media_keys` name its files, where they are known."""

    text: str
    files: int
    answers: str | None
    media_keys: tuple[str, ...] = ()


async def find_post(task: PublishTask, client: AccountClient, wanted: Wanted) -> str | None:
    """The id of the post that is there, or None when there is none.

    Raises `RefusedError` when that cannot be told now, as with more posts than X shows at once.
    """
    since = datetime.fromisoformat(task.plan["since"]) - CLOCKS_DIFFER
    params = {
        "max_results": str(POSTS_READ),
        "start_time": f"{since:%Y-%m-%dT%H:%M:%SZ}",
        "post.fields": FIELDS,
        "expansions": EXPANSIONS,
    }
    answer = await client.get(f"/2/users/{task.account_details['id']}/tweets", params)
    client.data_of(answer)
    body = body_of(answer)
    posts = body.get("data", [])
    meta = body.get("meta")
    if not isinstance(posts, list) or not isinstance(meta, dict):
        raise RefusedError(later(unavailable("the account's posts cannot be read")))
    for post in posts:
        if _is(post, wanted):
            return str(post["id"])
    if "next_token" in meta:
        raise RefusedError(later(unavailable("the account has posted too much since")))
    return None


def _is(post: Mapping[str, Any], wanted: Wanted) -> bool:
    files = tuple((post.get("attachments") or {}).get("media_keys") or ())
    if wanted.media_keys and files == wanted.media_keys:
        return True
    if is_blank(wanted.text):
        # Of posts without a word, one is like the other but for its files.
        return False
    references = post.get("referenced_posts") or post.get("referenced_tweets") or ()
    answers = next((each["id"] for each in references if each["type"] == "replied_to"), None)
    return (
        answers == wanted.answers
        and len(files) == wanted.files
        and _comparable(_as_written(post)) == _comparable(_plain_links(wanted.text))
    )


def _as_written(post: Mapping[str, Any]) -> str:
    """The text before X shortened its links and escaped three characters for HTML."""
    # A post of more than 280 characters is cut in `text`, and whole in its note.
    whole: Mapping[str, Any] = post.get("note_post") or post.get("note_tweet") or post
    text = html.unescape(str(whole.get("text", "")))
    entities = whole.get("entities")
    for link in (entities.get("urls") if isinstance(entities, dict) else None) or ():
        text = text.replace(str(link["url"]), _plain(str(link["expanded_url"])))
    return text


def _plain_links(text: str) -> str:
    """The text with each of its addresses in the one form that is compared."""
    weighed = weigh(text)
    written, end = [], 0
    for link in weighed.links:
        address = weighed.text[link.start : link.end]
        written += [weighed.text[end : link.start], _plain(address)]
        end = link.end
    return "".join((*written, weighed.text[end:]))


def _plain(address: str) -> str:
    """X gives an address a scheme that its author may have left out."""
    return _SCHEME.sub("", address).rstrip("/")


def _comparable(text: str) -> str:
    """The text without what X adds or changes.

    That is composition, spaces, names before a reply, and links to its files and to what it
    quotes at its end.
    """
    composed = " ".join(unicodedata.normalize("NFC", text).split())
    return _ADDED_LINKS.sub("", _LEADING_MENTIONS.sub("", composed))
