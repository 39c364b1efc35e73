"""Look an account over by calls that change nothing."""

from collections.abc import Sequence
from typing import Any

from letmepost.platform_kit.graph.errors import graph_error, readable
from letmepost.platform_kit.http import Answer, NoAnswerError
from letmepost.platform_kit.platform import AccountTask, Finding
from letmepost.platforms.instagram.errors import TABLE
from letmepost.platforms.instagram.publish import account_of, client_of, is_by_page


class InstagramExaminer:
    """Whose token it is, by which login, and what is left of the day's posts."""

    async def examine(self, task: AccountTask) -> Sequence[Finding]:
        """Ask for the account and its quota."""
        client, account = client_of(task), account_of(task)
        try:
            profile = await client.get(f"/{account}", fields="id,username,name")
            path = f"/{account}/content_publishing_limit"
            quota = await client.get(path, fields="quota_usage,config")
        except NoAnswerError as error:
            said = TABLE.unavailable(error.reason)
            return [Finding(name="account", found="not answered", problem=said.message)]
        login = "through its Facebook Page" if is_by_page(task) else "Instagram's own"
        return [_profile(profile), Finding(name="login", found=login), _quota(quota)]


def _profile(answer: Answer) -> Finding:
    found = readable(answer)
    if found is None:
        return _refused("account", answer)
    return Finding(name="account", found=f"@{found.get('username')} ({found.get('id')})")


def _quota(answer: Answer) -> Finding:
    rows = (readable(answer) or {}).get("data")
    row: Any = rows[0] if isinstance(rows, list) and rows else {}
    total = row.get("config", {}).get("quota_total")
    if not isinstance(total, int):
        return _refused("posts left today", answer)
    left = total - row.get("quota_usage", 0)
    problem = None if left > 0 else "Nothing: there is room again within 24 hours."
    return Finding(name="posts left today", found=f"{left} of {total}", problem=problem)


def _refused(name: str, answer: Answer) -> Finding:
    error = TABLE.refusal(answer, graph_error(answer)).error
    return Finding(name=name, found=error.message, problem=error.remediation or "See the answer.")
