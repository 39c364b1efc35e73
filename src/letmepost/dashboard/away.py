"""The page that is shown while the database is away: it needs nothing of it."""

from dataclasses import dataclass
from typing import Final

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from letmepost.dashboard.pages import page
from letmepost.dashboard.setting import Dashboard
from letmepost.kit.database import AWAY_RETRY_SECONDS, DatabaseAwayError

log = structlog.get_logger()

_AWAY: Final = 503


@dataclass(frozen=True)
class AwayPage:
    """Passes requests on to a route, and shows the page where the database ends one."""

    dashboard: Dashboard
    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            await self.app(scope, receive, send)
        except DatabaseAwayError as error:
            request_id = scope["state"]["request_id"]
            log.error("dashboard.not_served", request_id=request_id, reason=str(error))  # noqa: TRY400 - one traceback for every visitor says no more
            shown = page(
                self.dashboard,
                "away.html",
                _AWAY,
                changed=scope["method"] == "POST",
                request_id=request_id,
            )
            shown.headers["Retry-After"] = str(AWAY_RETRY_SECONDS)
            await shown(scope, receive, send)
