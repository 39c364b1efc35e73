"""What `/metrics` counts of requests, and what it says when the database is away."""

import re

import pytest
from sqlalchemy.exc import OperationalError

from letmepost.api.request_metrics import UNKNOWN_ROUTE
from tests.api.server import ON_ONE_DATABASE, Organization, Server
from tests.asgi_client import AsgiClient

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def _counted(server: Server, method: str, route: str, status: str) -> float:
    shown = (await server.stranger.get("/metrics")).raw.decode()
    labels = f'method="{method}",route="{route}",status="{status}"'
    found = re.search(
        rf"^letmepost_http_requests_total\{{{re.escape(labels)}\}} (\S+)$", shown, re.MULTILINE
    )
    return float(found[1]) if found else 0.0


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    ("method", "path", "route", "status"),
    [
        ("GET", "/v1/posts", "/v1/posts", "2xx"),
        ("GET", "/v1/posts/post_123", "/v1/posts/{id}", "4xx"),
        ("GET", "/v1/posts/", "/v1/posts", "2xx"),
        ("PUT", "/v1/posts", "/v1/posts", "4xx"),
        ("GET", "/health", "/health", "2xx"),
        ("GET", "/docs/guides/look-inside", "/docs/{path:path}", "2xx"),
        ("GET", "/somewhere/else", UNKNOWN_ROUTE, "4xx"),
        ("GET", "/v1/posts%2Fa", UNKNOWN_ROUTE, "4xx"),
    ],
)
async def test_requests_are_counted_by_their_route(  # noqa: PLR0913 - a row of the table
    server: Server, organization: Organization, method: str, path: str, route: str, status: str
) -> None:
    client = await organization.client()
    before = await _counted(server, method, route, status)
    await client.call(method, path)
    assert await _counted(server, method, route, status) == before + 1


@ON_ONE_DATABASE
async def test_methods_that_are_made_up_share_one_series(server: Server) -> None:
    for method in ("BREW", "STEEP"):
        await AsgiClient(server.service.app).call(method, "/v1/posts")
    shown = (await server.stranger.get("/metrics")).raw.decode()
    assert 'method="other",route="/v1/posts"' in shown
    assert "BREW" not in shown


@ON_ONE_DATABASE
async def test_while_the_database_is_away_a_process_still_tells_what_it_counts(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_work: object) -> None:
        raise OperationalError("SELECT", {}, OSError("no connection"))

    monkeypatch.setattr(server.service.state.database, "read", away)
    answer = await server.stranger.get("/metrics")
    assert answer.status == 200
    shown = answer.raw.decode()
    assert "letmepost_database_up 0.0" in shown
    assert "letmepost_posts_overdue" not in shown
    assert "letmepost_http_requests_total" in shown
