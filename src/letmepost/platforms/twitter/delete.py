"""Take a post back from X."""

from letmepost.content.errors import LetmepostError
from letmepost.platform_kit.http import Answer, NoAnswerError
from letmepost.platform_kit.outcome import Deleted, Deletion, Unknown
from letmepost.platform_kit.platform import AccountTask
from letmepost.platforms.twitter.client import AccountClient
from letmepost.platforms.twitter.errors import (
    NOT_FOUND,
    SERVER_ERROR,
    as_refusal,
    body_of,
    error_words,
    later,
    not_answered,
    unavailable,
)
from letmepost.platforms.twitter.publish import post_id_of, read_back


class TwitterDeleter:
    """Deletes one post; the others of its thread stay."""

    async def delete(self, task: AccountTask, uri: str) -> Deletion:
        """Delete a post; one that is gone already counts as deleted."""
        client = AccountClient(task)
        try:
            answer = await client.delete(f"/2/tweets/{post_id_of(uri)}")
        except NoAnswerError as error:
            if not error.sent:
                return later(not_answered(error))
            return await _looked_at(client, uri, not_answered(error))
        except LetmepostError as error:
            return as_refusal(error)
        return await _judged(client, uri, answer)


async def _judged(client: AccountClient, uri: str, answer: Answer) -> Deletion:
    data = body_of(answer).get("data")
    if answer.ok and isinstance(data, dict):
        return Deleted(was_there=data.get("deleted") is True)
    if answer.status == NOT_FOUND:
        return Deleted(was_there=False)
    if answer.ok or answer.status >= SERVER_ERROR:
        return await _looked_at(client, uri, unavailable(error_words(answer), answer.shown()))
    return client.refusal(answer)


async def _looked_at(client: AccountClient, uri: str, lost: LetmepostError) -> Deletion:
    """What became of a deletion whose answer was lost."""
    try:
        seen = await read_back(client, uri)
    except (NoAnswerError, LetmepostError):
        return Unknown(error=lost)
    if seen == "absent":
        return Deleted()
    return later(lost) if seen == "visible" else Unknown(error=lost)
