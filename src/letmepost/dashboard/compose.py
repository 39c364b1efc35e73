"""Writing a post: accounts, texts, files and a time, checked by the API while it is written."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response

from letmepost.content.errors import LetmepostError
from letmepost.dashboard.compose_draft import ComposeDraft, Own
from letmepost.dashboard.option_fields import option_fields
from letmepost.dashboard.visit import CallFailedError, Visit, document_of
from letmepost.platforms import platforms
from letmepost.tenancy.keys import Scope
from letmepost.tenancy.rest import RestRequest

_RECENT_FILES: Final = "12"
# A post that takes longer goes on by itself, and its page shows how.
_WAIT: Final = "wait=10"
_REFUSED: Final = frozenset({400, 403, 404, 413})


async def show(visit: Visit) -> Response:
    """The empty page; with one account, that one is picked."""
    visit.need(Scope.POSTS_WRITE)
    accounts = await _accounts(visit)
    return await _page(visit, ComposeDraft.new(list(accounts) if len(accounts) == 1 else ()))


async def check(visit: Visit) -> Response:
    """What the rules say of the draft as it stands: the part of the page that changes."""
    draft = ComposeDraft.of(visit.form)
    accounts = await _accounts(visit)
    targets = await _checked(visit, draft, accounts)
    return await visit.page("compose_checked.html", draft=draft, accounts=accounts, targets=targets)


async def change(visit: Visit) -> Response:
    """What one of the page's buttons does: attach, fix, continue, or publish."""
    draft = ComposeDraft.of(visit.form)
    act, _, what = visit.form.get("do").partition(" ")
    if act == "publish":
        return await _publish(visit, draft)
    if act == "uploaded":
        draft = draft.attach(visit.form.get("uploaded").split())
    elif act == "add":
        draft = draft.attach([what])
    elif act == "remove":
        draft = draft.without(what)
    elif act == "continue":
        own = draft.own.get(what, Own())
        draft = draft.with_own(what, Own(own.text, (*own.thread, ""), own.options))
    elif act == "fix":
        draft = await _fixed(visit, draft, what)
    return await _page(visit, draft)


async def _fixed(visit: Visit, draft: ComposeDraft, what: str) -> ComposeDraft:
    """The draft with a fix applied: the API is asked anew, so what is applied fits what is there.

    `what` is the account and the kind of the fix.
    """
    account, _, kind = what.partition(" ")
    accounts = await _accounts(visit)
    for target in await _checked(visit, draft, accounts):
        for fix in target["fixes"] if target["accountId"] == account else ():
            if fix["kind"] == kind:
                visit.notice = fix["description"]
                return _apply(draft, account, platforms()[target["platform"]].threads_field, fix)
    return draft


def _apply(
    draft: ComposeDraft, account: str, threads_field: str | None, fix: Mapping[str, Any]
) -> ComposeDraft:
    own, value, field = draft.own.get(account, Own()), fix["value"], fix["field"]
    if isinstance(value, dict) and value.get("fit") == "auto":
        return draft.fitting()
    if field == "text" and isinstance(value, dict):
        thread = tuple(each["text"] for each in value.get(threads_field or "", ()))
        return draft.with_own(account, Own(value["text"], thread, own.options))
    if field == "text" and draft.accounts == (account,) and not own.text:
        # Nobody else gets the text, so it needs no other of its own.
        return draft.saying(value)
    if field == "text":
        return draft.with_own(account, Own(value, own.thread, own.options))
    if field == "firstComment.text":
        return draft.commenting(value)
    return draft.describing(field, value)


async def _publish(visit: Visit, draft: ComposeDraft) -> Response:
    accounts = await _accounts(visit)
    try:
        body = {**draft.body(_platform_of(accounts)), **draft.time()}
        request = RestRequest(
            method="POST", path="/v1/posts", body=body, idempotency_key=draft.key, prefer=_WAIT
        )
        batch = document_of(await visit.answer(request))
    except CallFailedError as failure:
        visit.refused(failure)
        # Refused for good, nothing was stored: what is changed now is another request. Otherwise
        # the first one may still publish, so that the next press must be the same request.
        return await _page(visit, draft.renewed() if failure.status in _REFUSED else draft)
    except LetmepostError as error:
        visit.status, told = visit.dashboard.describe(error, visit.request_id)
        visit.problem = told["error"]
        return await _page(visit, draft)
    return await visit.page("sent.html", batch=batch, accounts=accounts)


async def _page(visit: Visit, draft: ComposeDraft) -> Response:
    accounts = await _accounts(visit)
    files = await visit.get("/v1/media", [*visit.of_profile, ("limit", _RECENT_FILES)])
    targets = await _checked(visit, draft, accounts)
    attached = {each.id for each in draft.media}
    return await visit.page(
        "compose.html",
        draft=draft,
        accounts=accounts,
        targets=targets,
        files=[each for each in files["data"] if each["id"] not in attached],
        option_fields=option_fields,
        takes_comment=any(
            platforms()[each["platform"]].takes_first_comment for each in accounts.values()
        ),
    )


async def _accounts(visit: Visit) -> dict[str, Any]:
    """The accounts of the chosen profile, by id."""
    found = await visit.get("/v1/accounts", visit.of_profile)
    return {each["id"]: each for each in found["data"]}


def _platform_of(accounts: Mapping[str, Any]) -> dict[str, str]:
    return {each["id"]: each["platform"] for each in accounts.values()}


async def _checked(
    visit: Visit, draft: ComposeDraft, accounts: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """What the API says of each target; a draft that has no shape yet is told as a problem."""
    if not draft.accounts or draft.is_empty:
        return []
    try:
        # A date that is still to be chosen is no mistake yet.
        time = draft.time() if draft.at else {}
        body = {**draft.body(_platform_of(accounts)), **time}
        found = await visit.do("POST", "/v1/posts/validate", body)
    except CallFailedError as failure:
        visit.problem = visit.problem or failure.error
        return []
    except LetmepostError as error:
        visit.problem = (
            visit.problem or visit.dashboard.describe(error, visit.request_id)[1]["error"]
        )
        return []
    return [{**each, "lengths": _tightest(each["lengths"])} for each in found["targets"]]


def _tightest(lengths: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of several limits in one unit, the one that is met first."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for each in lengths:
        place = each["field"], each["unit"]
        if place not in found or each["limit"] < found[place]["limit"]:
            found[place] = each
    return list(found.values())
