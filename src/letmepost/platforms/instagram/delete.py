"""Take a post back, which Instagram allows to accounts that are connected through their Page."""

from letmepost.platform_kit.graph.errors import graph_error, words_of
from letmepost.platform_kit.graph.listing import NotListedError
from letmepost.platform_kit.http import Answer, NoAnswerError
from letmepost.platform_kit.outcome import Deleted, Deletion, Rejected, TryLater, Unknown
from letmepost.platform_kit.platform import AccountTask
from letmepost.platforms.instagram.errors import TABLE
from letmepost.platforms.instagram.lookup import id_at
from letmepost.platforms.instagram.publish import account_of, client_of, is_by_page
from letmepost.platforms.instagram.rules import DELETE_BY_PAGE
from letmepost.preflight.refuse import refuse

_GONE = ((100, 33), (24, 2207006))
_SERVER_ERROR = 500
# Between a post's address and a comment's id.
_COMMENT = "/c/"


class InstagramDeleter:
    """Deletes posts, reels and comments of the account."""

    async def delete(self, task: AccountTask, uri: str) -> Deletion:
        """Delete what is at an address; what is not among the account's own is gone."""
        client = client_of(task)
        _, is_comment, comment = uri.partition(_COMMENT)
        if not is_comment and not is_by_page(task):
            return Rejected(error=refuse(DELETE_BY_PAGE))
        try:
            found = comment.strip("/") or await id_at(client, account_of(task), uri)
            answer = await client.delete(f"/{found}") if found else None
        except NotListedError as error:
            return TABLE.refusal(error.answer, graph_error(error.answer))
        except NoAnswerError as error:
            ended = Unknown if error.sent else TryLater
            return ended(error=TABLE.unavailable(error.reason))
        return _judged(answer) if answer else Deleted(was_there=False)


def _judged(answer: Answer) -> Deletion:
    said = graph_error(answer)
    if answer.ok:
        return Deleted()
    if said is not None and (said.code, said.subcode) in _GONE:
        return Deleted(was_there=False)
    if answer.status >= _SERVER_ERROR:
        return Unknown(error=TABLE.unavailable(words_of(answer), answer))
    return TABLE.refusal(answer, said)
