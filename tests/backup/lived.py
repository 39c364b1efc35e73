"""A server that has been used, to make archives of."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.api.client import Client
from tests.api.server import Organization, Server, running_server
from tests.media.samples import image

LATER = (datetime.now(UTC) + timedelta(days=30)).isoformat()


async def schedule_for_ever(client: Client, account_id: str) -> None:
    number = 0
    while True:
        number += 1
        body = {
            "targets": [{"accountId": account_id}],
            "text": f"Number {number}",
            "scheduledAt": LATER,
        }
        assert (await client.post("/v1/posts", body)).status == 202


@asynccontextmanager
async def writer(client: Client, account_id: str) -> AsyncIterator[None]:
    """Somebody who schedules one post after the other meanwhile."""
    writing = asyncio.create_task(schedule_for_ever(client, account_id))
    try:
        yield
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)


class Original:
    """A server with a published post, a file, scheduled posts, and an archive of it."""

    def __init__(self, server: Server, organization: Organization, client: Client) -> None:
        self.server = server
        self.organization = organization
        self.client = client
        self.picture = image(size=(64, 48))
        self.media_id = ""
        self.account_id = ""
        self.published: Any = None

    async def live(self) -> None:
        account = await self.organization.connect(self.client)
        self.account_id = account["id"]
        self.media_id = (await self.client.upload(self.picture)).body["id"]
        media = [{"kind": "image", "mediaId": self.media_id, "altText": "Noise"}]
        sent = await self.client.publish(
            {"targets": [{"accountId": self.account_id}], "text": "Kept", "media": media}
        )
        assert sent.status == 200, sent.body
        self.published = sent.body["results"][0]["postId"]
        self.shown = (await self.client.get(f"/v1/posts/{self.published}")).body


@asynccontextmanager
async def original(folder: Path, url: str, **settings: str) -> AsyncIterator[Original]:
    async with running_server(folder, url, settings=settings) as server:
        organization = await server.new_organization()
        made = Original(server, organization, await organization.client())
        await made.live()
        yield made
