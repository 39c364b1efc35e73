"""The floor: a bare FastAPI application with the same body, server and database layer.

It reads the caller's key by its indexed hash, as any application of this kind must, and answers.
"""

import argparse
import hashlib
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, Header, HTTPException
from sqlalchemy import Connection, Row, select

from bench.floor_body import PostBody
from letmepost.kit.database import Database, sqlite_url
from letmepost.kit.http_server import listen, run_until_done, serve_until_signal
from letmepost.tenancy.tables import api_keys


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

    return app


async def serve(database_path: Path, port: int) -> None:
    """Serve until SIGINT or SIGTERM."""
    database = Database(sqlite_url(database_path))
    with listen("127.0.0.1", port) as listener:
        await serve_until_signal(create_app(database), listener)
    await database.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("database", type=Path)
    parser.add_argument("port", type=int)
    chosen = parser.parse_args()
    run_until_done(serve(chosen.database, chosen.port))
