"""Writing a post: accounts, texts, files and a time, checked by the API while it is written."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from starlette.responses import Response

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.dashboard.compose_draft import ComposeDraft, Own
from letmepost.dashboard.option_fields import option_fields
from letmepost.dashboard.visit import CallFailedError, Visit, document_of
from letmepost.dashboard.zone import zone_of
from letmepost.platforms import platforms
from letmepost.tenancy.keys import Scope
from letmepost.tenancy.rest import RestRequest

_AT_CHARACTERS: Final = 16
_RECENT_FILES: Final = "12"
# A post that takes longer goes on by itself, and its page shows how.
_WAIT: Final = "wait=10"
_REFUSED: Final = frozenset({400, 403, 404, 409, 413})
_KEY_IN_USE: Final = ErrorCode.IDEMPOTENCY_CONFLICT.value


async def show(visit: Visit) -> Response:
    """The empty page, with one account picked where there is one; or a draft that is kept."""
    visit.need(Scope.POSTS_WRITE)
    if saved := visit.query.get("draft"):
        return await _page(visit, await _kept(visit, saved))
    accounts = await _accounts(visit)
    picked = list(accounts) if len(accounts) == 1 else ()
    at, zone = visit.query.get("at", "")[:_AT_CHARACTERS], zone_of(visit).key
    return await _page(visit, ComposeDraft.new(picked, at, zone if at else ""))


async def check(visit: Visit) -> Response:
    """What the rules say of the draft as it stands: the part of the page that changes."""
    draft = ComposeDraft.of(visit.form)
    accounts = await _accounts(visit)
    targets = await _checked(visit, draft, accounts)
    return await visit.page("compose_checked.html", draft=draft, accounts=accounts, targets=targets)


async def change(visit: Visit) -> Response:
    """What one of the page's buttons does: attach, fix, continue, keep as a draft, or publish."""
    draft = ComposeDraft.of(visit.form)
    act, _, what = visit.form.get("do").partition(" ")
    if act == "publish":
        return await _publish(visit, draft)
    if act == "save":
        return await _save(visit, draft)
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


async def _kept(visit: Visit, saved: str) -> ComposeDraft:
    """A draft that the API keeps, as this page holds it."""
    batch = await visit.get(f"/v1/batches/{quote(saved, safe='')}")
    posts = [await visit.get(f"/v1/posts/{each['postId']}") for each in batch["results"]]
    draft = ComposeDraft.of_posts(batch["id"], posts)
    if draft is None:
        raise LetmepostError(
            code=ErrorCode.VALIDATION_FAILED,
            message="This draft holds what this page has no field for.",
            remediation="Change it with PATCH /v1/posts/<id>, or publish it as it is on its page.",
        )
    return draft


async def _save(visit: Visit, draft: ComposeDraft) -> Response:
    """Keep the draft by the API, in place of the one that it keeps already."""
    try:
        batch = await _keep(visit, draft, await _accounts(visit))
    except CallFailedError as failure:
        visit.refused(failure)
        return await _page(visit, _after_refusal(draft, failure))
    visit.notice = "The draft is kept. It is among the posts, and goes out when it is published."
    if draft.is_later or draft.in_slot:
        visit.notice += " The time that you chose is not kept: choose one when you publish it."
    return await _page(visit, draft.kept_as(batch["id"]))


async def _keep(visit: Visit, draft: ComposeDraft, accounts: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
    body = {"status": "draft", **draft.body(_platform_of(accounts))}
    place = f"/v1/batches/{quote(draft.saved, safe='')}"
    method, path = ("PUT", place) if draft.saved else ("POST", "/v1/posts")
    request = RestRequest(method=method, path=path, body=body, idempotency_key=draft.key)
    return document_of(await visit.answer(request))


def _after_refusal(draft: ComposeDraft, failure: CallFailedError) -> ComposeDraft:
    """The draft under the key of what is sent next.

    Refused for good, nothing was stored: what is changed now is another request. Otherwise the
    first one may still publish, so that the next press must be the same request.
    """
    is_final = failure.status in _REFUSED and failure.error["code"] != _KEY_IN_USE
    return draft.renewed() if is_final else draft


async def _publish(visit: Visit, draft: ComposeDraft) -> Response:
    accounts = await _accounts(visit)
    try:
        time = draft.time()
        if draft.saved:
            batch = await _keep(visit, draft, accounts)
            path, body = f"/v1/batches/{batch['id']}/publish", dict(time)
        else:
            path, body = "/v1/posts", {**draft.body(_platform_of(accounts)), **time}
        request = RestRequest(
            method="POST", path=path, body=body, idempotency_key=draft.key, prefer=_WAIT
        )
        batch = document_of(await visit.answer(request))
    except CallFailedError as failure:
        visit.refused(failure)
        return await _page(visit, _after_refusal(draft, failure))
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
        time = draft.time() if draft.at or draft.in_slot else {}
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
