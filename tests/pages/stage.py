"""A server with something on every page: who may sign in, and what stands for what in addresses."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import update
from starlette.routing import Route

from letmepost.posts.tables import publications
from letmepost.preflight.resource_rules import OUTCOME_UNKNOWN
from tests.api.server import Server
from tests.dashboard.browser import PASSWORD, Browser, Shown
from tests.dashboard.deeds import connected, consented, published
from tests.media.samples import image
from tests.oauth.browser import Program
from tests.platforms.running_server import eventually
from tests.server_process import multipart

# Whoever comes second begins an organization of their own, with nothing in it.
SETTINGS = {"LETMEPOST_SIGNUP": "open"}
LONG = (
    "Harbour-master's-notebook-of-the-northern-quays-and-their-bollards, and whatever else came in "
    "with the tide this morning. " * 2
)
_PARAMETER = re.compile(r"{(\w+)(?::\w+)?}")
_Addresses = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Address:
    """An address that answers GET, with the route that it is of and a name for its pictures."""

    route: str
    path: str
    name: str


@dataclass(frozen=True)
class Stage:
    """The server, its people, and by name the addresses that stand for a route."""

    server: Server
    owner: Browser
    viewer: Browser
    # The owner and a viewer of an organization in which nothing is.
    newcomer: Browser
    onlooker: Browser
    stands_for: _Addresses

    def addresses(self) -> Iterator[Address]:
        """Every address that answers GET, by the routes of the application itself."""
        for route in routes(self.server):
            stem = re.sub(r"[^a-z]+", "-", route.replace("{path:path}", "page").lower()).strip("-")
            filled = {"": _PARAMETER.sub("nothing", route)}
            for word, path in self.stands_for.get(route, filled).items():
                yield Address(route, path, "-".join(filter(None, (stem or "root", word))))


def routes(server: Server) -> list[str]:
    """The paths of all routes that answer GET, each once."""
    found = [
        each.path
        for each in server.service.app._app.routes  # type: ignore[attr-defined]
        if isinstance(each, Route) and "GET" in (each.methods or ())
    ]
    return list(dict.fromkeys(found))


async def prepared(server: Server) -> Stage:
    """Sign up and connect, publish, schedule and fail, until no page is empty."""
    owner = await Browser(server.http, server.url).signed_up()
    viewer = await Browser(server.http, server.url).joined(owner, "viewer", "viewer@example.com")
    newcomer = Browser(server.http, server.url)
    welcome = await newcomer.open("/dashboard/sign-up")
    await newcomer.press(welcome, email="newcomer@example.com", password=PASSWORD)
    onlooker = Browser(server.http, server.url)
    await onlooker.joined(newcomer, "viewer", "onlooker@example.com")
    await connected(server, owner)
    await owner.press(await owner.open("/dashboard/profiles"), do="create", name="Harbour Books")
    await _file(owner)
    await _key(owner)
    stands_for = {**await _of_dashboard(server, owner), **await _of_others(server, owner)}
    return Stage(server, owner, viewer, newcomer, onlooker, stands_for)


async def _of_dashboard(server: Server, owner: Browser) -> _Addresses:
    webhook = await _webhook(server, owner)
    posts = await _posts(server, owner)
    # Where one account is connected, it is picked; where there are two, somebody has to.
    await consented(owner, "twitter")

    async def delivered() -> bool:
        return "answered 405" in (await owner.open(webhook)).text

    await eventually(delivered)
    connect = "/dashboard/accounts/connect"
    return {
        "/dashboard/posts": {
            "": "/dashboard/posts",
            "none-found": "/dashboard/posts?q=nothing+like+it",
        },
        "/dashboard/posts/{id}": {**posts, "missing": "/dashboard/posts/post_nothing"},
        "/dashboard/accounts": {
            "": "/dashboard/accounts",
            "back": "/dashboard/accounts?connected=twitter",
            "back-in-vain": "/dashboard/accounts?connect_error=x&connect_rule=connect.denied",
        },
        "/dashboard/accounts/connect/{platform}": {
            "form": f"{connect}/bluesky",
            "consent": f"{connect}/twitter",
            "missing": f"{connect}/nothing",
        },
        "/dashboard/webhooks/{id}": {"": webhook, "missing": "/dashboard/webhooks/whe_nothing"},
        "/dashboard/invite/{token}": {
            "": await owner.invite_link("member"),
            "expired": "/dashboard/invite/nothing",
        },
    }


async def _of_others(server: Server, owner: Browser) -> _Addresses:
    accounts = await owner.open("/dashboard/accounts")
    link = _found(await owner.press(accounts, do="link"), r"<code>([^<]*/connect/[^<]+)</code>")
    program = await Program(server.http, server.url).registered()
    return {
        "/connect/{token}": {
            "": link,
            "denied": f"{link}?connect_error=x",
            "expired": "/connect/x",
        },
        "/connect/{token}/{platform}": {"form": f"{link}/bluesky", "missing": f"{link}/nothing"},
        "/connect/ended": {
            "well": "/connect/ended?connected=bluesky",
            "badly": "/connect/ended?connect_error=x",
        },
        "/oauth/authorize": {
            "": program.asking(scope="read publish"),
            "broken": "/oauth/authorize?client_id=nothing",
        },
        "/data-deletion/status": {"unknown": "/data-deletion/status?code=nothing"},
        # One of each kind; that all of them are served and strict is tested with the docs.
        "/docs/{path:path}": {
            "quickstart": "/docs/quickstart",
            "guide": "/docs/guides/schedule-post",
            "operation": "/docs/api-reference/posts/create-post",
            "rule": "/docs/preflight/bluesky-text-max_graphemes",
            "event": "/docs/events/post-published",
        },
    }


async def _posts(server: Server, owner: Browser) -> dict[str, str]:
    """Pages of posts: out, waiting for their time, refused, and perhaps out."""
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    later = {"when": "later", "at": f"{tomorrow:%Y-%m-%dT%H:%M}", "zone": "UTC"}
    pages = [await published(owner, LONG), await published(owner, "For tomorrow", **later)]
    for text in ("Refused by the platform", "Perhaps out"):
        await server.fault(
            "status", status=400, route="createRecord", body={"error": "InvalidRecord"}
        )
        pages.append(await published(owner, text))
    # As after a day without any answer.
    error = {
        "code": "platform_unavailable",
        "message": "No answer came.",
        "remediation": "Look at the account before you try again.",
        "rule": OUTCOME_UNKNOWN.id,
        "retryable": False,
        "willRetry": False,
    }
    await server.service.state.database.write(
        lambda connection: connection.execute(
            update(publications)
            .where(publications.c.text == "Perhaps out")
            .values(state="failed", error=error)
        )
    )
    names = ("published", "queued", "rejected", "unknown")
    return {name: each.url for name, each in zip(names, pages, strict=True)}


async def _webhook(server: Server, owner: Browser) -> str:
    """The page of an endpoint that answers every event with 405."""
    target = f"{server.simulation.url}/_simulator/timeline"
    made = await owner.send(await owner.open("/dashboard/webhooks"), url=target)
    return _found(made, r'action="(/dashboard/webhooks/[^"]+)"')


async def _file(owner: Browser) -> None:
    page = await owner.open("/dashboard/media")
    body, body_type = multipart("harbour.jpg", image("JPEG"), "image/jpeg")
    headers = {"X-Form-Token": page.form_token, "Origin": owner.url, "Content-Type": body_type}
    stored = await owner.call("POST", "/dashboard/media/upload", data=body, headers=headers)
    assert stored.status == 201, stored.text


async def _key(owner: Browser) -> None:
    page = await owner.open("/dashboard/keys")
    fields = [("scope", "posts:read"), ("scope", "media:read")]
    await owner.send(page, do="mint", name="website", prefix="lmp_live_", fields=fields)


def _found(page: Shown, pattern: str) -> str:
    found = re.search(pattern, page.html)
    assert found is not None, page.text
    return urlsplit(found[1]).path
