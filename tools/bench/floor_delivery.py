"""The floor of delivering: a bare loop that claims, posts and writes down, on the same tables.

It has the product's client, database layer and concurrency, and none of its promises: nothing is
said before a call, no fence is looked at, no token is opened, no attempt and no event is kept.
"""

import argparse
import asyncio
from datetime import timedelta
from typing import Any

import aiohttp
from sqlalchemy import Connection, bindparam, delete, select, update

from letmepost.accounts.tables import accounts
from letmepost.jobs.run import GROUP_CONCURRENCY
from letmepost.jobs.tables import jobs
from letmepost.kit.clock import SystemClock, wire_time
from letmepost.kit.database import Database
from letmepost.kit.http_server import run_until_done
from letmepost.kit.logs import configure_logs
from letmepost.platforms.bluesky.record import tid
from letmepost.posts.tables import publications

CLOCK = SystemClock()
LEASE = timedelta(seconds=30)
OK = 200


def claim(connection: Connection) -> list[tuple[str, str, str, Any]]:
    """Take the posts that are due, with what a call needs."""
    now = CLOCK.now()
    due = select(jobs.c.id).where(jobs.c.due_at <= now).order_by(jobs.c.due_at)
    taken = connection.execute(
        update(jobs)
        .where(jobs.c.id.in_(due.limit(GROUP_CONCURRENCY).scalar_subquery()))
        .values(owner="floor", due_at=now + LEASE)
        .returning(jobs.c.id, jobs.c.key)
    )
    job_of = {row.key: row.id for row in taken}
    if not job_of:
        return []
    rows = connection.execute(
        select(publications.c.id, publications.c.text, accounts.c.details)
        .join(accounts, accounts.c.id == publications.c.account_id)
        .where(publications.c.id.in_(list(job_of)))
    )
    return [(job_of[row.id], row.id, row.text, row.details) for row in rows]


def write_down(connection: Connection, done: list[dict[str, Any]], job_ids: list[str]) -> None:
    """Delete the jobs, and say of the posts that they are published."""
    connection.execute(delete(jobs).where(jobs.c.id.in_(job_ids)))
    connection.execute(
        update(publications)
        .where(publications.c.id == bindparam("row_id"))
        .values(
            state="published",
            platform_uri=bindparam("uri"),
            platform_cid=bindparam("cid"),
            published_at=bindparam("at"),
        ),
        done,
    )


async def publish(session: aiohttp.ClientSession, row: tuple[str, str, str, Any]) -> dict[str, Any]:
    """Make one call."""
    _, publication_id, text, details = row
    now = CLOCK.now()
    record = {"$type": "app.bsky.feed.post", "text": text, "createdAt": wire_time(now)}
    body = {
        "repo": details["did"],
        "collection": "app.bsky.feed.post",
        "rkey": tid(now, 1),
        "record": record,
    }
    async with session.post(
        f"{details['pdsUrl']}/xrpc/com.atproto.repo.createRecord",
        json=body,
        headers={"Authorization": "Bearer token"},
    ) as response:
        answer = await response.json()
        if response.status != OK:
            raise RuntimeError(answer)
    return {"row_id": publication_id, "uri": answer["uri"], "cid": answer["cid"], "at": CLOCK.now()}


async def drain(url: str) -> None:
    """Deliver until nothing is due."""
    database = Database(url)
    async with aiohttp.ClientSession() as session:
        while rows := await database.write(claim):
            done = await asyncio.gather(*(publish(session, row) for row in rows))
            job_ids = [row[0] for row in rows]
            await database.write(
                lambda connection, done=done, job_ids=job_ids: write_down(  # type: ignore[misc]
                    connection, done, job_ids
                )
            )
    await database.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    configure_logs("info")
    run_until_done(drain(parser.parse_args().url))
