"""Look an account over by calls that change nothing."""

from collections.abc import Sequence
from datetime import UTC, datetime

from letmepost.kit.clock import wire_time
from letmepost.platform_kit.http import Answer, NoAnswerError
from letmepost.platform_kit.platform import AccountTask, Finding
from letmepost.platforms.linkedin.connect import (
    ROLES_QUERY,
    SCOPES,
    introspect,
    organizations_in,
    scopes_in,
)
from letmepost.platforms.linkedin.errors import FORBIDDEN, Asking, error_words, refusal
from letmepost.platforms.linkedin.rest import LinkedInClient


class LinkedInExaminer:
    """Whose token it is, what it may do, whether the pinned version is answered, and the pages."""

    async def examine(self, task: AccountTask) -> Sequence[Finding]:
        """Ask userinfo, the token server and the roles; what cannot be asked is said so."""
        client = LinkedInClient(task)
        findings = [await self._member(task, client)]
        findings += await self._token(task)
        findings += await self._roles(task, client)
        return findings

    async def _member(self, task: AccountTask, client: LinkedInClient) -> Finding:
        try:
            answer = await client.userinfo()
        except NoAnswerError as error:
            return _unasked("member", error)
        if not answer.ok:
            return _refused("member", answer, task)
        document = answer.document if isinstance(answer.document, dict) else {}
        urn = f"urn:li:person:{document.get('sub')}"
        own = task.account_details.get("authorUrn")
        return Finding(
            name="member",
            found=f"{document.get('name')}, {urn}",
            problem=None if urn == own else f"The account is {own}. Connect it again.",
        )

    async def _token(self, task: AccountTask) -> list[Finding]:
        token = task.session.credentials["accessToken"]
        try:
            answer = await introspect(token, task.settings, task.upstream)
        except NoAnswerError as error:
            return [_unasked("token", error)]
        if not answer.ok or not isinstance(answer.document, dict):
            return [_refused("token", answer, task)]
        document = answer.document
        active = document.get("active") is True
        ends = document.get("expires_at")
        until = wire_time(datetime.fromtimestamp(ends, UTC)) if isinstance(ends, int) else None
        state = str(document.get("status", "active" if active else "not active"))
        scopes = scopes_in(document.get("scope")) or ()
        missing = [each for each in SCOPES if each not in scopes]
        return [
            Finding(
                name="token",
                found=f"{state} until {until}" if until else state,
                problem=None if active else "Connect the account again.",
            ),
            Finding(
                name="scopes",
                found=", ".join(scopes) or "none",
                problem=f"Connect the account again; {', '.join(missing)} are missing."
                if missing
                else None,
            ),
        ]

    async def _roles(self, task: AccountTask, client: LinkedInClient) -> list[Finding]:
        """The roles need a version like any call, so one answer tells of both."""
        try:
            answer = await client.read("organizationAcls", ROLES_QUERY, finder=True)
        except NoAnswerError as error:
            return [_unasked("api version", error)]
        version = task.settings.version
        if not answer.ok and answer.status != FORBIDDEN:
            return [_refused("api version", answer, task)]
        findings = [Finding(name="api version", found=f"{version} is answered")]
        if answer.ok:
            pages = [f"{each['urn']} ({each['role']})" for each in organizations_in(answer)]
            findings.append(Finding(name="organizations", found=", ".join(pages) or "none"))
        return findings


def _unasked(name: str, error: NoAnswerError) -> Finding:
    return Finding(
        name=name, found="LinkedIn did not answer", problem=f"Try again later: {error.reason}."
    )


def _refused(name: str, answer: Answer, task: AccountTask) -> Finding:
    error = refusal(answer, Asking.of(task)).error
    return Finding(name=name, found=error_words(answer), problem=error.remediation or error.message)
