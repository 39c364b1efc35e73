"""Take a post back; Threads lets a profile delete 100 a day."""

from letmepost.platform_kit.graph.errors import graph_error, words_of
from letmepost.platform_kit.graph.listing import NotListedError
from letmepost.platform_kit.http import Answer, NoAnswerError
from letmepost.platform_kit.outcome import Deleted, Deletion, TryLater, Unknown
from letmepost.platform_kit.platform import AccountTask
from letmepost.platforms.threads.errors import (
    SERVER_ERROR,
    TABLE,
    is_not_visible,
    not_answered,
    refusal,
)
from letmepost.platforms.threads.lookup import id_at
from letmepost.platforms.threads.publish import client_of

_GONE = (100, 33)


class ThreadsDeleter:
    """Deletes posts and replies of the profile."""

    async def delete(self, task: AccountTask, uri: str) -> Deletion:
        """Delete the post at an address; one that is not among the profile's own is gone."""
        client = client_of(task)
        try:
            post_id = await id_at(client, uri)
            answer = await client.delete(f"/{post_id}") if post_id else None
        except NotListedError as error:
            return refusal(error.answer)
        except NoAnswerError as error:
            ended = Unknown if error.sent else TryLater
            return ended(error=not_answered(error))
        return _judged(answer) if answer else Deleted(was_there=False)


def _judged(answer: Answer) -> Deletion:
    said = graph_error(answer)
    if answer.ok:
        return Deleted()
    if is_not_visible(said) or (said is not None and (said.code, said.subcode) == _GONE):
        return Deleted(was_there=False)
    if answer.status >= SERVER_ERROR:
        return Unknown(error=TABLE.unavailable(words_of(answer), answer))
    return refusal(answer)
