"""Delete a post at LinkedIn.

Source: https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api.
"""

from letmepost.platform_kit.http import NoAnswerError
from letmepost.platform_kit.outcome import Deleted, Deletion, Rejected, TryLater, Unknown
from letmepost.platform_kit.platform import AccountTask
from letmepost.platforms.linkedin.errors import (
    NOT_FOUND,
    SERVER_ERROR,
    Asking,
    error_words,
    not_answered,
    refusal,
    rejected,
    unavailable,
)
from letmepost.platforms.linkedin.post import post_in
from letmepost.platforms.linkedin.rest import LinkedInClient, encoded


class LinkedInDeleter:
    """Deletes by URN. A second time is answered like the first, so asking again does no harm."""

    async def delete(self, task: AccountTask, uri: str) -> Deletion:
        """Delete the post at this address."""
        urn = post_in(uri)
        if urn is None:
            return Rejected(error=rejected("its address does not say which post it is"))
        try:
            answer = await LinkedInClient(task).delete(f"posts/{encoded(urn)}")
        except NoAnswerError as error:
            lost = not_answered(error)
            return Unknown(error=lost) if error.sent else TryLater(error=lost)
        if answer.ok:
            return Deleted()
        if answer.status == NOT_FOUND:
            return Deleted(was_there=False)
        if answer.status >= SERVER_ERROR:
            return Unknown(error=unavailable(error_words(answer), answer.shown()))
        return refusal(answer, Asking.of(task))
