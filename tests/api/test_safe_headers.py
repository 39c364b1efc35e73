"""Every address answers with headers that keep browsers from being used against its visitors."""

import re
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from starlette.routing import Route

from letmepost.kit.ids import new_id
from letmepost.tenancy import invites, sessions
from letmepost.tenancy.audit import SYSTEM
from letmepost.tenancy.members import Member, Role
from letmepost.tenancy.sessions import Visitor
from tests.api.server import ON_ONE_DATABASE, Server, running_server

pytestmark = pytest.mark.asyncio(loop_scope="session")

_PLACE = re.compile(r"{(\w+)(?::\w+)?}")


def _addresses(server: Server) -> set[tuple[str, str]]:
    """A request for each route, and some for which there is none."""
    app: Any = server.service.app
    found = {("GET", "/nothing"), ("DELETE", "/docs"), ("GET", "/v1/posts/%2f"), ("GET", "/x?%00")}
    for route in app._app.routes:
        if isinstance(route, Route):
            path = _PLACE.sub("none", route.path)
            found |= {(each, path) for each in route.methods or {"POST"}}
    return found


async def _heads(server: Server) -> dict[tuple[str, str], Any]:
    found = {}
    for method, path in sorted(_addresses(server)):
        async with server.http.request(
            method,
            f"{server.url}{path}",
            allow_redirects=False,
            data=b"" if method != "GET" else None,
        ) as answer:
            found[method, path] = answer.headers.copy()
            assert answer.status < 500, (method, path)
    return found


@ON_ONE_DATABASE
async def test_every_answer_has_safe_headers(server: Server) -> None:
    heads = await _heads(server)
    assert len(heads) > 100
    for where, headers in heads.items():
        for name in (
            "X-Content-Type-Options",
            "Content-Security-Policy",
            "Referrer-Policy",
            "Cross-Origin-Opener-Policy",
        ):
            assert len(headers.getall(name, [])) == 1, (where, name)
        assert headers["X-Content-Type-Options"] == "nosniff", where
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src "), where
        scripts = re.search(r"script-src ([^;]*)", policy)
        assert not scripts or scripts[1] == "'self'", where
        assert not any(each in policy.replace("data: blob:", "") for each in ("unsafe-eval", "*"))
        if "text/html" in headers.get("Content-Type", ""):
            assert "frame-ancestors 'none'" in policy, where
        assert "Server" not in headers, where
        # Of a server without TLS, browsers must not ask for it.
        assert "Strict-Transport-Security" not in headers, where
        if "Set-Cookie" in headers:
            for cookie in headers.getall("Set-Cookie"):
                assert "HttpOnly" in cookie, where
                assert re.search(r"SameSite=(lax|strict)", cookie, re.IGNORECASE) or (
                    "Max-Age=0" in cookie
                ), where


async def test_with_tls_browsers_keep_to_it(sqlite_copy: str, tmp_path: Path) -> None:
    settings = {"LETMEPOST_PUBLIC_URL": "https://posts.example"}
    async with running_server(tmp_path, sqlite_copy, settings=settings) as server:
        for headers in (await _heads(server)).values():
            assert headers["Strict-Transport-Security"] == "max-age=63072000"


@ON_ONE_DATABASE
async def test_what_a_browser_sends_back_decides_no_header(server: Server) -> None:
    """Header injection: nothing of an address or a header comes back as a header of its own."""
    evil = "a%0d%0aX-Injected:%20yes"
    for path in (
        f"/docs/{evil}",
        f"/dashboard/{evil}",
        f"/dashboard/sign-in?next=/dashboard/{evil}",
        f"/connect/{evil}",
        f"/connect/ended?connected={evil}",
        f"/v1/posts/{evil}",
        f"/v1/accounts/oauth/{evil}/callback?state={evil}&error={evil}",
        f"/oauth/authorize?client_id={evil}&redirect_uri={evil}",
        f"/data-deletion/status?code={evil}",
    ):
        for accept in ("text/html", "application/json"):
            headers = {"Accept": accept, "X-Request-Id": "a\tb"}
            async with server.http.get(
                f"{server.url}{path}", headers=headers, allow_redirects=False
            ) as answer:
                assert "X-Injected" not in answer.headers, path
                assert answer.status < 500, path
                assert answer.headers["X-Request-Id"].startswith("req_")


_TEMPLATE = "{{ 7 * 191 }}${7*191}<% 7*191 %>#{7*191}{% raw %}"
_SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


@ON_ONE_DATABASE
async def test_what_callers_write_is_never_run_in_a_page(server: Server) -> None:
    """Template and script injection: names and texts are shown as they are, and escaped."""
    organization = await server.new_organization()
    client = await organization.client()
    made = await client.post("/v1/profiles", {"name": f"{_TEMPLATE[:40]} {_SCRIPT}"})
    assert made.status == 201
    account = await organization.connect(client)
    await client.publish({"targets": [{"accountId": account["id"]}], "text": _TEMPLATE + _SCRIPT})
    await client.post(
        "/v1/webhook-endpoints",
        {"url": "https://a.example/", "description": _TEMPLATE + _SCRIPT},
    )
    pages = await _signed_in(server, organization.id)
    for path in ("", "/posts", "/profiles", "/webhooks", "/audit-log", "/accounts", "/compose"):
        async with server.http.get(
            f"{server.url}/dashboard{path}", headers={"Cookie": pages}
        ) as answer:
            html = await answer.text()
            assert answer.status == 200, path
            assert "1337" not in html, path
            assert "<script>alert" not in html, path
            assert "<img src=x" not in html, path
    for path in (
        f"/connect/ended?connected={_SCRIPT}&connect_message={_TEMPLATE}",
        f"/docs/{_TEMPLATE.replace('/', '')}",
        f"/dashboard/sign-in?next={_SCRIPT}",
        f"/data-deletion/status?code={_SCRIPT}",
    ):
        headers = {"Accept": "text/html"}
        async with server.http.get(f"{server.url}{path}", headers=headers) as answer:
            html = await answer.text()
            assert "1337" not in html, path
            assert "<script>alert" not in html, path


async def _signed_in(server: Server, organization_id: str) -> str:
    """The cookie of an owner of an organization."""
    state = server.service.state
    now = state.clock.now()

    def come(connection: Any) -> str:
        owner = Member("mem_0", organization_id, "", "", Role.OWNER)
        token = invites.invite(
            connection, owner, role=Role.OWNER, note=_SCRIPT[:100], by=SYSTEM, now=now
        )
        member_id = invites.accept_invite(
            connection,
            token,
            email=f"{new_id('x')}@a.example",
            password_hash="",
            by=SYSTEM,
            now=now,
        )
        return sessions.begin(connection, member_id, Visitor("", _SCRIPT), now)

    return f"lmp_session={await state.database.write(come)}"


@ON_ONE_DATABASE
async def test_nothing_of_a_caller_becomes_a_header_of_ours_to_others(
    server: Server, listening: Any
) -> None:
    """Header injection in what this server sends: webhooks carry names in their bodies alone."""
    seen: list[Any] = []

    async def hear(request: web.Request) -> web.Response:
        seen.append(request.headers.copy())
        return web.Response()

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", hear)
    port = await listening(app)
    organization = await server.new_organization()
    client = await organization.client()
    line = "a\r\nX-Injected: yes"
    refused = [
        await client.post("/v1/webhook-endpoints", {"url": f"http://127.0.0.1:{port}/{line}"}),
        await client.post("/v1/media/fetch", {"url": f"http://127.0.0.1:{port}/{line}"}),
        await client.post(
            "/v1/accounts/connect/bluesky/complete",
            {"identifier": line, "appPassword": "abcd-efgh-ijkl-mnop"},
        ),
        await client.post(
            "/v1/accounts/connect/bluesky/complete",
            {
                "identifier": "a.test",
                "appPassword": "abcd-efgh-ijkl-mnop",
                "pdsUrl": f"http://127.0.0.1:{port}/{line}",
            },
        ),
    ]
    assert {each.status for each in refused} <= {400, 401, 404, 422, 503}
    assert [each for each in seen if "X-Injected" in each] == []
    upstream = await server.upstream()
    assert "X-Injected" not in str([each["headers"] for each in upstream])
    with pytest.raises((aiohttp.ClientError, ValueError)):
        await server.http.get(f"{server.url}/v1/posts", headers={"Authorization": line})
