"""One attempt at a draft for Instagram: the post, then its first comment."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from letmepost.platform_kit.graph.client import GraphClient
from letmepost.platform_kit.graph.containers import (
    LOOKS_AFTER_SECONDS,
    ContainerRun,
    EndedError,
    Status,
    Unprepared,
)
from letmepost.platform_kit.graph.errors import GraphError, graph_error, readable
from letmepost.platform_kit.graph.listing import CLOCKS_DIFFER_SECONDS, NotListedError, listed
from letmepost.platform_kit.http import Answer, NoAnswerError, origin
from letmepost.platform_kit.outcome import (
    Absent,
    Outcome,
    Published,
    Reconciled,
    TryLater,
    Unknown,
    Waiting,
    Warned,
)
from letmepost.platform_kit.platform import MediaSource, PublishTask
from letmepost.platforms.instagram.errors import (
    TABLE,
    is_not_fetched,
    is_not_ready,
    unprepared,
)
from letmepost.platforms.instagram.fields import (
    RESUMABLE,
    child_fields,
    post_fields,
    takes_bytes,
)
from letmepost.platforms.instagram.lookup import posts
from letmepost.platforms.instagram.options import chosen_options, surface
from letmepost.platforms.instagram.rules import (
    ADDRESS_UNKNOWN,
    CONTAINER_ERROR,
    CONTAINER_EXPIRED,
    FIRST_COMMENT_MISSING,
    POSTS_PER_DAY,
)
from letmepost.preflight.refuse import refuse, words

QUOTA_WAIT_SECONDS: Final = 3600.0
PERMALINK_LOOKS: Final = 3
UPLOAD_DEADLINE_SECONDS: Final = 600.0
_SERVER_ERROR: Final = 500
_PRODUCTS: Final = {"reel": "REELS", "story": "STORY"}


class Run(ContainerRun):
    """One attempt at the next step of a draft."""

    table = TABLE
    expired_rule = CONTAINER_EXPIRED
    error_rule = CONTAINER_ERROR

    def __init__(self, task: PublishTask, client: GraphClient) -> None:
        super().__init__(task, client)
        self._account_id = str(task.account_details["accountId"])
        self.create_path = f"/{self._account_id}/media"
        self.publish_path = f"/{self._account_id}/media_publish"
        self._surface = surface(task.draft)

    @property
    def _is_out(self) -> bool:
        return bool(self.progress.posted)

    @property
    def _comment(self) -> str | None:
        # Nobody comments on a story.
        return None if self._surface == "story" else self.task.draft.first_comment

    def is_complete(self) -> bool:
        """Whether the post and its comment are out."""
        return len(self.progress.posted) == (1 if self._comment is None else 2)

    def waits_for_files(self) -> bool:
        """Every post has a file."""
        return True

    async def prepare(self) -> Outcome:
        """The post in a container; the comment needs none."""
        return await self._send_comment() if self._is_out else await super().prepare()

    async def children(self) -> Sequence[Mapping[str, str]]:
        """One container for each file of several."""
        if self._surface != "carousel":
            return []
        draft = self.task.draft
        return [
            child_fields(draft, place, await self._address(source))
            for place, source in enumerate(self.task.media)
        ]

    async def fields(self) -> Mapping[str, str]:
        """The post itself."""
        url = None if self._surface == "carousel" else await self._address(self.task.media[0])
        return post_fields(
            self.task.draft, url=url, cover=await self._cover(), children=self.progress.children
        )

    async def _cover(self) -> str | None:
        if self.task.cover is not None:
            return await self._address(self.task.cover)
        chosen = chosen_options(self.task.draft)
        return chosen.cover_url if chosen else None

    async def _address(self, source: MediaSource) -> str | None:
        """Where Instagram can fetch a file; None for a video whose bytes are sent instead."""
        if takes_bytes(source.facts, self.task.account_details):
            return None
        return await source.address()

    async def create(self, fields: Mapping[str, str], place: int | None) -> Answer:
        """Make a container, and send its bytes where it waits for them."""
        answer = await super().create(fields, place)
        made = readable(answer)
        if made is None or fields.get("upload_type") != RESUMABLE:
            return answer
        source = self.task.media[place or 0]
        token = self.task.session.credentials["accessToken"]
        sent = await self.task.upstream.request(
            "POST",
            self._upload_address(made),
            headers={
                "Authorization": f"OAuth {token}",
                "offset": "0",
                "file_size": str(source.facts.size_bytes),
                "Content-Length": str(source.facts.size_bytes),
                "Content-Type": "application/octet-stream",
            },
            body=source.stream(),
            deadline_seconds=UPLOAD_DEADLINE_SECONDS,
        )
        if sent.ok:
            return answer
        # The container waits for its bytes in vain: nothing is lost by making another one.
        error = TABLE.unavailable(_upload_words(sent), sent)
        raise EndedError(self.halted(TryLater(error=error)))

    def _upload_address(self, made: Mapping[str, Any]) -> str:
        """Where the bytes go: as the answer says, if it is the host that may see the token."""
        host = str(self.task.settings.upload_url).rstrip("/")
        said = made.get("uri")
        if isinstance(said, str) and origin(said) == origin(host):
            return said
        return f"{host}/ig-api-upload/{self.task.settings.version}/{made.get('id')}"

    async def status(self, container: str) -> Status:
        """Look at a container."""
        answer = await self.client.get(f"/{container}", fields="status_code,status")
        said = (readable(answer) or {}).get("status_code")
        return Status(said if isinstance(said, str) else None, answer)

    def unprepared(self, answer: Answer) -> tuple[str, Unprepared]:
        """Instagram says what is wrong by a number in a text."""
        return unprepared(str((readable(answer) or {}).get("status") or ""))

    def is_not_visible(self, error: GraphError | None) -> bool:
        """As the table of failures has it."""
        return is_not_ready(error)

    def is_not_fetched(self, error: GraphError | None) -> bool:
        """As the table of failures has it."""
        return is_not_fetched(error)

    async def quota_is_full(self) -> TryLater | None:
        """The account's own number, which two pages of Meta's give differently."""
        path = f"/{self._account_id}/content_publishing_limit"
        answer = await self.client.get(path, fields="quota_usage,config")
        rows = (readable(answer) or {}).get("data")
        row: Any = rows[0] if isinstance(rows, list) and rows else {}
        used, total = row.get("quota_usage"), row.get("config", {}).get("quota_total")
        if not isinstance(used, int) or not isinstance(total, int) or used < total:
            return None
        error = refuse(POSTS_PER_DAY, platform_response=answer.shown())
        return TryLater(error=error, retry_after_seconds=QUOTA_WAIT_SECONDS)

    async def found(self) -> Published | Waiting | Unknown:
        """The one post of the account that says the same and is as young."""
        draft, since = self.task.draft, self.progress.made_at - CLOCKS_DIFFER_SECONDS
        is_story = self._surface == "story"
        caption, product = ("" if is_story else draft.text), _PRODUCTS.get(self._surface, "FEED")
        try:
            alike = [
                str(post["id"])
                async for post in posts(
                    self.client, self._account_id, stories=is_story, since=since
                )
                if post.get("caption", "") == caption and post.get("media_product_type") == product
            ]
        except NotListedError as error:
            return Unknown(error=TABLE.unavailable("its posts cannot be read", error.answer))
        if len(alike) == 1:
            return self.advanced(alike[0])
        if self.is_young():
            return Unknown(error=TABLE.unavailable("it is out, and not listed yet"))
        warnings = [Warned(code=ADDRESS_UNKNOWN.id, message=words(ADDRESS_UNKNOWN))]
        if self._comment is not None:
            warnings.append(_comment_missing("Instagram does not tell which post it is."))
        return Published(uri=self._profile, warnings=warnings)

    @property
    def _profile(self) -> str:
        return f"https://www.instagram.com/{self.task.account_details.get('username', '')}/"

    async def _send_comment(self) -> Outcome:
        """Say the first comment."""
        path = f"/{self.progress.posted[0]}/comments"
        form = {"message": str(self._comment)}
        try:
            answer = await self.client.post(path, form, before=self.task.sending)
        except NoAnswerError as error:
            lost = TABLE.unavailable(error.reason)
            return Unknown(error=lost) if error.sent else self.halted(TryLater(error=lost))
        comment_id = (readable(answer) or {}).get("id")
        if isinstance(comment_id, str) and comment_id:
            return self.advanced(comment_id)
        refused = TABLE.refusal(answer, graph_error(answer))
        unsure = answer.ok or answer.status >= _SERVER_ERROR
        return Unknown(error=refused.error) if unsure else self.halted(refused)

    async def look_up(self) -> Reconciled:
        """Ask the container of a post; a comment is looked for below its post."""
        if not self._is_out:
            return await super().look_up()
        try:
            alike = [
                str(each["id"])
                async for each in listed(
                    self.client, f"/{self.progress.posted[0]}/comments", "id,text"
                )
                if each.get("text") == self._comment
            ]
        except NotListedError as error:
            return Unknown(error=TABLE.unavailable("its comments cannot be read", error.answer))
        except NoAnswerError as error:
            return Unknown(error=TABLE.unavailable(error.reason))
        return self.advanced(alike[0]) if alike else Absent()

    async def done(self) -> Outcome:
        """The address of the post, as far as Instagram tells it."""
        permalink = await self._permalink(self.progress.posted[0])
        if permalink is None and self.progress.looks < PERMALINK_LOOKS:
            looks = self.progress.looks + 1
            return self.waiting(replace(self.progress, looks=looks), LOOKS_AFTER_SECONDS[looks])
        warnings = []
        if permalink is None:
            warnings.append(Warned(code=ADDRESS_UNKNOWN.id, message=words(ADDRESS_UNKNOWN)))
        if self._comment is not None and len(self.progress.posted) == 1:
            warnings.append(_comment_missing(self.progress.ended or ""))
        uri = permalink or self._profile
        comment = self.progress.posted[1] if len(self.progress.posted) > 1 else None
        return Published(
            uri=uri,
            cid=self.progress.posted[0],
            first_comment_uri=f"{uri}c/{comment}/" if comment else None,
            first_comment_cid=comment,
            warnings=warnings,
        )

    async def _permalink(self, media_id: str) -> str | None:
        try:
            answer = await self.client.get(f"/{media_id}", fields="id,permalink")
        except NoAnswerError:
            return None
        permalink = (readable(answer) or {}).get("permalink")
        return permalink if isinstance(permalink, str) else None


def _comment_missing(why: str) -> Warned:
    return Warned(code=FIRST_COMMENT_MISSING.id, message=words(FIRST_COMMENT_MISSING, actual=why))


def _upload_words(answer: Answer) -> str:
    """What the host of the bytes says, which wraps an answer in its own."""
    document = answer.document if isinstance(answer.document, dict) else {}
    said = document.get("debug_info", {}).get("message")
    try:
        inner = json.loads(said) if isinstance(said, str) else {}
    except ValueError:
        inner = {}
    message = inner.get("error", {}).get("message") if isinstance(inner, dict) else None
    return str(message or said or f"HTTP {answer.status}")
