"""A full disk: nothing is sent that is not written down, the server says so, and it comes back."""

from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import Connection

from letmepost.kit.database import DatabaseAwayError
from letmepost.posts.ledger import TERMINAL
from letmepost.posts.tables import attempts, publications
from tests.platforms.bluesky.caller import Caller
from tests.platforms.running_server import Running
from tests.posts.scheduling import fire, pass_time, texts

PLENTY = 1_000_000
# Rows fit into what is left of pages, so the first may still be taken.
POSTS = 12
# Elsewhere it is the server of the database whose disk is full, and it ends the connection.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def _pages(server: Running, most: int | None) -> None:
    def limit(connection: Connection) -> None:
        used = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={used if most is None else most}")

    await server.service.state.database.write(limit)


async def _fill(server: Running) -> None:
    """Leave no page free."""
    database = server.service.state.database

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE filler (content BLOB)")

    def add(connection: Connection) -> None:
        connection.exec_driver_sql("INSERT INTO filler VALUES (zeroblob(3000))")

    await database.write(begin)
    await _pages(server, None)
    with suppress(DatabaseAwayError):
        for _ in range(PLENTY):
            await database.write(add)


async def _post(server: Running, text: str) -> Any:
    body = {"targets": [{"platform": "bluesky"}], "text": text}
    reply = await server.call("POST", "/v1/posts", body, headers={"Prefer": "respond-async"})
    await server.idle()
    return reply


async def test_nothing_is_sent_that_is_not_written_down(server: Running, alice: Caller) -> None:
    await _fill(server)
    wanted = [f"{number:02} {'x' * 280}" for number in range(POSTS)]
    replies = {text: await _post(server, text) for text in wanted}
    refused = [text for text, reply in replies.items() if reply.status == 503]
    assert refused
    for text in refused:
        assert replies[text].body["error"]["code"] == "internal_error"
        assert replies[text].body["error"]["requestId"]
    there = await texts(alice)
    assert not set(there) & set(refused)
    sent = {row["publication_id"] for row in await server.rows(attempts) if row["sending_at"]}
    written = {row["text"] for row in await server.rows(publications) if row["id"] in sent}
    assert set(there) <= written


async def test_a_full_disk_is_not_ready_and_one_with_room_again_is(
    server: Running, alice: Caller
) -> None:
    assert (await server.call("GET", "/ready")).status == 200
    await _fill(server)
    reply = await server.call("GET", "/ready")
    assert reply.status == 503
    assert reply.body["error"]["platformResponse"]["checks"]["database"] != "ok"
    assert (await server.call("GET", "/health")).status == 200
    await _pages(server, PLENTY)
    assert (await server.call("GET", "/ready")).status == 200
    assert (await _post(server, "Room again")).status == 202
    assert await texts(alice) == ["Room again"]


async def test_what_a_full_disk_cut_short_ends_once_there_is_room(
    server: Running, alice: Caller
) -> None:
    await _fill(server)
    for number in range(POSTS):
        await _post(server, f"{number:02} {'x' * 280}")
    await _pages(server, PLENTY)
    for _ in range(8):
        await pass_time(server, 60)
        await fire(server)
    rows = await server.rows(publications)
    assert {row["state"] for row in rows} <= TERMINAL
    there = await texts(alice)
    assert len(set(there)) == len(there)
    assert sorted(there) == sorted(row["text"] for row in rows if row["state"] == "published")
