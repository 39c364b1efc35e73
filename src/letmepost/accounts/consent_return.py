"""What a browser is told that comes back from a consent page: connected, or why not."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from letmepost.accounts.choices import Choices
from letmepost.accounts.connect import oauth_of, platform_named
from letmepost.accounts.consents import Consents, Visit
from letmepost.accounts.queries import AccountDirectory
from letmepost.accounts.return_address import with_query
from letmepost.content.errors import ERROR_PAGES, LetmepostError
from letmepost.kit.clock import Clock
from letmepost.preflight.connect_rules import (
    CONSENT_DENIED,
    CONSENT_EXPIRED,
    CONSENT_PARAMETERS,
    CONSENT_PLATFORM,
    CONSENT_REUSED,
    CONSENT_UNKNOWN,
    NO_ACCOUNTS,
)
from letmepost.preflight.refuse import refuse
from letmepost.tenancy.audit import Actor

log = structlog.get_logger()

# How `connect_error` calls what went wrong; everything else by its error code.
_CALLED: Final[Mapping[str, str]] = {
    CONSENT_PARAMETERS.id: "missing_params",
    CONSENT_UNKNOWN.id: "invalid_state_unknown",
    CONSENT_EXPIRED.id: "invalid_state_expired",
    CONSENT_REUSED.id: "invalid_state_reused",
    CONSENT_PLATFORM.id: "platform_mismatch",
    NO_ACCOUNTS.id: "no_accounts_granted",
}
_BROKEN: Final = "exchange_failed"
# Errors of OAuth are such names (RFC 6749, 4.1.2.1); anything else is not repeated.
_ERROR_NAME: Final = re.compile(r"[\w.-]{1,64}", re.ASCII)
_SAYS_NOTHING: Final = "unknown_error"
_MESSAGE_CHARACTERS: Final = 500


@dataclass(frozen=True)
class ConsentReturn:
    """Takes browsers back. `landing` is where those go that were to go nowhere else."""

    consents: Consents
    choices: Choices
    directory: AccountDirectory
    clock: Clock
    landing: str

    async def take(self, platform: str, query: Mapping[str, str], by: Actor) -> str:
        """Complete the visit that a browser returns from; the address to send it on to."""
        now = self.clock.now()
        state = query.get("state")
        visit = await self.consents.find(state) if state else None
        back = (visit.return_to if visit else None) or self.landing
        try:
            return await self._complete(platform, query, visit, back, now, by)
        except LetmepostError as error:
            answer = _told(platform, query, error)
        except Exception:
            log.exception("connect.broke", platform=platform[:40], request_id=by.request_id)
            answer = {"connect_error": _BROKEN, "platform": platform[:40]}
        return with_query(back, answer)

    async def _complete(  # noqa: PLR0913 - who, what, where and when
        self,
        platform_name: str,
        query: Mapping[str, str],
        visit: Visit | None,
        back: str,
        now: datetime,
        by: Actor,
    ) -> str:
        platform = platform_named(platform_name)
        connector = oauth_of(platform)
        if "error" in query:
            if visit is not None:
                await self.consents.use(visit, platform, now)
            raise refuse(CONSENT_DENIED, platform=platform.title, actual=_error_name(query))
        for name in ("state", "code"):
            if not query.get(name):
                raise refuse(CONSENT_PARAMETERS, actual=f"its {name}")
        used = await self.consents.use(visit, platform, now)
        given = await self.consents.exchange(used, platform, connector, query["code"])
        if used.chooses and len(given) > 1:
            return f"{back}/accounts/{await self.choices.offer(used, given, now)}"
        kept = await self.consents.keep(used, given, now, by)
        self.directory.forget(used.owner.organization_id)
        return with_query(back, {"connected": platform.name, "accounts": str(len(kept))})

    async def forget_old(self) -> None:
        """Forget visits that ended long ago."""
        await self.consents.forget(self.clock.now())


def _error_name(query: Mapping[str, str]) -> str:
    name = query["error"]
    return name if _ERROR_NAME.fullmatch(name) else _SAYS_NOTHING


def _told(platform: str, query: Mapping[str, str], error: LetmepostError) -> dict[str, str]:
    if error.rule == CONSENT_DENIED.id:
        called = _error_name(query)
    else:
        called = _CALLED.get(error.rule or "", error.code.value)
    told = {
        "connect_error": called,
        "platform": platform[:40],
        "connect_rule": error.rule,
        "connect_message": error.message[:_MESSAGE_CHARACTERS],
        "connect_remediation": error.remediation or ERROR_PAGES[error.code].remediation,
    }
    return {name: value for name, value in told.items() if value}
