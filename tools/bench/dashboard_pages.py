"""Pages of the dashboard with many posts in the table, and a bare page that reads the newest."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from bench.due_posts import connected, schedule
from bench.figures import Figure, server_rate
from bench.processes import HOST
from bench.setting import Setting, on_database
from letmepost.configuration import open_keyring, read_configuration
from letmepost.jobs.tables import jobs
from letmepost.kit.database import Database, sqlite_url
from letmepost.kit.ids import new_id
from letmepost.posts.tables import publications
from letmepost.tenancy.members import Role
from letmepost.tenancy.sessions import Visitor, begin
from letmepost.tenancy.tables import members

POSTS = 100_000
QUICK_POSTS = 1_000
ACCOUNTS = 8
GOAL = 5.0
MILLISECONDS = 1000.0
YEAR = timedelta(days=365)
# Of the newest, so many wait for their time and so many went wrong; all others are out.
QUEUED, FAILED = 200, 200
PAGES = {
    "overview": "",
    "compose": "/compose",
    "month": "/calendar",
    "week": "/calendar?view=week",
    "posts": "/posts",
    "failed": "/posts?status=failed",
    "post": "/posts/{post}",
    "accounts": "/accounts",
    "media": "/media",
    "webhooks": "/webhooks",
    "keys": "/keys",
    "profiles": "/profiles",
    "versions": "/versions",
    "logs": "/logs",
    "audit-log": "/audit-log",
    "settings": "/settings",
}
NAMES = tuple(f"page-{name}" for name in PAGES)


@dataclass(frozen=True)
class Visit:
    """A member who is signed in, their organization, and one of its posts."""

    token: str
    organization_id: str
    post_id: str

    def request(self, path: str) -> bytes:
        """A browser's request."""
        return (
            f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nAccept: text/html\r\n"
            f"Cookie: lmp_session={self.token}\r\n\r\n"
        ).encode()


def dashboard_pages(setting: Setting) -> Iterator[Figure]:
    """Time of the server's core for a page, and for one indexed read and an empty template."""
    count = QUICK_POSTS if setting.quick else POSTS
    setting.say(f"write {count:,} posts")
    there = on_database(setting, sqlite_url(setting.folder / "dashboard.sqlite"))
    visit = asyncio.run(_seed(there, count))
    figures = {
        path: Figure(f"page-{name}", f"Dashboard: {name}, {count:,} posts", "ms", GOAL, "less")
        for name, path in PAGES.items()
    }
    with there.floor() as floor, there.product() as product:
        for number in range(setting.rounds):
            for path, figure in figures.items():
                setting.say(f"{figure.title}, round {number + 1} of {setting.rounds}")
                bare = f"/page?organization={visit.organization_id}"
                page = f"/dashboard{path.format(post=visit.post_id)}"
                pair = [
                    MILLISECONDS / server_rate(there, server, [visit.request(asked)], {200})
                    for server, asked in ((floor, bare), (product, page))
                ]
                figure.pairs.append((pair[0], pair[1]))
    yield from figures.values()


async def _seed(setting: Setting, count: int) -> Visit:
    keyring = open_keyring(read_configuration(setting.settings).server)
    database, now = Database(setting.settings["LETMEPOST_DATABASE_URL"]), datetime.now(UTC)

    def fill(connection: Connection) -> Visit:
        owners = connected(connection, keyring, f"http://{HOST}", now, ACCOUNTS)
        times = (now - YEAR * each / count for each in range(count))
        schedule(connection, owners, times, now)
        post_id = _age(connection, now)
        organization_id = owners[0]["organization_id"]
        member = _member(organization_id, now)
        connection.execute(insert(members).values(member))
        token = begin(connection, member["id"], Visitor(HOST, "bench"), now)
        return Visit(token, organization_id, post_id)

    try:
        return await database.write(fill)
    finally:
        await database.close()


def _age(connection: Connection, now: datetime) -> str:
    """Let the posts be what they are after a year; one that is out."""
    rows = publications.c
    connection.execute(delete(jobs))
    connection.execute(
        update(publications).values(
            state="published", created_at=rows.scheduled_at, published_at=rows.scheduled_at
        )
    )
    newest = select(rows.id).order_by(rows.created_at.desc())
    waiting = newest.limit(QUEUED)
    connection.execute(
        update(publications)
        .where(rows.id.in_(waiting))
        .values(state="queued", published_at=None, scheduled_at=now + YEAR)
    )
    broken = newest.where(rows.state == "published").limit(FAILED)
    connection.execute(
        update(publications).where(rows.id.in_(broken)).values(state="failed", published_at=None)
    )
    found = newest.where(rows.state == "published").limit(1)
    post_id: str = connection.execute(found).scalar_one()
    return post_id


def _member(organization_id: str, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id("mem"),
        "organization_id": organization_id,
        "email": "bench@example.com",
        "role": Role.OWNER.value,
        "password_hash": "none",
        "created_at": now,
    }
