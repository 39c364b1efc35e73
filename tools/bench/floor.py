"""The floor: a bare FastAPI application with the same body, server and database layer.

It reads the caller's key by its indexed hash, as any application of this kind must, and answers.
"""

import argparse
import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, Header, HTTPException
from sqlalchemy import Column, Connection, MetaData, Row, Table, Text, insert, select

from bench.floor_body import PostBody
from letmepost.kit.database import Database, Id, Timestamp, sqlite_url
from letmepost.kit.http_server import listen, run_until_done, serve_until_signal
from letmepost.kit.ids import new_id
from letmepost.tenancy.tables import api_keys

rows = Table(
    "bench_rows",
    MetaData(),
    Column("id", Id, primary_key=True),
    Column("text", Text),
    Column("created_at", Timestamp),
)


def create_app(database: Database) -> FastAPI:
    """The application."""
    app = FastAPI()

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/v1/posts")
    async def post(body: PostBody, authorization: Annotated[str, Header()]) -> dict[str, str | int]:
        sha256 = hashlib.sha256(authorization.removeprefix("Bearer ").encode()).hexdigest()

        def find(connection: Connection) -> Row[tuple[str, ...]] | None:
            return connection.execute(
                select(api_keys).where(api_keys.c.sha256 == sha256, api_keys.c.revoked_at.is_(None))
            ).one_or_none()

        row = await database.read(find)
        if row is None:
            raise HTTPException(401)
        return {"key": row.id, "targets": len(body.targets)}

    @app.post("/v1/rows")
    async def insert_row(body: PostBody) -> dict[str, str]:
        row_id = new_id("row")
        await database.write(
            lambda connection: connection.execute(
                insert(rows).values(id=row_id, text=body.text, created_at=datetime.now(UTC))
            )
        )
        return {"id": row_id}

    return app


async def serve(database_path: Path, port: int) -> None:
    """Serve until SIGINT or SIGTERM."""
    database = Database(sqlite_url(database_path))
    await database.write(lambda connection: rows.create(connection, checkfirst=True))
    with listen("127.0.0.1", port) as listener:
        await serve_until_signal(create_app(database), listener)
    await database.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("database", type=Path)
    parser.add_argument("port", type=int)
    chosen = parser.parse_args()
    run_until_done(serve(chosen.database, chosen.port))
