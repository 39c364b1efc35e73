"""Posts of many accounts, put into a database as the API would have left them."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Connection, insert

from letmepost.accounts.credentials import credentials_place
from letmepost.accounts.tables import accounts
from letmepost.jobs.tables import jobs
from letmepost.kit.crypto import Keyring
from letmepost.kit.ids import new_id
from letmepost.posts.ledger import JOB_KIND, lane_of
from letmepost.posts.tables import posts, publications
from letmepost.tenancy.profiles import create_organization

PLATFORM = "bluesky"
ACCOUNTS = 600
AT_ONCE = 5000


def text_of(number: int) -> str:
    """The text of one post, by which the platform tells it from the others."""
    return f"Post {number} of those that are due, about as long as people write them."


def connected(
    connection: Connection,
    keyring: Keyring,
    upstream: str,
    now: datetime,
    count: int = ACCOUNTS,
) -> list[dict[str, Any]]:
    """Rows of accounts that are connected to a platform at this address."""
    organization_id, profile_id = create_organization(connection, "bench", now)
    made = []
    for number in range(count):
        account_id = new_id("acc")
        did = f"did:plc:{number:024d}"
        tokens = {
            name: f"{name}-{number:04d}-{'x' * 180}" for name in ("accessJwt", "refreshJwt")
        } | {"password": f"pass-{number:04d}-pass"}
        made.append(
            {
                "id": account_id,
                "organization_id": organization_id,
                "profile_id": profile_id,
                "platform": PLATFORM,
                "platform_account_id": did,
                "display_name": f"bench{number}.test",
                "credentials": keyring.seal(
                    json.dumps(tokens).encode(), credentials_place(account_id)
                ),
                "details": {
                    "did": did,
                    "handle": f"bench{number}.test",
                    "pdsUrl": upstream,
                    "blobMaxBytes": None,
                },
                "sandbox": False,
                "created_at": now,
                "updated_at": now,
            }
        )
    connection.execute(insert(accounts), made)
    return made


def schedule(
    connection: Connection,
    owners: Sequence[Mapping[str, Any]],
    times: Iterator[datetime],
    now: datetime,
    first: int = 0,
) -> None:
    """Queue one post for each time, the accounts taking turns."""
    numbered = enumerate(times, first)
    while group := list(islice(numbered, AT_ONCE)):
        rows = [_rows(number, owners[number % len(owners)], at, now) for number, at in group]
        for table, of_table in zip(
            (posts, publications, jobs), zip(*rows, strict=True), strict=True
        ):
            connection.execute(insert(table), list(of_table))


def _rows(
    number: int, owner: Mapping[str, Any], at: datetime, now: datetime
) -> tuple[dict[str, Any], ...]:
    post_id, publication_id, text = new_id("batch"), new_id("post"), text_of(number)
    post = {
        "id": post_id,
        "organization_id": owner["organization_id"],
        "shape": "targets",
        "sandbox": False,
        "scheduled_at": at,
        "created_at": now,
    }
    publication = {
        "id": publication_id,
        "post_id": post_id,
        "position": 0,
        "organization_id": owner["organization_id"],
        "profile_id": owner["profile_id"],
        "account_id": owner["id"],
        "platform": PLATFORM,
        "state": "queued",
        "text": text,
        "content": {"media": [], "firstComment": None, "options": None},
        "plan": {},
        "checkpoint": {},
        "warnings": [],
        "content_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "sandbox": False,
        "attempt_count": 0,
        "failed_tries": 0,
        "event_count": 1,
        "scheduled_at": at,
        "created_at": now,
        "updated_at": now,
    }
    job = {
        "id": new_id("job"),
        "kind": JOB_KIND,
        "key": publication_id,
        "lane": lane_of(PLATFORM, owner["id"]),
        "due_at": at,
        "fence": 0,
        "tries": 0,
        "created_at": now,
    }
    return post, publication, job


def later(now: datetime, count: int) -> Iterator[datetime]:
    """Times of a month that begins tomorrow, one after the other."""
    return (now + timedelta(days=1, seconds=number * 30 * 86400 / count) for number in range(count))
