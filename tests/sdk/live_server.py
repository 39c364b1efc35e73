"""A real server on SQLite beside simulated platforms, with what a runner of scenarios is told."""

import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image

from letmepost.webhooks.sign import SIGNATURE, SIGNATURE_V1, Sent, signed_headers
from tests.chaos.fleet import simulating
from tests.sdk.cutting_proxy import CuttingProxy, cutting_proxy
from tests.server_process import ServerProcess

SCENARIOS = Path(__file__).parents[2] / "sdk" / "scenarios.json"
SECRET = "whsec_" + "Q2F0Y2hlcnNPZlRoZUxpZ2h0SW5UaGVGZXJyeQ00"
OTHER_SECRET = "whsec_" + "Tm90VGhlU2VjcmV0T2ZUaGlzRW5kcG9pbnRBdDAw"
EVENT_ID = "evt_0002SkJ6uSg8hLp2cYwB0N"
WORDS = "A text that is too long for one post. " * 12


@dataclass(frozen=True)
class LiveServer:
    """A server with one connected account, behind a proxy that cuts connections."""

    server: ServerProcess
    proxy: CuttingProxy
    simulation: Mapping[str, Any]
    account_id: str
    folder: Path

    @property
    def url(self) -> str:
        """Where clients speak to it: the proxy."""
        return self.proxy.url

    @property
    def key(self) -> str:
        return self.server.key

    def environment(self) -> dict[str, str]:
        """What a runner finds in its environment."""
        return {
            "SCENARIOS": str(SCENARIOS),
            "LETMEPOST_API_BASE": self.url,
            "LETMEPOST_API_KEY": self.key,
            "SCENARIO_CONTROL_URL": self.proxy.control_url,
            "SCENARIO_VARIABLES": json.dumps(self.variables()),
        }

    def variables(self) -> dict[str, str]:
        """What scenarios may name from the start."""
        picture, words = self.folder / "picture.png", self.folder / "words.txt"
        picture.write_bytes(png())
        words.write_text("No picture at all.", encoding="utf-8")
        now = datetime.now(UTC)
        # Languages write a whole second in different ways.
        tomorrow = (now + timedelta(days=1)).replace(microsecond=0)
        day_after = tomorrow + timedelta(days=1, milliseconds=5)
        return {
            "blueskyAccountId": self.account_id,
            "pngPath": str(picture),
            "textPath": str(words),
            "longText": WORDS.strip(),
            "tomorrow": wire_time(tomorrow),
            "dayAfter": wire_time(day_after),
            **webhook_variables(now),
        }


def wire_time(moment: datetime) -> str:
    """A time as the API writes it."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def png(width: int = 64, height: int = 48) -> bytes:
    """A small blue picture."""
    written = io.BytesIO()
    Image.new("RGB", (width, height), "steelblue").save(written, "PNG")
    return written.getvalue()


def webhook_body() -> bytes:
    """An event as an endpoint receives it."""
    event = {
        "id": EVENT_ID,
        "type": "post.published",
        "createdAt": "2026-11-24T12:00:00.000Z",
        "organizationId": "org_0002SkJ4mP1vHc7TnJsZ0K",
        "sequence": 2,
        "data": {
            "id": "post_0002SkJ5nRf7gKo1bXvA9M",
            "platform": "bluesky",
            "accountId": "acc_0002SkJ3pQz8rLm5nYtB2K",
            "profileId": "prof_0002SkJ2aHd6wEj9sUoC4R",
            "sandbox": False,
            "uri": "https://social.example/app.example/post/3lbq5d2xq2s2k",
            "cid": None,
            "threadUris": [],
            "firstCommentUri": None,
            "firstCommentCid": None,
            "warnings": [{"code": "a.rule", "message": "Grüße ⛴️"}],
            "publishedAt": "2026-11-24T12:00:00.000Z",
        },
    }
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def webhook_headers(now: datetime, secret: str = SECRET) -> dict[str, str]:
    """What the server itself would sign `webhook_body` with."""
    sent = Sent(
        event_id=EVENT_ID,
        event_type="post.published",
        delivery_id="del_0002SkJ7vTh9iMq3dZxC1P",
        request_id=None,
        body=webhook_body(),
    )
    return signed_headers(sent, [secret], now)


def webhook_variables(now: datetime) -> dict[str, str]:
    """Signatures of this moment, and of one that is too long ago."""
    fresh, old = webhook_headers(now), webhook_headers(now - timedelta(minutes=6))
    return {
        "webhookBody": webhook_body().decode(),
        "webhookSecret": SECRET,
        "otherWebhookSecret": OTHER_SECRET,
        "webhookId": EVENT_ID,
        "webhookTimestamp": fresh["webhook-timestamp"],
        "webhookSignature": fresh["webhook-signature"],
        "datedSignature": fresh[SIGNATURE_V1],
        "plainSignature": fresh[SIGNATURE],
        "oldWebhookTimestamp": old["webhook-timestamp"],
        "oldWebhookSignature": old["webhook-signature"],
        "oldDatedSignature": old[SIGNATURE_V1],
    }


@contextmanager
def live_server(folder: Path, **settings: str) -> Iterator[LiveServer]:
    """Start one with a Bluesky account, and end it with the block."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        simulating(0.0, folder / "simulators.log") as simulation,
        ServerProcess(folder / "server", {**simulation["settings"], **settings}) as server,
        cutting_proxy(server.url) as proxy,
    ):
        account = simulation["accounts"]["bluesky"]
        connected = server.connect_bluesky(account["identifier"], account["appPassword"])
        yield LiveServer(server, proxy, simulation, connected.body["id"], folder)
