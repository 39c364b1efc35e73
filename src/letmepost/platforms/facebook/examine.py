"""Look a Page over by calls that change nothing.

Source: https://developers.facebook.com/docs/graph-api/reference/debug_token
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from letmepost.platform_kit.graph.errors import graph_error, readable
from letmepost.platform_kit.http import Answer, NoAnswerError
from letmepost.platform_kit.platform import AccountTask, Finding
from letmepost.platforms.facebook.client import api_base, app_token, client_of, page_of
from letmepost.platforms.facebook.connect import FacebookConnect
from letmepost.platforms.facebook.errors import TABLE, refusal

_AGAIN: Final = "Connect the Page again."


class FacebookExaminer:
    """Which Page it is, and what Facebook says of its token."""

    async def examine(self, task: AccountTask) -> Sequence[Finding]:
        """Ask for the Page, and look into its token with that of the app."""
        page = page_of(task)
        try:
            named = await client_of(task).get(f"/{page}", fields="id,name")
            looked_into = await _looked_into(task)
        except NoAnswerError as error:
            said = TABLE.unavailable(error.reason)
            return [Finding(name="page", found="not answered", problem=said.message)]
        return [_page(named, page), *_token(looked_into, page)]


async def _looked_into(task: AccountTask) -> Answer:
    app = app_token(task.settings)
    token = task.session.credentials["accessToken"]
    task.upstream.secrets.update((app, token))
    return await task.upstream.request(
        "GET",
        f"{api_base(task.settings)}/debug_token",
        headers={"Authorization": f"Bearer {app}"},
        params={"input_token": token},
    )


def _page(answer: Answer, page: str) -> Finding:
    found = readable(answer)
    if found is None:
        return _refused("page", answer, page)
    return Finding(name="page", found=f"{found.get('name')} ({found.get('id')})")


def _token(answer: Answer, page: str) -> list[Finding]:
    data = (readable(answer) or {}).get("data")
    if not isinstance(data, dict):
        return [_refused("token", answer, page)]
    if data.get("is_valid") is not True:
        error = data.get("error")
        said = error.get("message") if isinstance(error, dict) else None
        return [Finding(name="token", found=str(said or "not valid"), problem=_AGAIN)]
    granted = data.get("scopes")
    scopes = [str(each) for each in granted] if isinstance(granted, list) else []
    missing = [each for each in FacebookConnect.scopes if each not in scopes]
    return [
        Finding(name="token", found=f"valid, {_ends(data.get('expires_at'))}"),
        Finding(
            name="scopes",
            found=", ".join(scopes) or "none told",
            problem=f"Connect again and grant {', '.join(missing)}." if missing else None,
        ),
        Finding(name="data access", found=_ends(data.get("data_access_expires_at"))),
    ]


def _ends(seconds: Any) -> str:  # noqa: ANN401 - JSON
    """When something ends; 0 stands for never."""
    if not isinstance(seconds, int) or seconds <= 0:
        return "without an end"
    return f"until {datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"


def _refused(name: str, answer: Answer, page: str) -> Finding:
    error = refusal(answer, page).error if graph_error(answer) else TABLE.unavailable("no answer")
    return Finding(name=name, found=error.message, problem=error.remediation or "See the answer.")
