"""The connected accounts: how they stand, and connecting, pausing and disconnecting them."""

from typing import Any, Final
from urllib.parse import quote

from starlette.responses import Response

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.dashboard.account_health import health_by_account
from letmepost.dashboard.account_lists import heading, lists_of
from letmepost.dashboard.visit import Acts, CallFailedError, Visit, go
from letmepost.platform_kit.platform import Platform
from letmepost.platforms import catalogue, platforms
from letmepost.tenancy.keys import Scope

_TEXT_FIELDS: Final = frozenset({"text", "url"})


async def show(visit: Visit, check: Any = None, link: str | None = None) -> Response:  # noqa: ANN401 - JSON
    """The page; after a visit to a consent page, the address says how that ended."""
    accounts = (await visit.get("/v1/accounts", visit.of_profile))["data"]
    health = await health_by_account(visit)
    _tell_return(visit)
    return await visit.page(
        "accounts.html",
        accounts=[(each, health.get(each["id"])) for each in accounts],
        connectable=[each for each in platforms().values() if each.connector is not None],
        lists_of=lists_of,
        heading_of=heading,
        check=check,
        link=link,
    )


async def change(visit: Visit) -> Response:
    """What one of the page's buttons does."""
    if visit.form.get("do") == "check":
        return await _check(visit)
    if visit.form.get("do") == "link":
        made = await visit.do("POST", "/v1/connect-links", dict(visit.of_profile))
        visit.notice = "The link is made. Whoever has it connects accounts here for a day."
        return await show(visit, link=made["url"])
    await visit.perform(_ACTS)
    return await show(visit)


async def show_connect(visit: Visit) -> Response:
    """How an account of a platform is connected: a form, or a way to the platform."""
    visit.need(Scope.ACCOUNTS_WRITE)
    platform = _platform(visit)
    return await _connect_page(visit, platform, {})


async def connect(visit: Visit) -> Response:
    """Connect by the form's fields, or go to the platform's consent page."""
    platform = _platform(visit)
    path = f"/v1/accounts/connect/{platform.name}"
    if platform.connect.kind == "oauth":
        back = f"{visit.dashboard.public_url}/dashboard/accounts"
        begun = await visit.do("POST", path, {**dict(visit.of_profile), "returnTo": back})
        address: str = begun["descriptor"]["authorizationUrl"]
        if visit.request.headers.get("hx-request") == "true":
            return go(visit.request, address)
        # A form's answer may lead nowhere but here, so without a script it is a link.
        return await visit.page("connect.html", platform=platform, form=None, address=address)
    typed = {name: value for name, value in visit.form.pairs if name != "form_token" and value}
    hidden = {each.name for each in platform.connect.fields if each.type not in _TEXT_FIELDS}
    try:
        account = await visit.do(
            "POST", f"{path}/complete", {**dict(visit.of_profile), **typed}, hidden=hidden
        )
    except CallFailedError as failure:
        visit.refused(failure)
        return await _connect_page(visit, platform, typed)
    visit.notice = f"{account['displayName'] or account['platformAccountId']} is connected."
    return await show(visit)


async def _connect_page(visit: Visit, platform: Platform, typed: dict[str, str]) -> Response:
    connector = platform.connect
    form = connector if connector.kind == "credentials" else None
    return await visit.page("connect.html", platform=platform, form=form, typed=typed, address=None)


def _platform(visit: Visit) -> Platform:
    platform = platforms().get(visit.request.path_params["platform"])
    if platform is None:
        raise LetmepostError(code=ErrorCode.NOT_FOUND, message="There is no such platform.")
    return platform


def _tell_return(visit: Visit) -> None:
    """Say how a visit to a consent page ended; of the address, nothing is shown as it is."""
    query = visit.query
    if visit.request.method != "GET":
        return
    platform = platforms().get(query.get("connected", ""))
    if platform is not None:
        visit.notice = f"{platform.title} is connected."
    elif "connect_error" in query:
        rule = catalogue().get(query.get("connect_rule", ""))
        docs = visit.dashboard.docs_url
        visit.problem = {
            "message": "Nothing was connected.",
            "remediation": "Begin again, and allow all that the platform's page asks for.",
            **({"rule": rule.id, "ruleUrl": f"{docs}/preflight/{rule.page}"} if rule else {}),
        }


async def _check(visit: Visit) -> Response:
    found = None
    try:
        found = await visit.get(f"/v1/accounts/{_id(visit)}/check")
    except CallFailedError as failure:
        visit.refused(failure)
    return await show(visit, check=found)


def _id(visit: Visit) -> str:
    return quote(visit.form.get("id"), safe="")


async def _pause(visit: Visit) -> None:
    await visit.do("POST", f"/v1/accounts/{_id(visit)}/pause")
    visit.notice = "The account is paused. Its posts are kept until it is resumed."


async def _resume(visit: Visit) -> None:
    resumed = await visit.do("POST", f"/v1/accounts/{_id(visit)}/resume")
    visit.notice = "The account is resumed, and what was due meanwhile goes out now."
    if resumed["slowUntil"]:
        visit.notice = (
            "The account is resumed. Its platform has asked for fewer calls, so its posts wait "
            "until the time that is shown here."
        )


async def _refresh(visit: Visit) -> None:
    await visit.do("POST", f"/v1/accounts/{_id(visit)}/refresh")
    visit.notice = "The token is renewed."


async def _disconnect(visit: Visit) -> None:
    gone = await visit.do("DELETE", f"/v1/accounts/{_id(visit)}")
    canceled = gone["canceledPosts"]
    left = gone["revocation"]["reason"]
    access = f"Its access was not revoked: {left}" if left else "Its access is revoked."
    visit.notice = (
        f"The account is disconnected; {canceled} queued posts were canceled with it. {access}"
    )


_ACTS: Acts = {
    "pause": _pause,
    "resume": _resume,
    "refresh": _refresh,
    "disconnect": _disconnect,
}
