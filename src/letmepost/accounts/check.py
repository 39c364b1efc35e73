"""Look a connected account over at its platform, by calls that change nothing there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from letmepost.accounts.queries import Account
from letmepost.accounts.renewals import Renewals
from letmepost.accounts.tokens import AccountSession
from letmepost.content.errors import LetmepostError
from letmepost.kit.clock import wire_time
from letmepost.platform_kit.platform import AccountTask, Examiner, Finding, Platform
from letmepost.platforms import platforms
from letmepost.preflight.refuse import refuse
from letmepost.preflight.resource_rules import CHECK_UNSUPPORTED


@dataclass(frozen=True, kw_only=True)
class AccountCheck:
    """What a look at an account brought out; `transcript` is what was said, secrets hidden."""

    account: Account
    at: datetime
    findings: Sequence[Finding]
    transcript: Sequence[Mapping[str, Any]]

    @property
    def ok(self) -> bool:
        """Whether nothing needs to be done."""
        return all(each.problem is None for each in self.findings)

    def to_json(self) -> dict[str, Any]:
        """As the API and the command line show it."""
        return {
            "accountId": self.account.id,
            "platform": self.account.platform,
            "platformAccountId": self.account.platform_account_id,
            "displayName": self.account.display_name,
            "checkedAt": wire_time(self.at),
            "ok": self.ok,
            "findings": [
                {"name": each.name, "found": each.found, "problem": each.problem}
                for each in self.findings
            ],
            "transcript": list(self.transcript),
        }


async def check_account(renewals: Renewals, account: Account) -> AccountCheck:
    """Ask the platform how the account stands; a token that has ended is renewed on the way.

    Raises `LetmepostError` where this release cannot look over accounts of the platform.
    """
    platform = platforms()[account.platform]
    if platform.examined_by is None:
        raise refuse(CHECK_UNSUPPORTED, conflict=True, actual=platform.title)
    now = renewals.clock.now()
    if account.sandbox:
        made_up = Finding(name="account", found="made up by a test key; nobody is asked")
        return AccountCheck(account=account, at=now, findings=[made_up], transcript=[])
    upstream = renewals.connecting.upstream(platform)
    session = AccountSession(renewals, account, platform, upstream)
    task = AccountTask(
        account_id=account.id,
        account_details=account.details,
        session=session,
        settings=renewals.connecting.platform_settings[platform.name],
        upstream=upstream,
        now=now,
    )
    findings = await _findings(platform, platform.examined_by, session, task)
    return AccountCheck(account=account, at=now, findings=findings, transcript=upstream.transcript)


async def _findings(
    platform: Platform, examiner: Examiner, session: AccountSession, task: AccountTask
) -> Sequence[Finding]:
    try:
        await session.open()
        return await examiner.examine(task)
    except LetmepostError as error:
        # It is the access itself that fails: there is nothing else to find.
        help_text = error.remediation or f"Read what {platform.title} answered in the transcript."
        return [Finding(name="access", found=error.message, problem=help_text)]
