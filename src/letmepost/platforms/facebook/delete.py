"""Take back what is on a Page: a post, a video or a comment.

Source: https://developers.facebook.com/docs/pages-api/posts
"""

import re
from typing import Final

from letmepost.platform_kit.graph.errors import graph_error, words_of
from letmepost.platform_kit.graph.listing import NotListedError
from letmepost.platform_kit.http import Answer, NoAnswerError
from letmepost.platform_kit.outcome import Deleted, Deletion, TryLater, Unknown
from letmepost.platform_kit.platform import AccountTask
from letmepost.platforms.facebook.client import client_of, page_of
from letmepost.platforms.facebook.errors import TABLE, is_missing, refusal
from letmepost.platforms.facebook.lookup import id_at

_SERVER_ERROR: Final = 500
_COMMENT: Final = re.compile(r"[?&]comment_id=(\d+(?:_\d+)?)$")


class FacebookDeleter:
    """Deletes posts of this app, and the comments on them."""

    async def delete(self, task: AccountTask, uri: str) -> Deletion:
        """Delete what is at an address; what is not among the Page's own is gone."""
        client, page = client_of(task), page_of(task)
        comment = _COMMENT.search(uri)
        try:
            found = comment[1] if comment else await id_at(client, page, uri)
            answer = await client.delete(f"/{found}") if found else None
        except NotListedError as error:
            return refusal(error.answer, page)
        except NoAnswerError as error:
            ended = Unknown if error.sent else TryLater
            return ended(error=TABLE.unavailable(error.reason))
        return _judged(answer, page) if answer else Deleted(was_there=False)


def _judged(answer: Answer, page: str) -> Deletion:
    if answer.ok:
        return Deleted()
    if is_missing(graph_error(answer)):
        return Deleted(was_there=False)
    if answer.status >= _SERVER_ERROR:
        return Unknown(error=TABLE.unavailable(words_of(answer), answer))
    return refusal(answer, page)
