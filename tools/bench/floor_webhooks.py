"""The floor of webhooks: a bare loop that signs and posts the same bodies, and keeps nothing."""

import argparse
import asyncio
from collections.abc import Iterator
from typing import Any

import aiohttp
from pydantic_core import to_json
from sqlalchemy import Connection, select

from letmepost.kit.clock import SystemClock
from letmepost.kit.database import Database
from letmepost.kit.http_server import run_until_done
from letmepost.kit.logs import configure_logs
from letmepost.webhooks.deliver import AT_A_TIME
from letmepost.webhooks.events import event_body
from letmepost.webhooks.sign import Sent, signed_headers
from letmepost.webhooks.tables import events, webhook_deliveries, webhook_endpoints

SECRET = "whsec_" + "A" * 40
CLOCK = SystemClock()
# As many as the product sends at once to ten endpoints.
AT_ONCE = 10 * AT_A_TIME


def pending(connection: Connection) -> list[Any]:
    """Everything that is to be sent, read before the clock starts."""
    return list(
        connection.execute(
            select(webhook_deliveries.c.id.label("delivery_id"), webhook_endpoints.c.url, events)
            .join(events, events.c.id == webhook_deliveries.c.event_id)
            .join(webhook_endpoints, webhook_endpoints.c.id == webhook_deliveries.c.endpoint_id)
            .order_by(webhook_deliveries.c.id)
        ).mappings()
    )


async def send(session: aiohttp.ClientSession, rows: Iterator[Any]) -> None:
    """Post one after the other."""
    for row in rows:
        body = to_json(event_body(row))
        sent = Sent(
            event_id=row["id"],
            event_type=row["type"],
            delivery_id=row["delivery_id"],
            request_id=None,
            body=body,
        )
        headers = signed_headers(sent, [SECRET], CLOCK.now())
        async with session.post(row["url"], data=body, headers=headers) as response:
            await response.read()


async def drain(url: str) -> None:
    """Send everything, as many at a time as the product does."""
    database = Database(url)
    rows = iter(await database.read(pending))
    async with aiohttp.ClientSession() as session:
        await asyncio.gather(*(send(session, rows) for _ in range(AT_ONCE)))
    await database.close()


if __name__ == "__main__":
    configure_logs("warning")
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    run_until_done(drain(parser.parse_args().url))
