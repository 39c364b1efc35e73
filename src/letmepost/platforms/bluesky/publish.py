"""Publish to Bluesky, and find out what became of a post whose answer was lost.

A record's key is chosen before the first try, so a second try can never make a second post.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from letmepost.content.draft import Draft
from letmepost.content.errors import LetmepostError
from letmepost.platform_kit.http import Answer, NoAnswerError
from letmepost.platform_kit.outcome import (
    Absent,
    Outcome,
    Published,
    Reconciled,
    Rejected,
    TryLater,
    Unknown,
    Waiting,
    Warned,
)
from letmepost.platform_kit.platform import PublishTask, Visibility
from letmepost.platforms.bluesky import record
from letmepost.platforms.bluesky.embed import embed
from letmepost.platforms.bluesky.errors import (
    PLATFORM,
    SERVER_ERROR,
    error_name,
    error_words,
    not_answered,
    refusal,
    rejected,
    unavailable,
)
from letmepost.platforms.bluesky.identity import is_did, resolve_handle
from letmepost.platforms.bluesky.options import BlueskyOptions
from letmepost.platforms.bluesky.preview import preview
from letmepost.platforms.bluesky.rules import FIRST_COMMENT_MISSING, MENTION_UNRESOLVED
from letmepost.platforms.bluesky.video import NotReadyError
from letmepost.platforms.bluesky.xrpc import AccountClient, RefusedError
from letmepost.preflight.refuse import words

CREATE = "com.atproto.repo.createRecord"
READ = "com.atproto.repo.getRecord"
COMMENT_TRIES = 5
COMMENT_WAIT_SECONDS = 10.0
UPLOADS_OF_A_LOST_BLOB = 2


class BlueskyPublisher:
    """Posts, replies and first comments as records of the account's repository."""

    def plan(self, draft: Draft, now: datetime) -> Mapping[str, Any]:
        """Choose the record keys and times."""
        return record.plan(draft, now)

    async def publish(self, task: PublishTask) -> Outcome:
        """Make one attempt."""
        client = AccountClient(task)
        post = task.checkpoint.get("post")
        warnings: list[Warned] = [Warned(**each) for each in task.checkpoint.get("warnings", ())]
        if post is None:
            ended = await self._post(task, client)
            if not isinstance(ended, Published):
                return ended
            post = {"uri": ended.uri, "cid": ended.cid}
            warnings += ended.warnings
        return await self._comment(task, client, post, warnings)

    async def reconcile(self, task: PublishTask) -> Reconciled:
        """Read the record at the key that was chosen before the first try."""
        client = AccountClient(task)
        post = task.checkpoint.get("post")
        if post is None:
            try:
                post = await self._read(task, client, task.plan["rkey"])
            except RefusedError as error:
                return _as_try_later(error)
            except NoAnswerError as error:
                return TryLater(error=not_answered(error))
            if post is None:
                return Absent()
        return await self._comment(task, client, post, [])

    def preview(self, draft: Draft, account_details: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The records that would be created, with handles in the place of DIDs."""
        return preview(draft, account_details)

    async def verify(self, task: PublishTask, uri: str) -> Visibility:
        """Read the record at its key."""
        try:
            there = await self._read(task, AccountClient(task), uri.rsplit("/", 1)[-1])
        except (RefusedError, NoAnswerError):
            return "unknown"
        return "absent" if there is None else "visible"

    async def _post(self, task: PublishTask, client: AccountClient) -> Outcome:
        try:
            document, warnings = await self._document(task, client)
        except NotReadyError as error:
            return error.waiting
        except RefusedError as error:
            return error.outcome
        except NoAnswerError as error:
            # Nothing that a reader could see has been asked for yet.
            return TryLater(error=not_answered(error), checkpoint=task.checkpoint)
        ended = await self._create(task, client, task.plan["rkey"], document)
        if isinstance(ended, Published):
            return Published(uri=ended.uri, cid=ended.cid, warnings=warnings)
        return ended

    async def _document(
        self, task: PublishTask, client: AccountClient
    ) -> tuple[dict[str, Any], list[Warned]]:
        chosen = task.draft.options if isinstance(task.draft.options, BlueskyOptions) else None
        found = record.found_in(task.draft)
        handles = {each.value for each in found or () if each.kind == "mention"}
        if chosen and found is None:
            named = (facet.mention for facet in chosen.facets or () if facet.mention)
            handles |= {name.removeprefix("@").lower() for name in named}
        dids = {}
        for handle in sorted(handles):
            did = handle if is_did(handle) else None
            dids[handle] = did or await resolve_handle(task.upstream, client.server, handle)
        known = {handle: did for handle, did in dids.items() if did}
        warnings = [
            Warned(code=MENTION_UNRESOLVED.id, message=words(MENTION_UNRESOLVED, actual=handle))
            for handle, did in dids.items()
            if did is None
        ]
        reply = await self._reply(task, client, chosen) if chosen and chosen.reply_to_uri else None
        made, more = await embed(task, client, found or [])
        facets = (
            record.placed_facets(chosen, known)
            if chosen and found is None
            else record.facets(task.draft.text, found or [], known)
        )
        document = record.record(
            task.draft,
            created_at=task.plan["createdAt"],
            facets=facets,
            embed=made,
            reply=reply,
        )
        return document, warnings + more

    async def _reply(
        self, task: PublishTask, client: AccountClient, chosen: BlueskyOptions
    ) -> dict[str, Any]:
        parent = {"uri": chosen.reply_to_uri, "cid": chosen.reply_to_cid}
        if chosen.reply_root_uri:
            root = {"uri": chosen.reply_root_uri, "cid": chosen.reply_root_cid}
            return {"root": root, "parent": parent}
        repo, collection, rkey = str(chosen.reply_to_uri).removeprefix("at://").split("/")
        answer = await client.query(READ, {"repo": repo, "collection": collection, "rkey": rkey})
        if not answer.ok and isinstance(later := refusal(answer, task.now), TryLater):
            raise RefusedError(later)
        # A parent that this server cannot see, on another one perhaps, is taken for the root.
        document = answer.document if isinstance(answer.document, dict) else {}
        value = document.get("value")
        thread = value.get("reply") if isinstance(value, dict) else None
        top = thread.get("root") if isinstance(thread, dict) else None
        return {"root": top if isinstance(top, dict) else parent, "parent": parent}

    async def _create(
        self, task: PublishTask, client: AccountClient, rkey: str, document: Mapping[str, Any]
    ) -> Outcome:
        repo = task.account_details["did"]
        try:
            written = record.write(repo, rkey, document)
            answer = await client.create(CREATE, written, task.sending)
        except NoAnswerError as error:
            if not error.sent:
                return TryLater(error=not_answered(error), checkpoint=task.checkpoint)
            return Unknown(error=not_answered(error))
        if answer.ok:
            return _created(answer)
        if answer.status >= SERVER_ERROR:
            # A taken key answers 500 too, so this may be the echo of an earlier try.
            return Unknown(error=unavailable(error_words(answer), answer.shown()))
        if error_name(answer) == "BlobNotFound":
            return _lost_blob(task, answer)
        return refusal(answer, task.now)

    async def _read(
        self, task: PublishTask, client: AccountClient, rkey: str
    ) -> dict[str, Any] | None:
        answer = await client.query(
            READ,
            {"repo": task.account_details["did"], "collection": record.COLLECTION, "rkey": rkey},
        )
        document = answer.document if isinstance(answer.document, dict) else {}
        if answer.ok and isinstance(document.get("uri"), str):
            return {"uri": document["uri"], "cid": document.get("cid")}
        if error_name(answer) == "RecordNotFound":
            return None
        raise RefusedError(refusal(answer, task.now))

    async def _comment(
        self,
        task: PublishTask,
        client: AccountClient,
        post: Mapping[str, Any],
        warnings: list[Warned],
    ) -> Published | Waiting:
        """Answer the post with the first comment, under a key of its own."""
        planned = task.plan.get("comment")
        published = Published(uri=post["uri"], cid=post["cid"], warnings=warnings)
        if planned is None or task.draft.first_comment is None:
            return published
        ended = await self._comment_once(task, client, post, planned)
        if isinstance(ended, Published):
            return Published(
                uri=post["uri"],
                cid=post["cid"],
                first_comment_uri=ended.uri,
                first_comment_cid=ended.cid,
                warnings=warnings,
            )
        tries = task.checkpoint.get("commentTries", 0) + 1
        if isinstance(ended, Rejected) or tries >= COMMENT_TRIES:
            missing = Warned(
                code=FIRST_COMMENT_MISSING.id,
                message=words(FIRST_COMMENT_MISSING, actual=_words(ended)),
            )
            return Published(uri=post["uri"], cid=post["cid"], warnings=[*warnings, missing])
        kept = [{"code": each.code, "message": each.message} for each in warnings]
        return Waiting(
            checkpoint={
                **task.checkpoint,
                "post": dict(post),
                "warnings": kept,
                "commentTries": tries,
            },
            look_after_seconds=COMMENT_WAIT_SECONDS,
        )

    async def _comment_once(
        self,
        task: PublishTask,
        client: AccountClient,
        post: Mapping[str, Any],
        planned: Mapping[str, Any],
    ) -> Outcome:
        reference = {"uri": post["uri"], "cid": post["cid"]}
        root = reference
        chosen = task.draft.options
        text = Draft(text=task.draft.first_comment or "")
        try:
            if isinstance(chosen, BlueskyOptions) and chosen.reply_to_uri:
                root = (await self._reply(task, client, chosen))["root"]
            if (there := await self._read(task, client, planned["rkey"])) is not None:
                return Published(uri=there["uri"], cid=there["cid"])
        except RefusedError as error:
            return error.outcome
        except NoAnswerError as error:
            return TryLater(error=not_answered(error))
        document = record.record(
            text,
            created_at=planned["createdAt"],
            facets=record.facets(text.text, record.found_in(text) or [], {}),
            embed=None,
            reply={"root": root, "parent": reference},
        )
        return await self._create(task, client, planned["rkey"], document)


def _created(answer: Answer) -> Outcome:
    document = answer.document if isinstance(answer.document, dict) else {}
    if isinstance(document.get("uri"), str) and isinstance(document.get("cid"), str):
        return Published(uri=document["uri"], cid=document["cid"])
    # 200 without the record's address: it was made, or a proxy answered in the server's place.
    return Unknown(error=unavailable("the answer is not readable", answer.shown()))


def _lost_blob(task: PublishTask, answer: Answer) -> Outcome:
    """An upload expires when no record names it soon: everything is uploaded once more."""
    uploads = task.checkpoint.get("lostBlobs", 0) + 1
    if uploads >= UPLOADS_OF_A_LOST_BLOB:
        return Rejected(error=rejected(error_words(answer), answer.shown()))
    return TryLater(
        error=unavailable(error_words(answer), answer.shown()),
        retry_after_seconds=1.0,
        checkpoint={"lostBlobs": uploads},
    )


def _as_try_later(error: RefusedError) -> Reconciled:
    """A look-up that is refused says nothing of the post: look again later."""
    if isinstance(error.outcome, TryLater):
        return error.outcome
    return Unknown(error=error.outcome.error)


def _words(ended: Outcome) -> str:
    error: LetmepostError | None = getattr(ended, "error", None)
    return error.message if error else f"{PLATFORM} gave no reason"
