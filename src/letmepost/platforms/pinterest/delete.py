"""Take a pin back."""

from letmepost.platform_kit.http import NoAnswerError
from letmepost.platform_kit.outcome import Deleted, Deletion, TryLater, Unknown
from letmepost.platform_kit.platform import AccountTask
from letmepost.platforms.pinterest.api import AccountClient
from letmepost.platforms.pinterest.errors import (
    PIN_NOT_FOUND,
    SERVER_ERROR,
    code_of,
    not_answered,
    refusal,
    unavailable,
    words_of,
)
from letmepost.platforms.pinterest.pin import pin_id_of


class PinterestDeleter:
    """Deletes pins by their ids."""

    async def delete(self, task: AccountTask, uri: str) -> Deletion:
        """Delete a pin; asking twice is safe, since the second time there is none."""
        try:
            answer = await AccountClient(task).call("DELETE", f"/pins/{pin_id_of(uri)}")
        except NoAnswerError as error:
            if error.sent:
                return Unknown(error=not_answered(error))
            return TryLater(error=not_answered(error))
        if answer.ok:
            return Deleted()
        if code_of(answer) == PIN_NOT_FOUND:
            return Deleted(was_there=False)
        if answer.status >= SERVER_ERROR:
            return Unknown(error=unavailable(words_of(answer), answer))
        return refusal(answer)
