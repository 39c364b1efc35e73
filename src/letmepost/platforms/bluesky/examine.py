"""Look an account over: whose session it is, what it may do, and what is left of its quotas."""

from collections.abc import Sequence
from typing import Any

from letmepost.platform_kit.http import Answer, NoAnswerError
from letmepost.platform_kit.platform import AccountTask, Finding
from letmepost.platforms.bluesky.errors import error_words, refusal
from letmepost.platforms.bluesky.video import has_video_service, upload_limits
from letmepost.platforms.bluesky.xrpc import AccountClient, RefusedError, claims, method_url

SESSION = "com.atproto.server.getSession"
DESCRIBE = "com.atproto.server.describeServer"
# What a session must be allowed to write posts: that of an app password, or of the account's own.
WRITING_SCOPES = ("com.atproto.appPass", "com.atproto.appPassPrivileged", "com.atproto.access")


class BlueskyExaminer:
    """Asks the account's own server, and the video service for what is left of the day."""

    async def examine(self, task: AccountTask) -> Sequence[Finding]:
        """Report the account, the scope, the e-mail address, the server and the quotas."""
        client = AccountClient(task)
        try:
            answer = await client.query(SESSION, {})
        except NoAnswerError as error:
            return [_unasked("account", error)]
        if not answer.ok or not isinstance(answer.document, dict):
            refused = refusal(answer, task.now).error
            problem = refused.remediation or "Try again in a few minutes."
            return [Finding(name="account", found=refused.message, problem=problem)]
        findings = [_account(task, answer.document), _scope(task), _email(answer.document)]
        findings += _requests_left(answer)
        findings.append(await _server(task, client))
        if has_video_service(task):
            findings.append(await _videos(task, client))
        return findings


def _account(task: AccountTask, session: dict[str, Any]) -> Finding:
    problem = None
    if session.get("did") != task.account_details["did"]:
        problem = "This is another account. Connect it again."
    elif session.get("active") is False:
        problem = f"The account is {session.get('status', 'not active')}; see to it in Bluesky."
    return Finding(
        name="account", found=f"{session.get('handle')} ({session.get('did')})", problem=problem
    )


def _scope(task: AccountTask) -> Finding:
    scope = claims(task.session.credentials["accessJwt"]).get("scope")
    if not isinstance(scope, str):
        return Finding(name="scopes", found="not told by this server")
    problem = None
    if scope not in WRITING_SCOPES:
        problem = "Posts need an app password. Make one in Bluesky and connect the account again."
    return Finding(name="scopes", found=scope, problem=problem)


def _email(session: dict[str, Any]) -> Finding:
    if session.get("emailConfirmed"):
        return Finding(name="e-mail", found="confirmed")
    return Finding(
        name="e-mail",
        found="not confirmed",
        problem="Confirm the address in Bluesky's settings: videos are refused until then.",
    )


def _requests_left(answer: Answer) -> list[Finding]:
    left, of = (answer.headers.get(f"RateLimit-{each}") for each in ("Remaining", "Limit"))
    if left is None or of is None:
        return []
    problem = "Wait some minutes before anything else is sent." if left == "0" else None
    return [Finding(name="requests left", found=f"{left} of {of}", problem=problem)]


async def _server(task: AccountTask, client: AccountClient) -> Finding:
    try:
        described = await client.query(DESCRIBE, {})
        health = await task.upstream.request("GET", method_url(client.server, "_health"))
    except NoAnswerError as error:
        return _unasked("server", error)
    document = described.document if isinstance(described.document, dict) else {}
    state = health.document if isinstance(health.document, dict) else {}
    facts = [client.server]
    if isinstance(version := state.get("version"), str):
        facts.append(f"version {version}")
    if isinstance(limit := document.get("blobUploadLimit"), int):
        facts.append(f"files up to {limit:,} bytes")
    return Finding(name="server", found=", ".join(facts))


async def _videos(task: AccountTask, client: AccountClient) -> Finding:
    name = "videos left today"
    try:
        answer = await upload_limits(task, client)
    except NoAnswerError as error:
        return _unasked(name, error)
    except RefusedError as error:
        return Finding(name=name, found="unknown", problem=error.outcome.error.message)
    limits = answer.document if isinstance(answer.document, dict) else {}
    if not answer.ok:
        return Finding(name=name, found="unknown", problem=error_words(answer))
    if limits.get("canUpload") is False:
        reason = str(limits.get("message") or limits.get("error") or "no reason is given")
        return Finding(name=name, found="none", problem=f"Videos wait until tomorrow: {reason}.")
    count, size = limits.get("remainingDailyVideos"), limits.get("remainingDailyBytes")
    found = [f"{count}" if isinstance(count, int) else "some"]
    if isinstance(size, int):
        found.append(f"{size:,} bytes")
    return Finding(name=name, found=", ".join(found))


def _unasked(name: str, error: NoAnswerError) -> Finding:
    problem = "Look at the server's address and the way to it, then try again."
    return Finding(name=name, found=f"no answer: {error.reason}", problem=problem)
