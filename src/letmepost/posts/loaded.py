"""A publication as a worker reads it: its row, its account and credentials, files and attempts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from letmepost.accounts.queries import Account
from letmepost.accounts.renewals import Stored, stored_by_id
from letmepost.jobs.queue import database_now
from letmepost.kit.clock import Clock
from letmepost.kit.database import Database
from letmepost.kit.row_dicts import row_dicts
from letmepost.kit.together import Together
from letmepost.media.library import StoredMedia, find_media
from letmepost.posts.content_media import media_ids
from letmepost.posts.tables import attempts, posts, publications

_PUBLICATIONS = (
    select(publications, posts.c.request_id)
    .join(posts, posts.c.id == publications.c.post_id)
    .where(publications.c.id.in_(bindparam("ids", expanding=True)))
)
_ATTEMPTS = (
    select(
        attempts.c.id,
        attempts.c.publication_id,
        attempts.c.number,
        attempts.c.sending_at,
        attempts.c.finished_at,
    )
    .where(attempts.c.publication_id.in_(bindparam("ids", expanding=True)))
    .order_by(attempts.c.number)
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A publication with what an attempt at it needs. `now` is the database's time.

    `stored` are the account's credentials, None for one that was disconnected.
    """

    row: dict[str, Any]
    request_id: str | None
    account: Account
    stored: Stored | None
    media: Mapping[str, StoredMedia]
    unfinished: Mapping[str, Any] | None
    last_sending_at: datetime | None
    now: datetime

    @property
    def id(self) -> str:
        """The publication's id."""
        return str(self.row["id"])

    @property
    def state(self) -> str:
        """Where it stands."""
        return str(self.row["state"])


def loading(database: Database, clock: Clock) -> Together[str, Loaded | None]:
    """Reads publications by their ids, those that are asked for side by side at once."""

    async def load_all(ids: Sequence[str]) -> Sequence[Loaded | None]:
        now = clock.now()
        return await database.read(lambda connection: load(connection, ids, now))

    return Together(load_all)


def load(
    connection: Connection, publication_ids: Sequence[str], now: datetime
) -> list[Loaded | None]:
    """Read publications with their accounts, files and attempts; None where there is none."""
    found_rows = row_dicts(connection.execute(_PUBLICATIONS, {"ids": publication_ids}))
    rows = {row["id"]: row for row in found_rows}
    account_ids = sorted({row["account_id"] for row in rows.values()})
    by_account = stored_by_id(connection, account_ids)
    media = _media_of(connection, rows.values())
    made: dict[str, list[Any]] = {publication_id: [] for publication_id in rows}
    tried = [key for key, row in rows.items() if row["attempt_count"]]
    if tried:
        for each in connection.execute(_ATTEMPTS, {"ids": tried}):
            made[each.publication_id].append(each)
    at = database_now(connection, now)
    found: list[Loaded | None] = []
    for publication_id in publication_ids:
        values = rows.get(publication_id)
        if values is None:
            found.append(None)
            continue
        account, stored = by_account[values["account_id"]]
        before = made[publication_id]
        sent = [each.sending_at for each in before if each.sending_at]
        is_open = bool(before) and before[-1].finished_at is None
        found.append(
            Loaded(
                row=values,
                request_id=values.pop("request_id"),
                account=account,
                stored=stored,
                media=media,
                unfinished=dict(before[-1]._mapping) if is_open else None,  # noqa: SLF001 - as above
                last_sending_at=max(sent) if sent else None,
                now=at,
            )
        )
    return found


def _media_of(connection: Connection, rows: Any) -> Mapping[str, StoredMedia]:  # noqa: ANN401 - rows
    wanted: dict[str, set[str]] = {}
    for row in rows:
        wanted.setdefault(row["organization_id"], set()).update(media_ids(row["content"]))
    found: dict[str, StoredMedia] = {}
    for organization_id, ids in wanted.items():
        found |= find_media(connection, organization_id, sorted(ids)) if ids else {}
    return found
