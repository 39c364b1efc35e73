"""API keys: made once and shown once, listed, and revoked."""

from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from letmepost.dashboard.visit import Acts, Visit
from letmepost.tenancy.keys import LIVE, TEST, Scope


async def show(visit: Visit) -> Response:
    """The page; a key that was just made is shown once."""
    keys: list[dict[str, Any]] = []
    if visit.may(Scope.KEYS_WRITE):
        keys = (await visit.get("/v1/api-keys", [("limit", "200")]))["data"]
    return await visit.page(
        "keys.html",
        keys=[each for each in keys if each["revokedAt"] is None],
        revoked=[each for each in keys if each["revokedAt"] is not None],
        scopes=list(Scope),
        prefixes=(LIVE, TEST),
        made_key=visit.secret,
    )


async def change(visit: Visit) -> Response:
    """What one of the page's buttons does."""
    await visit.perform(_ACTS)
    return await show(visit)


async def _mint(visit: Visit) -> None:
    form = visit.form
    body: dict[str, Any] = {
        "name": form.get("name"),
        "prefix": form.get("prefix"),
        "scopes": form.every("scope"),
    }
    if form.get("profile"):
        body["profileId"] = form.get("profile")
    made = await visit.do("POST", "/v1/api-keys", body)
    visit.secret = made["key"]
    shown_once = "The key is made. It is shown here once: copy it to where it is used."
    visit.notice = f"{shown_once} {made.get('notice', '')}".strip()


async def _revoke(visit: Visit) -> None:
    await visit.do("DELETE", f"/v1/api-keys/{quote(visit.form.get('id'), safe='')}")
    visit.notice = "The key is revoked. It stops working within a second."


_ACTS: Acts = {"mint": _mint, "revoke": _revoke}
