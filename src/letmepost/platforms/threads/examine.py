"""Look a profile over by calls that change nothing."""

from collections.abc import Sequence
from typing import Any

from letmepost.platform_kit.graph.errors import readable
from letmepost.platform_kit.http import Answer, NoAnswerError
from letmepost.platform_kit.platform import AccountTask, Finding
from letmepost.platforms.threads.errors import not_answered, refusal
from letmepost.platforms.threads.publish import client_of

_QUOTAS = (
    ("posts left today", "quota_usage", "config"),
    ("replies left today", "reply_quota_usage", "reply_config"),
    ("deletions left today", "delete_quota_usage", "delete_config"),
)


class ThreadsExaminer:
    """Whose token it is, and what is left of the day's numbers."""

    async def examine(self, task: AccountTask) -> Sequence[Finding]:
        """Ask for the profile and its quotas."""
        client = client_of(task)
        try:
            profile = await client.get("/me", fields="id,username,name")
            names = ",".join(name for _, *pair in _QUOTAS for name in pair)
            quota = await client.get("/me/threads_publishing_limit", fields=names)
        except NoAnswerError as error:
            said = not_answered(error)
            return [Finding(name="profile", found="not answered", problem=said.message)]
        return [_profile(profile), *_quotas(quota)]


def _profile(answer: Answer) -> Finding:
    found = readable(answer)
    if found is None:
        return _refused("profile", answer)
    return Finding(name="profile", found=f"@{found.get('username')} ({found.get('id')})")


def _quotas(answer: Answer) -> list[Finding]:
    rows = (readable(answer) or {}).get("data")
    if not isinstance(rows, list) or not rows:
        return [_refused("posts left today", answer)]
    return [_left(rows[0], *each) for each in _QUOTAS if each[1] in rows[0]]


def _left(row: Any, name: str, usage: str, config: str) -> Finding:  # noqa: ANN401 - JSON
    total = row.get(config, {}).get("quota_total", 0)
    left = total - row[usage]
    problem = None if left > 0 else "Nothing: there is room again within 24 hours."
    return Finding(name=name, found=f"{left} of {total}", problem=problem)


def _refused(name: str, answer: Answer) -> Finding:
    error = refusal(answer).error
    return Finding(name=name, found=error.message, problem=error.remediation or "See the answer.")
