"""Read events as they come, print them, and post them to a program on this machine."""

import base64
import binascii
import json
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlsplit
from uuid import uuid4

from letmepost.cli.client.failures import plain
from letmepost.cli.client.screen import note
from letmepost.cli.client.session import Session, open_pool
from letmepost.cli.client.stop import ExitCode, Stop
from letmepost.webhooks.secret import PREFIX, draw_secret
from letmepost.webhooks.sign import Sent, signed_headers

if TYPE_CHECKING:
    from urllib3 import PoolManager

PAGE: Final = 100
LOOK_AGAIN_SECONDS: Final = 2.0
FORWARD_SECONDS: Final = 30.0


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which events."""

    types: list[str]
    profile_id: str | None


@dataclass(frozen=True)
class Forward:
    """Where events are posted to, and the secret that they are signed with."""

    url: str
    secret: str

    @classmethod
    def to(cls, url: str, secret: str | None) -> Self:
        """Check an address and a secret; a new secret is drawn where none is given."""
        address = url if "://" in url else f"http://{url}"
        try:
            parts = urlsplit(address)
            fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            fine = False
        if not fine:
            raise Stop(f"{url} is not an address.", "Write it as http://127.0.0.1:3000/webhooks.")
        if secret is None:
            return cls(address, draw_secret(secrets.token_bytes))
        try:
            usable = secret.startswith(PREFIX) and base64.b64decode(
                secret.removeprefix(PREFIX), validate=True
            )
        except (ValueError, binascii.Error):
            usable = False
        if not usable:
            raise Stop(
                "That is no signing secret.", f"One begins with {PREFIX}, with base64 after it."
            )
        return cls(address, secret)

    @cached_property
    def _pool(self) -> "PoolManager":
        return open_pool(self.url)

    def post(self, event: dict[str, Any]) -> str:
        """Post one event once, signed as the server signs; how it went, in words."""
        from urllib3.exceptions import HTTPError  # noqa: PLC0415 - loaded when it runs

        body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
        sent = Sent(
            event_id=event["id"],
            event_type=event["type"],
            delivery_id=f"whd_{uuid4().hex[:22]}",
            request_id=None,
            body=body,
        )
        headers = {"User-Agent": "lmp", **signed_headers(sent, [self.secret], datetime.now(UTC))}
        try:
            answered = self._pool.request(
                "POST",
                self.url,
                body=body,
                headers=headers,
                timeout=FORWARD_SECONDS,
                retries=False,
                redirect=False,
            )
        except HTTPError as error:
            return f"not taken: {plain(error)}"
        return str(answered.status)


def listen_on(
    session: Session, wanted: Wanted, cursor: str | None, forward: Forward | None
) -> None:
    """Print every event from now on, or from a cursor, until Ctrl-C."""
    if forward is not None:
        note(f"Events are posted to {forward.url}, signed with {forward.secret}")
    place = _Place(cursor)
    try:
        for event in _events(session, wanted, place):
            _tell(session, event)
            if forward is not None:
                note(f"  -> {forward.post(event)}")
    except KeyboardInterrupt:
        raise _ended(place) from None
    except Stop as stop:
        if stop.code is ExitCode.INTERRUPTED:
            raise _ended(place) from None
        if place.cursor:
            stop.details = (*stop.details, f"Go on with --cursor {place.cursor}.")
        raise


def _ended(place: "_Place") -> Stop:
    """Ctrl-C is how listening ends, so it ends well."""
    more = (f"Go on with --cursor {place.cursor}.",) if place.cursor else ()
    return Stop("No longer listening.", *more, code=ExitCode.DONE)


@dataclass
class _Place:
    """How far the events were read."""

    cursor: str | None


def _events(session: Session, wanted: Wanted, place: _Place) -> Iterator[dict[str, Any]]:
    """Events in order, for ever."""
    filters = {"type": wanted.types or None, "profileId": wanted.profile_id}
    seen: set[str] = set()
    after: str | None = None
    if place.cursor is None:
        # The server's own clock says where the present begins, and nothing is missed meanwhile.
        newest = session.get("/v1/events", {**filters, "limit": 1})["data"]
        after = newest[0]["createdAt"] if newest else None
        seen = {each["id"] for each in newest}
    note("Listening. Ctrl-C ends it.")
    while True:
        asked = {**filters, "order": "asc", "limit": PAGE, "cursor": place.cursor, "after": after}
        page = session.get("/v1/events", asked)
        for event in page["data"]:
            if event["id"] not in seen:
                yield event
        place.cursor = page["resumeCursor"] or place.cursor
        if page["nextCursor"] is None:
            time.sleep(LOOK_AGAIN_SECONDS)


def _tell(session: Session, event: dict[str, Any]) -> None:
    screen = session.screen
    if screen.as_json:
        screen.write(json.dumps(event, ensure_ascii=False) + "\n")
        return
    at = datetime.fromisoformat(event["createdAt"]).astimezone()
    data = event["data"]
    about = [data[name] for name in ("id", "platform") if isinstance(data.get(name), str)]
    screen.write(f"{at:%H:%M:%S}  {event['type']:<22}  {'  '.join(about)}\n")
