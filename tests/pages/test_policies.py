"""Whatever is a page of HTML has a policy under which nothing inline runs, and nothing inline."""

import re
from collections.abc import Mapping

import pytest
from starlette.routing import Route

from letmepost.accounts.links import ConnectLinks
from letmepost.dashboard.visit import Visit
from tests.dashboard.browser import Browser, Shown
from tests.pages.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Fetches of these fall back to `default-src`, and these do not.
OWN_WORD = ("base-uri", "form-action", "frame-ancestors")
INLINE = re.compile(r"<style|<script(?![^>]*\ssrc=)|\sstyle=|\son[a-z]+=|javascript:")
HTML = ("/docs", "/dashboard", "/connect/", "/oauth/authorize", "/data-deletion/status")


def policy_of(shown: Shown) -> Mapping[str, list[str]]:
    """Its directives with their sources."""
    header = shown.headers.get("Content-Security-Policy", "")
    directives = [each.split() for each in header.split(";") if each.strip()]
    return {name: sources for name, *sources in directives}


def hold_to_its_policy(shown: Shown) -> None:
    policy = policy_of(shown)
    assert policy.get("default-src") == ["'none'"], shown.url
    for name in OWN_WORD:
        assert name in policy, f"{shown.url}: {name}"
    for name, sources in policy.items():
        for source in sources:
            assert "unsafe" not in source, f"{shown.url}: {name}"
            assert source not in ("*", "http:", "https:"), f"{shown.url}: {name}"
    assert not INLINE.search(shown.html), shown.url
    assert shown.headers.get("X-Content-Type-Options") == "nosniff", shown.url


@pytest.mark.parametrize("name", ["owner", "viewer", "stranger"])
async def test_every_page_is_strict(stage: Stage, name: str) -> None:
    stranger = Browser(stage.server.http, stage.server.url)
    person: Browser = getattr(stage, name, stranger)
    seen: set[str] = set()
    for each in stage.addresses():
        shown = await person.open(each.path)
        if shown.is_html:
            hold_to_its_policy(shown)
            seen.add(each.route)
    for prefix in HTML:
        assert any(each.startswith(prefix) for each in seen), prefix


async def test_what_a_form_without_proof_is_answered_is_strict(stage: Stage) -> None:
    """Every address that takes a form, sent by a page of somebody else."""
    forms = 0
    for route in stage.server.service.app._app.routes:  # type: ignore[attr-defined]
        if not isinstance(route, Route) or "POST" not in (route.methods or ()):
            continue
        path = re.sub(r"{[^}]+}", "nothing", route.path)
        if path == "/dashboard/sign-out" or path.startswith("/v1/"):
            continue
        headers = {"Origin": "https://evil.example"}
        shown = await stage.owner.call("POST", path, data={"do": "delete"}, headers=headers)
        if shown.is_html:
            assert shown.status >= 400, path
            hold_to_its_policy(shown)
            forms += 1
    assert forms > 10


async def test_a_page_that_breaks_is_strict(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def breaks(*_: object, **__: object) -> None:
        raise RuntimeError("The database is gone.")

    monkeypatch.setattr(Visit, "get", breaks)
    monkeypatch.setattr(ConnectLinks, "find", breaks)
    for path in ("/dashboard/posts", "/connect/nothing"):
        shown = await stage.owner.call("GET", path)
        assert (shown.status, shown.is_html) == (500, True), path
        hold_to_its_policy(shown)
