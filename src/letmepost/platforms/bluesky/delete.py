"""Delete records from an account's repository.

Source: https://docs.bsky.app/docs/api/com-atproto-repo-delete-record.
"""

from typing import Any

from letmepost.content.errors import ErrorCode
from letmepost.platform_kit.http import NoAnswerError
from letmepost.platform_kit.outcome import Deleted, Deletion, TryLater, Unknown
from letmepost.platform_kit.platform import AccountTask
from letmepost.platforms.bluesky.errors import (
    SERVER_ERROR,
    error_words,
    not_answered,
    refusal,
    unavailable,
)
from letmepost.platforms.bluesky.xrpc import AccountClient

DELETE = "com.atproto.repo.deleteRecord"


class BlueskyDeleter:
    """Deletes posts, and first comments, which are posts of their own here."""

    async def delete(self, task: AccountTask, uri: str) -> Deletion:
        """Delete the record at an `at://` address; one that is not there is a success too."""
        _, collection, rkey = uri.removeprefix("at://").split("/")
        record = {"repo": task.account_details["did"], "collection": collection, "rkey": rkey}
        try:
            answer = await AccountClient(task).change(DELETE, record)
        except NoAnswerError as error:
            if error.sent:
                return Unknown(error=not_answered(error))
            return TryLater(error=not_answered(error))
        document: Any = answer.document
        if answer.ok and isinstance(document, dict):
            # The server names a commit only where there was something to delete.
            return Deleted(was_there="commit" in document)
        if answer.ok or answer.status >= SERVER_ERROR:
            return Unknown(error=unavailable(error_words(answer), answer.shown()))
        refused = refusal(answer, task.now)
        if refused.error.code is ErrorCode.PLATFORM_REJECTED:
            refused.error.message = f"Bluesky refused to delete the post: {error_words(answer)}"
        return refused
