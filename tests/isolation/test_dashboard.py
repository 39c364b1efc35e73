"""No page of the dashboard tells or changes anything of another organization."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import Connection
from starlette.routing import Route

from letmepost import dashboard
from letmepost.kit.ids import new_id
from letmepost.tenancy import members, sessions
from letmepost.tenancy.audit import SYSTEM
from letmepost.tenancy.sessions import Visitor
from tests.dashboard.browser import Browser, Shown
from tests.isolation.conftest import Isolation
from tests.isolation.victim import contents, nobodys

pytestmark = pytest.mark.asyncio(loop_scope="session")

Fields = Mapping[str, str]
_NOT_FOUND = 404
# The forms of each address that name something: by the button, the fields beside it.
FORMS: Mapping[str, Mapping[str, Fields]] = {
    "/dashboard/accounts": {
        act: {"id": "acc"} for act in ("check", "pause", "resume", "refresh", "disconnect")
    },
    "/dashboard/compose": {
        "publish": {"account": "acc", "text": "text"},
        "fix text": {"account": "acc", "text": "text"},
    },
    "/dashboard/compose/check": {"": {"account": "acc", "text": "text"}},
    "/dashboard/keys": {
        "mint": {"name": "text", "prefix": "lmp_test_", "profile": "prof"},
        "revoke": {"id": "key"},
    },
    "/dashboard/media": {"delete": {"id": "med"}},
    "/dashboard/posts": {"cancel": {"post": "post"}, "retry": {"post": "post"}},
    "/dashboard/posts/{id}": {"cancel": {}, "retry": {}, "delete": {}},
    "/dashboard/profile": {"": {"profile": "prof"}},
    "/dashboard/profiles": {"rename": {"id": "prof", "name": "text"}, "delete": {"id": "prof"}},
    "/dashboard/settings": {
        "end-session": {"id": "ses"},
        "withdraw": {"id": "inv"},
        "role": {"id": "mem", "role": "viewer"},
        "remove": {"id": "mem"},
    },
    "/dashboard/webhooks/{id}": {
        "delete": {},
        "test": {"type": "post.published"},
        "pause": {},
        "resume": {},
        "rotate": {},
        "redeliver": {"delivery": "whd"},
    },
}
# Buttons that name nothing but what they make, or what is the visitor's own.
NAMES_NOTHING = {
    "accounts": {"link"},
    "media": {"uploaded"},
    "profiles": {"create"},
    "settings": {"password", "end-other-sessions", "invite"},
}
# Forms without anything of an organization in them.
_WAYS_IN = {
    f"/dashboard/{each}"
    for each in ("sign-in", "sign-up", "sign-out", "invite/{token}", "reset/{token}")
}
_MAKES = {
    "/dashboard/accounts/connect/{platform}", "/dashboard/media/upload", "/dashboard/webhooks",
}  # fmt: skip
_ID_OF = {"/dashboard/posts/{id}": "post", "/dashboard/webhooks/{id}": "whe"}
# Acts on a whole list, or shows a draft: what was refused is told on the page.
_TOLD_BESIDE = {
    ("/dashboard/posts", "cancel"),
    ("/dashboard/posts", "retry"),
    ("/dashboard/profile", ""),
    ("/dashboard/compose", "fix text"),
    ("/dashboard/compose/check", ""),
}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stranger(isolation: Isolation) -> Browser:
    """The browser of an owner of another organization."""
    state = isolation.server.service.state
    now = state.clock.now()

    def come(connection: Connection) -> str:
        email = f"{new_id('x')}@elsewhere.example"
        member_id = members.sign_up(
            connection, "open", email=email, password_hash="", by=SYSTEM, now=now
        )
        return sessions.begin(connection, member_id, Visitor("", ""), now)

    token = await state.database.write(come)
    return Browser(isolation.server.http, isolation.server.url, {"lmp_session": token})


def _routes(isolation: Isolation, method: str) -> Iterator[str]:
    app: Any = isolation.server.service.app
    for route in app._app.routes:
        is_ours = isinstance(route, Route) and route.path.startswith("/dashboard")
        if is_ours and method in (route.methods or ()):
            yield route.path


def _told(isolation: Isolation, shown: Shown, asked: str) -> list[str]:
    """What a page tells that its visitor must not learn; what was asked may be repeated."""
    return [each for each in isolation.victim.untold if each in shown.html and each not in asked]


async def test_pages_show_nothing_of_another_organization(
    isolation: Isolation, stranger: Browser
) -> None:
    ids = isolation.victim.ids
    before = await contents(isolation.server)
    for path in _routes(isolation, "GET"):
        if path in _ID_OF:
            address = path.format(id=ids[_ID_OF[path]])
            shown = await stranger.call("GET", address)
            assert shown.status == _NOT_FOUND, path
            assert _told(isolation, shown, address) == []
        elif "{" not in path and path not in _WAYS_IN:
            shown = await stranger.call("GET", path)
            assert shown.status == 200, (path, shown.text)
            assert _told(isolation, shown, "") == [], path
    assert await contents(isolation.server) == before


async def test_forms_change_nothing_of_another_organization(
    isolation: Isolation, stranger: Browser
) -> None:
    page = await stranger.open("/dashboard/settings")
    ids, nobody = isolation.victim.ids, nobodys(isolation.victim.ids)
    for path, acts in FORMS.items():
        for act, fields in acts.items():
            before = await contents(isolation.server)
            seen = []
            for named in (ids, nobody):
                form = {name: named.get(each, each) for name, each in fields.items()}
                address = path.format(id=named[_ID_OF[path]]) if path in _ID_OF else path
                shown = await stranger.send(page, address, do=act, fields=[*form.items()])
                asked = f"{address} {form}"
                assert _told(isolation, shown, asked) == [], (path, act)
                seen.append(shown.status)
            assert seen[0] == seen[1], (path, act, seen)
            if (path, act) not in _TOLD_BESIDE:
                assert seen[0] in (400, _NOT_FOUND), (path, act, shown.text)
            assert await contents(isolation.server) == before, (path, act)


async def test_every_form_is_tried(isolation: Isolation) -> None:
    assert {*_routes(isolation, "POST")} == {*FORMS, *_WAYS_IN, *_MAKES}
    for each in iter_modules(dashboard.__path__):
        acts = getattr(import_module(f"letmepost.dashboard.{each.name}"), "_ACTS", None)
        if acts is not None:
            tried = {
                act
                for path, forms in FORMS.items()
                if path.split("/")[2] == each.name
                for act in forms
            }
            untried = {*acts} - tried - NAMES_NOTHING.get(each.name, set())
            assert untried == set(), "Say in FORMS how a stranger would press it."
