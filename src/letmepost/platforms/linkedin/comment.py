"""The first comment under a post that is there.

Comments cannot be read with the scopes of most apps, so one whose answer was lost is not sent
again: the post counts, and its author is told.
Source: https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/comments-api.
"""

from typing import Any
from urllib.parse import quote

from letmepost.platform_kit.http import Answer, NoAnswerError
from letmepost.platform_kit.outcome import Published, TryLater, Waiting, Warned
from letmepost.platform_kit.platform import PublishTask
from letmepost.platforms.linkedin.errors import (
    SERVER_ERROR,
    Asking,
    error_words,
    not_answered,
    refusal,
)
from letmepost.platforms.linkedin.post import address_of, author_of, comment_body
from letmepost.platforms.linkedin.rest import LinkedInClient, encoded
from letmepost.platforms.linkedin.rules import FIRST_COMMENT_MISSING, FIRST_COMMENT_UNCONFIRMED
from letmepost.preflight.refuse import words

TRIES = 5
WAIT_SECONDS = 10.0


async def comment(task: PublishTask, client: LinkedInClient, post: str) -> Published | Waiting:
    """Comment on the post; whatever comes of it, the post stays published."""
    actor = author_of(task.draft, task.account_details) or ""
    body = comment_body(actor, post, task.draft.first_comment or "")
    try:
        answer = await client.create(task, f"socialActions/{encoded(post)}/comments", body)
    except NoAnswerError as error:
        if error.sent:
            return unconfirmed(task, post, error.reason)
        return _again(task, post, TryLater(error=not_answered(error)))
    if answer.ok:
        return _commented(post, answer)
    if answer.status >= SERVER_ERROR:
        return unconfirmed(task, post, error_words(answer))
    refused = refusal(answer, Asking.of(task, actor))
    if isinstance(refused, TryLater):
        return _again(task, post, refused)
    return _without(post, refused.error.message)


def unconfirmed(task: PublishTask, post: str, reason: str) -> Published:
    """The post, and that nobody knows of its comment."""
    if task.draft.first_comment is None:
        return Published(uri=address_of(post))
    message = words(FIRST_COMMENT_UNCONFIRMED, actual=reason)
    warned = Warned(code=FIRST_COMMENT_UNCONFIRMED.id, message=message)
    return Published(uri=address_of(post), warnings=[warned])


def _commented(post: str, answer: Answer) -> Published:
    document: dict[str, Any] = answer.document if isinstance(answer.document, dict) else {}
    urn = document.get("commentUrn")
    # A comment without a readable name is there all the same, and seen under its post.
    named = f"?commentUrn={quote(urn, safe='')}" if isinstance(urn, str) else ""
    return Published(uri=address_of(post), first_comment_uri=f"{address_of(post)}{named}")


def _again(task: PublishTask, post: str, refused: TryLater) -> Published | Waiting:
    tries = task.checkpoint.get("commentTries", 0) + 1
    if tries >= TRIES:
        return _without(post, refused.error.message)
    return Waiting(
        checkpoint={**task.checkpoint, "commentTries": tries},
        look_after_seconds=max(WAIT_SECONDS, refused.retry_after_seconds or 0.0),
    )


def _without(post: str, reason: str) -> Published:
    message = words(FIRST_COMMENT_MISSING, actual=reason)
    warned = Warned(code=FIRST_COMMENT_MISSING.id, message=message)
    return Published(uri=address_of(post), warnings=[warned])
