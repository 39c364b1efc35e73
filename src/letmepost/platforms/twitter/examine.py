"""Look an account of X over, by one call that changes nothing and costs little."""

from collections.abc import Iterator, Sequence

from letmepost.content.errors import LetmepostError
from letmepost.platform_kit.http import Answer, NoAnswerError
from letmepost.platform_kit.platform import AccountTask, Finding
from letmepost.platforms.twitter.client import AccountClient, RefusedError
from letmepost.platforms.twitter.connect import OFFLINE, USER_FIELDS
from letmepost.platforms.twitter.errors import REQUIRED_SCOPES, not_answered

_QUOTAS = (
    ("x-rate-limit", "account look-ups left in 15 minutes"),
    ("x-user-limit-24hour", "posts of the account left in 24 hours"),
    ("x-app-limit-24hour", "calls of the app left in 24 hours"),
)


class TwitterExaminer:
    """Whose token it is, what it may, and what is left of X's quotas."""

    async def examine(self, task: AccountTask) -> Sequence[Finding]:
        """Report what `GET /2/users/me` tells; posts are not counted by it."""
        client = AccountClient(task)
        try:
            answer = await client.get("/2/users/me", USER_FIELDS)
            user = client.data_of(answer)
        except RefusedError as refused:
            return [_unusable(refused.outcome.error)]
        except NoAnswerError as error:
            return [_unusable(not_answered(error))]
        except LetmepostError as error:
            return [_unusable(error)]
        known = task.account_details.get("id")
        other = known is not None and user.get("id") != known
        return [
            Finding(
                name="account",
                found=f"@{user.get('username')} ({user.get('id')})",
                problem="The token is that of another account; connect it again."
                if other
                else None,
            ),
            Finding(name="verified type", found=str(user.get("verified_type", "not told"))),
            _scopes(task),
            *_quotas(answer),
            Finding(name="API version", found=answer.headers.get("api-version", "not told")),
        ]


def _unusable(error: LetmepostError) -> Finding:
    return Finding(name="account", found=error.message, problem=error.remediation or error.message)


def _scopes(task: AccountTask) -> Finding:
    granted = task.account_details.get("scopes")
    if granted is None:
        return Finding(name="scopes", found="not told")
    lacking = [each for each in (*REQUIRED_SCOPES, OFFLINE) if each not in granted]
    problem = f"Connect the account again to grant {', '.join(lacking)}." if lacking else None
    return Finding(name="scopes", found=" ".join(granted), problem=problem)


def _quotas(answer: Answer) -> Iterator[Finding]:
    for window, name in _QUOTAS:
        left, limit = (answer.headers.get(f"{window}-{part}") for part in ("remaining", "limit"))
        if left is not None:
            problem = "Wait until the window ends." if left == "0" else None
            yield Finding(name=name, found=f"{left} of {limit}", problem=problem)
