"""Look an account over: whose it is, whether it has boards, what it may still send."""

import re
from collections.abc import Sequence

from letmepost.content.errors import LetmepostError
from letmepost.platform_kit.http import Answer, NoAnswerError
from letmepost.platform_kit.platform import AccountTask, Finding
from letmepost.platforms.pinterest.api import VERSION, AccountClient
from letmepost.platforms.pinterest.errors import readable, refusal

_DAY_SECONDS = "86400"


class PinterestExaminer:
    """Two calls that change nothing: `GET /user_account` and `GET /boards`."""

    async def examine(self, task: AccountTask) -> Sequence[Finding]:
        """Report the user, the boards, the default board, the quota and the version."""
        client = AccountClient(task)
        findings = [Finding(name="api", found=f"{VERSION} at {task.settings.api_url}")]
        try:
            findings += _user(await client.call("GET", "/user_account"))
            boards = await client.call("GET", "/boards", params={"page_size": "25"})
            findings += _boards(boards)
            findings += _default_board(task)
            findings += _quota(boards)
        except NoAnswerError as error:
            findings.append(
                Finding(
                    name="connection",
                    found=error.reason,
                    problem="Check LETMEPOST_PINTEREST_API_URL and the way to that host.",
                )
            )
        except LetmepostError as error:
            # Renewing the token was refused.
            problem = error.remediation or "Connect the account again."
            findings.append(Finding(name="token", found=error.message, problem=problem))
        return findings


def _user(answer: Answer) -> list[Finding]:
    user = readable(answer)
    if user is None:
        return [_refused("user", answer)]
    kind = str(user.get("account_type"))
    return [
        Finding(name="user", found=f"{user.get('username')} ({user.get('id')})"),
        Finding(name="account type", found=kind),
    ]


def _boards(answer: Answer) -> list[Finding]:
    found = readable(answer)
    if found is None:
        return [_refused("boards", answer)]
    count = len(found.get("items") or ())
    more = " and more" if found.get("bookmark") else ""
    problem = None if count else "Make a board: a pin needs one."
    return [Finding(name="boards", found=f"{count}{more}", problem=problem)]


def _default_board(task: AccountTask) -> list[Finding]:
    details = task.account_details
    if not details.get("defaultBoardId"):
        return [Finding(name="default board", found="none; each post has to name its board")]
    found = f"{details.get('defaultBoardName')} ({details['defaultBoardId']})"
    return [Finding(name="default board", found=found)]


def _quota(answer: Answer) -> list[Finding]:
    """What is left, by the headers; a window of a day gives an app with trial access away."""
    limit = answer.headers.get("x-ratelimit-limit", "")
    left = re.match(r"\s*(\d+)", answer.headers.get("x-ratelimit-remaining", ""))
    of = re.match(r"\s*(\d+)", limit)
    if left is None or of is None:
        return []
    quota = Finding(name="requests left", found=f"{left[1]} of {of[1]}")
    if f"w={_DAY_SECONDS}" not in limit:
        return [quota]
    on_trial = Finding(
        name="access",
        found="trial",
        problem="An app with trial access publishes in the sandbox only: set "
        "LETMEPOST_PINTEREST_API_URL to https://api-sandbox.pinterest.com, or ask Pinterest for "
        "standard access.",
    )
    return [quota, on_trial]


def _refused(name: str, answer: Answer) -> Finding:
    error = refusal(answer).error
    return Finding(name=name, found=error.message, problem=error.remediation or "See the answer.")
