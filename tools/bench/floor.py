"""The floor: a bare FastAPI application with the same body, server and database layer.

`POST /v1/posts` reads the caller's key by its indexed hash, as any application of this kind must,
and answers: there the framework is compared, and the database layer is ours on both sides.

`GET /page` reads the newest posts of an organization by their index, as many as a page has, and
renders an empty template.

`POST /v1/rows` inserts a row a request in its own transaction, in the way that a bare application
has to its database: ours would lend it the very thing that is compared.
"""

import argparse
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Annotated

from fastapi import FastAPI, Header, HTTPException
from fastapi.responses import HTMLResponse
from sqlalchemy import Column, Connection, MetaData, Row, Table, Text, insert, select

from bench.floor_body import PostBody
from letmepost.kit.database import Database, Id, Timestamp
from letmepost.kit.http_server import listen, run_until_done, serve_until_signal
from letmepost.kit.ids import new_id
from letmepost.posts.tables import publications
from letmepost.tenancy.tables import api_keys

if TYPE_CHECKING:
    from jinja2 import Template
    from sqlalchemy.ext.asyncio import AsyncEngine

POSTS_OF_A_PAGE = 25
rows = Table(
    "bench_rows",
    MetaData(),
    Column("id", Id, primary_key=True),
    Column("text", Text),
    Column("created_at", Timestamp),
)


@cache
def _empty_page() -> "Template":
    # Loaded with the first page, as ours is: what rests does not have it.
    from jinja2 import Environment  # noqa: PLC0415

    return Environment(autoescape=True).from_string(
        "<!doctype html><title>Posts</title><body>{% block content %}{% endblock %}</body>"
    )


def create_app(database: Database) -> FastAPI:
    """The application."""
    app = FastAPI()

    @cache
    def engine() -> "AsyncEngine":
        # Loaded with the first row: what is started and what rests do not have it.
        from bench.bare_engine import bare_engine  # noqa: PLC0415

        return bare_engine(database.url)

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

    @app.get("/page")
    async def page(organization: str) -> HTMLResponse:
        posts = publications.c

        def newest(connection: Connection) -> Sequence[Row[tuple[str, ...]]]:
            return connection.execute(
                select(publications)
                .where(posts.organization_id == organization)
                .order_by(posts.created_at.desc(), posts.id.desc())
                .limit(POSTS_OF_A_PAGE)
            ).all()

        return HTMLResponse(_empty_page().render(posts=await database.read(newest)))

    @app.post("/v1/rows")
    async def insert_row(body: PostBody) -> dict[str, str]:
        row_id = new_id("row")
        async with engine().begin() as connection:
            await connection.execute(
                insert(rows).values(id=row_id, text=body.text, created_at=datetime.now(UTC))
            )
        return {"id": row_id}

    return app


async def serve(url: str, port: int) -> None:
    """Serve until SIGINT or SIGTERM."""
    database = Database(url)
    await database.write(lambda connection: rows.create(connection, checkfirst=True))
    with listen("127.0.0.1", port) as listener:
        await serve_until_signal(create_app(database), listener)
    await database.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("url", help="of the product's own database")
    parser.add_argument("port", type=int)
    chosen = parser.parse_args()
    run_until_done(serve(chosen.url, chosen.port))
