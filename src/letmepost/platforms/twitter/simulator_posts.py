"""The simulated posts of X: made, read, deleted, and what an app on a self-serve plan may not.

Source: https://docs.x.com/x-api/posts/create-post and
https://docs.x.com/x-api/posts/manage-tweets/integrate.
"""

import html
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import regex
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from letmepost.kit.clock import Clock
from letmepost.platform_kit.simulator_faults import Faults
from letmepost.platforms.twitter.simulator_accounts import Account, Accounts
from letmepost.platforms.twitter.simulator_media import MediaLibrary, Medium
from letmepost.platforms.twitter.simulator_post_body import PostBody, read_post_body
from letmepost.platforms.twitter.simulator_post_fields import (
    FIELD_PARAMETERS,
    NOTHING_MORE,
    AskedFields,
    read_fields,
)
from letmepost.platforms.twitter.simulator_wire import (
    PROBLEMS,
    JsonObject,
    ProblemError,
    forbidden,
    invalid,
    read_id,
    read_query,
    status_problem,
)
from letmepost.platforms.twitter.weighted_text import weigh

TEXT_WEIGHT_MAX: Final = 280
LONG_TEXT_WEIGHT_MAX: Final = 25_000
DUPLICATES_WITHIN: Final = timedelta(hours=24)
PAGE_LEAST: Final = 5
PAGE_MOST: Final = 100
TRUNCATED_AT: Final = 275
REPLY_REFUSED: Final = (
    "Reply to this conversation is not allowed because you have not been mentioned or otherwise "
    "engaged by the author of the post you are replying to."
)
QUOTE_REFUSED: Final = (
    "Quoting this post is not allowed because you have not been mentioned or otherwise engaged by "
    "the author of the post you are quoting."
)
DUPLICATE: Final = "You are not allowed to create a Tweet with duplicate content."
NOT_ENROLLED: Final = (
    "When authenticating requests to the X API v2 endpoints, you must use keys and tokens from a "
    "developer App that is attached to a Project."
)
_EPOCH_MILLISECONDS: Final = 1_288_834_974_657
_CASHTAG: Final = regex.compile(r"(?<!\S)\$[a-z]{1,6}(?:[._][a-z]{1,2})?(?!\w)", regex.IGNORECASE)
_TIMELINE_PARAMETERS: Final = frozenset(
    {
        "end_time",
        "exclude",
        "max_results",
        "pagination_token",
        "since_id",
        "start_time",
        "until_id",
    }
)
_READ: Final = ("tweet.read", "users.read")
_WRITE: Final = ("tweet.read", "tweet.write", "users.read")


@dataclass
class Post:
    """One post. `text` is as its author wrote it; `links` are the addresses in it."""

    id: str
    author: Account
    text: str
    created_at: datetime
    media: list[Medium] = field(default_factory=list)
    reply_to: "Post | None" = None
    quotes: "Post | None" = None
    reply_settings: str = "everyone"
    links: dict[str, str] = field(default_factory=dict)

    def described(self, asked: AskedFields = NOTHING_MORE) -> JsonObject:
        """The post object, with the fields that always come and those that were asked for."""
        shown_text, urls = self._shown()
        known: JsonObject = {
            "id": self.id,
            "text": shown_text,
            "edit_history_post_ids": [self.id],
            "author_id": self.author.id,
            "conversation_id": self.root.id,
            "created_at": f"{self.created_at:%Y-%m-%dT%H:%M:%S}.000Z",
            "reply_settings": self.reply_settings,
        }
        if urls:
            known["entities"] = {"urls": urls}
        if len(self.text) > TEXT_WEIGHT_MAX:
            # A long post is cut in `text`, and whole in a field of its own.
            known["note_post"] = {"text": shown_text, "entities": {"urls": urls}}
            known["text"] = shown_text[:TRUNCATED_AT] + "…"
        if self.media:
            known["attachments"] = {"media_keys": [each.media_key for each in self.media]}
        named = (("replied_to", self.reply_to), ("quoted", self.quotes))
        if references := [{"type": kind, "id": each.id} for kind, each in named if each]:
            known["referenced_posts"] = references
        if self.reply_to:
            known["in_reply_to_user_id"] = self.reply_to.author.id
        return asked.chosen(known)

    @property
    def root(self) -> "Post":
        """The first post of the conversation."""
        return self.reply_to.root if self.reply_to else self

    def _shown(self) -> tuple[str, list[JsonObject]]:
        """The text as X gives it back: links as t.co, media and quotes as links at its end."""
        text, urls = self.text, []
        for short, address in self.links.items():
            text = text.replace(address, short, 1)
            scheme = "" if "://" in address else "http://"
            urls.append({"url": short, "expanded_url": scheme + address, "display_url": address})
        ends = []
        if self.quotes:
            ends.append(f"https://x.com/{self.quotes.author.username}/status/{self.quotes.id}")
        if self.media:
            ends.append(f"https://x.com/{self.author.username}/status/{self.id}/photo/1")
        for number, address in enumerate(ends):
            short = f"https://t.co/{self.id[-8:]}{number:02}"
            text = f"{text} {short}".strip()
            urls.append({"url": short, "expanded_url": address, "display_url": address[8:]})
        return html.escape(text, quote=False), urls


class Posts:
    """The `/2/tweets` calls over the posts of one world.

    `enterprise` lifts what self-serve plans may not. `credits_left` is what the app's owner has
    paid for, None for a plan without credits. `enrolled` is False for an app outside a project.
    """

    def __init__(
        self, accounts: Accounts, media: MediaLibrary, clock: Clock, faults: Faults
    ) -> None:
        self._accounts = accounts
        self._media = media
        self._clock = clock
        self._faults = faults
        self._posts: dict[str, Post] = {}
        self._last_id = 0
        self.clear()

    def __iter__(self) -> Iterator[Post]:
        return iter(self._posts.values())

    def clear(self) -> None:
        """Forget every post, and be a paying app on a self-serve plan."""
        self._posts.clear()
        self.enterprise = False
        self.enrolled = True
        self.credits_left: int | None = None

    def add(self, author: Account, text: str) -> Post:
        """Let an account write something in X's own app."""
        return self._keep(Post(self._new_id(), author, text, self._clock.now()))

    async def create(self, request: Request) -> Response:
        """`POST /2/tweets`."""
        author = self._accounts.caller(request, *_WRITE)
        body = await read_post_body(request)
        if not self.enrolled:
            reason = {"reason": "client-not-enrolled", "required_enrollment": "Appropriate Level"}
            raise ProblemError(
                403, NOT_ENROLLED, title="Client Forbidden", slug="client-forbidden", **reason
            )
        self._pay()
        media = self._attached(author, body)
        if not body.text.strip() and not media:
            raise invalid("Your Tweet text is missing.", text=body.text)
        self._check_text(author, body.text)
        post = Post(self._new_id(), author, body.text, self._clock.now(), media)
        post.reply_settings = body.reply_settings or "everyone"
        post.reply_to = self._answered(author, body.reply_to)
        post.quotes = self._quoted(body.quotes)
        self._refuse_duplicate(author, body.text)
        self._keep(post)
        return JSONResponse({"data": post.described()}, status_code=201)

    async def read(self, request: Request) -> Response:
        """`GET /2/tweets/{id}`; one that is not there is a 200 with an error in it."""
        self._accounts.caller(request, *_READ)
        fields = read_fields(read_query(request, FIELD_PARAMETERS))
        post_id = read_id(request.path_params["id"], "id")
        post = self._posts.get(post_id)
        if post is None or self._faults.take(_address(request), "hide_history"):
            return JSONResponse({"errors": [_not_found(post_id)]})
        return JSONResponse({"data": post.described(fields)})

    async def delete(self, request: Request) -> Response:
        """`DELETE /2/tweets/{id}`."""
        author = self._accounts.caller(request, *_WRITE)
        post = self._posts.get(read_id(request.path_params["id"], "id"))
        if post is None:
            # X's documents have a boolean here and do not say when it is false.
            return JSONResponse({"data": {"deleted": False}})
        if post.author is not author:
            raise forbidden("You are not authorized to delete this Post.")
        del self._posts[post.id]
        return JSONResponse({"data": {"deleted": True}})

    async def timeline(self, request: Request) -> Response:
        """`GET /2/users/{id}/tweets`: what an account has posted, the newest first."""
        self._accounts.caller(request, *_READ)
        query = read_query(request, FIELD_PARAMETERS | _TIMELINE_PARAMETERS)
        fields = read_fields(query)
        asked = query.get("max_results", "10")
        if not asked.isdecimal() or not PAGE_LEAST <= int(asked) <= PAGE_MOST:
            raise invalid("max_results must be from 5 to 100", max_results=asked)
        owner = self._accounts.with_id(read_id(request.path_params["id"], "id"))
        if owner is None:
            raise status_problem(404)
        since = _moment(query["start_time"]) if "start_time" in query else None
        found = [
            post
            for post in reversed(self._posts.values())
            if post.author is owner and (since is None or post.created_at >= since)
        ]
        if self._faults.take(_address(request), "hide_history"):
            found = []
        skipped = int(query.get("pagination_token", "0") or 0)
        page = found[skipped : skipped + int(asked)]
        meta: JsonObject = {"result_count": len(page)}
        if not page:
            return JSONResponse({"meta": meta})
        meta |= {"newest_id": page[0].id, "oldest_id": page[-1].id}
        if len(found) > skipped + len(page):
            meta["next_token"] = str(skipped + len(page))
        return JSONResponse({"data": [each.described(fields) for each in page], "meta": meta})

    def _pay(self) -> None:
        if self.credits_left is None:
            return
        if self.credits_left <= 0:
            detail = "Your enrolled account [1] does not have any credits to fulfill this request."
            raise ProblemError(402, detail, title="CreditsDepleted", slug="credits", account_id=1)
        self.credits_left -= 1

    def _attached(self, author: Account, body: PostBody) -> list[Medium]:
        found = [self._media.usable(each, author.id) for each in body.media_ids]
        media = [each for each in found if each is not None]
        if len(media) != len(body.media_ids) or len(set(body.media_ids)) != len(media):
            raise invalid("Your media IDs are invalid.", media__media_ids=body.media_ids)
        if len(media) > 1 and any(each.moves for each in media):
            raise invalid("Only one GIF or video is allowed.", media__media_ids=body.media_ids)
        return media

    def _check_text(self, author: Account, text: str) -> None:
        weighed = weigh(text)
        most = TEXT_WEIGHT_MAX if author.verified_type == "none" else LONG_TEXT_WEIGHT_MAX
        if weighed.weight > most or weighed.invalid_at is not None:
            raise forbidden("Your Tweet text is too long or holds an invalid character.")
        if not self.enterprise and len(_CASHTAG.findall(text)) > 1:
            raise forbidden("Posts are limited to a maximum of one cashtag.")

    def _answered(self, author: Account, post_id: str | None) -> Post | None:
        if post_id is None:
            return None
        target = self._posts.get(post_id)
        if target is None:
            detail = "You attempted to reply to a Tweet that is deleted or not visible to you."
            raise forbidden(detail)
        called = f"@{author.username}".lower() in target.text.lower() or (
            target.quotes is not None and target.quotes.author is author
        )
        if not (self.enterprise or target.author is author or called):
            raise forbidden(REPLY_REFUSED)
        return target

    def _quoted(self, post_id: str | None) -> Post | None:
        if post_id is None:
            return None
        if not self.enterprise:
            raise forbidden(QUOTE_REFUSED)
        if (target := self._posts.get(post_id)) is None:
            raise invalid("The quoted post is not there.", quote_tweet_id=post_id)
        return target

    def _refuse_duplicate(self, author: Account, text: str) -> None:
        since = self._clock.now() - DUPLICATES_WITHIN
        wanted = text.strip()
        if wanted and any(
            each.author is author and each.text.strip() == wanted and each.created_at > since
            for each in self
        ):
            raise forbidden(DUPLICATE)

    def _keep(self, post: Post) -> Post:
        weighed = weigh(post.text)
        for link in weighed.links:
            post.links[f"https://t.co/{secrets.token_hex(5)}"] = weighed.text[link.start : link.end]
        self._posts[post.id] = post
        return post

    def _new_id(self) -> str:
        """An id that sorts by time (a snowflake)."""
        milliseconds = int(self._clock.now().timestamp() * 1000) - _EPOCH_MILLISECONDS
        self._last_id = max(self._last_id + 1, milliseconds << 22)
        return str(self._last_id)


def _not_found(post_id: str) -> JsonObject:
    return {
        "value": post_id,
        "detail": f"Could not find tweet with id: [{post_id}].",
        "title": "Not Found Error",
        "resource_type": "tweet",
        "parameter": "id",
        "resource_id": post_id,
        "type": f"{PROBLEMS}resource-not-found",
    }


def _address(request: Request) -> str:
    return f"{request.url.path}?{request.url.query}"


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise invalid("start_time must be a moment of RFC 3339", start_time=text) from None
    if moment.tzinfo is None:
        raise invalid("start_time must name its time zone", start_time=text)
    return moment
