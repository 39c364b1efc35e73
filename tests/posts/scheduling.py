"""Posts for later, and time that passes for them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Connection, literal, type_coerce, update

from letmepost.jobs.claiming import Room, claim_due
from letmepost.jobs.queue import Claim, database_now
from letmepost.jobs.tables import jobs
from letmepost.kit.clock import wire_time
from letmepost.posts.ledger import JOB_KIND
from letmepost.posts.tables import publications
from tests.asgi_client import Reply
from tests.platforms.bluesky.caller import Caller
from tests.platforms.running_server import Running

AHEAD_SECONDS = 3600.0


def at(server: Running, seconds: float = AHEAD_SECONDS) -> str:
    """A time ahead, as callers write it."""
    return wire_time(server.clock.now() + timedelta(seconds=seconds))


async def scheduled(server: Running, text: str = "Later", **more: Any) -> Any:
    """A post for an hour ahead; its one result."""
    result = await server.post(text, **{"scheduledAt": at(server), **more})
    assert result["status"] == "queued"
    return result


async def pass_time(server: Running, seconds: float) -> None:
    """Let time pass for all that is planned. The clocks stand still; the plans come closer."""
    microseconds = literal(round(seconds * 1_000_000), BigInteger)

    def closer(connection: Connection) -> None:
        for table, column in ((jobs, jobs.c.due_at), (publications, publications.c.scheduled_at)):
            earlier = type_coerce(column, BigInteger) - microseconds
            connection.execute(update(table).where(column.is_not(None)).values({column: earlier}))

    await server.service.state.database.write(closer)


async def make_due(server: Running, seconds: float) -> None:
    """Let everything be due in a moment, by the clock that the workers go by."""
    now = server.clock.now()

    def move(connection: Connection) -> None:
        due_at = database_now(connection, now) + timedelta(seconds=seconds)
        connection.execute(update(jobs).values(due_at=due_at))
        waiting = publications.c.state == "queued"
        connection.execute(update(publications).where(waiting).values(scheduled_at=due_at))

    await server.service.state.database.write(move)


async def claim(server: Running, kind: str = JOB_KIND) -> list[Claim]:
    """Take what is due by now."""
    runner, now = server.service.state.runner, server.clock.now()
    return await server.service.state.database.write(
        lambda connection: claim_due(connection, [kind], runner.owner, Room(32), runner.lease, now)
    )


async def fire(server: Running, kind: str = JOB_KIND) -> int:
    """Run what is due by now; how much that was."""
    claims = await claim(server, kind)
    for each in claims:
        await server.service.state.runner.adopt(each)
    return len(claims)


async def fire_in_time(server: Running) -> int:
    """Let an hour pass, and run what has become due."""
    await pass_time(server, AHEAD_SECONDS + 1)
    return await fire(server)


async def patch(server: Running, result: Mapping[str, Any], **body: Any) -> Reply:
    """Change a post."""
    return await server.call("PATCH", f"/v1/posts/{result['postId']}", body)


async def cancel(server: Running, result: Mapping[str, Any]) -> Reply:
    """Cancel a post."""
    return await server.call("DELETE", f"/v1/posts/{result['postId']}")


async def retry(server: Running, result: Mapping[str, Any], **body: Any) -> Reply:
    """Put a post that has failed back into the queue."""
    return await server.call("POST", f"/v1/posts/{result['postId']}/retry", body or None)


async def texts(alice: Caller) -> list[str]:
    """What stands on the platform."""
    return [entry["text"] for entry in await alice.timeline()]


async def creates(alice: Caller) -> int:
    """How many calls that create something have arrived."""
    seen = (await alice.send("GET", "/_simulator/requests")).body
    return sum("createRecord" in each["path"] for each in seen)


async def key_for_tests(server: Running) -> str:
    """A key that publishes to nobody."""
    made = await server.call("POST", "/v1/api-keys", {"name": "test", "prefix": "lmp_test_"})
    key: str = made.body["key"]
    return key


async def due_in_seconds(server: Running) -> float:
    """How far ahead the one job is, by the clock of the test."""
    [job] = await server.rows(jobs)
    due_at: datetime = job["due_at"]
    return (due_at - server.clock.now()).total_seconds()
