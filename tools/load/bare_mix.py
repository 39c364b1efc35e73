"""The floor of the mix: a bare FastAPI application that is asked the same, and does it once.

It looks up the key, reads and writes rows of its own in a transaction a request, keeps an uploaded
file, calls the platform, tells the webhook endpoint, signed, and writes down what it was answered.
It has none of our promises: no rules, nothing said before a call, no attempt and no retry, nothing
read from a file. What it was about to do is forgotten with its process.

The work after an answer is a `BackgroundTasks` of FastAPI, as its own documentation has it:
https://fastapi.tiangolo.com/tutorial/background-tasks/.
"""

import argparse
import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar

import aiohttp
from fastapi import (
    APIRouter,
    BackgroundTasks,
    FastAPI,
    Header,
    HTTPException,
    Request,
    UploadFile,
)
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Column, Index, Integer, MetaData, Row, Table, Text, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bench.bare_engine import bare_engine
from bench.floor_body import PostBody
from bench.setting import PASSWORD
from letmepost.accounts.tables import accounts
from letmepost.kit.database import Database, Id, Timestamp
from letmepost.kit.http_server import listen, run_until_done, serve_until_signal
from letmepost.kit.ids import new_id
from letmepost.posts.tables import publications
from letmepost.tenancy.tables import api_keys

T = TypeVar("T")

SECRET = b"whsec_bare"
LIMIT = 20
tables = MetaData()
posts = Table(
    "bare_posts",
    tables,
    Column("id", Id, primary_key=True),
    Column("organization_id", Id),
    Column("account_id", Id),
    Column("text", Text),
    Column("state", Text),
    Column("platform_uri", Text, nullable=True),
    Column("scheduled_at", Timestamp, nullable=True),
    Column("created_at", Timestamp),
    Index("ix_bare_posts", "organization_id", "created_at"),
)
files = Table(
    "bare_files",
    tables,
    Column("id", Id, primary_key=True),
    Column("organization_id", Id),
    Column("name", Text),
    Column("size_bytes", Integer),
    Column("sha256", Text),
    Column("created_at", Timestamp),
)
deliveries = Table(
    "bare_deliveries",
    tables,
    Column("id", Id, primary_key=True),
    Column("organization_id", Id),
    Column("post_id", Id),
    Column("type", Text),
    Column("status", Integer),
    Column("created_at", Timestamp),
    Index("ix_bare_deliveries", "organization_id", "created_at"),
)


class Answered(BaseModel):
    """What is answered from a row."""

    model_config = ConfigDict(from_attributes=True)


class PostAnswer(Answered):
    """A post."""

    id: str
    account_id: str
    text: str
    state: str
    platform_uri: str | None
    scheduled_at: datetime | None
    created_at: datetime


class FileAnswer(Answered):
    """A file."""

    id: str
    name: str
    size_bytes: int
    sha256: str


class DeliveryAnswer(Answered):
    """A delivery."""

    id: str
    post_id: str
    type: str
    status: int
    created_at: datetime


class Page(BaseModel, Generic[T]):
    """The newest of something."""

    data: list[T]


class Outside:
    """The platform and the webhook endpoint, over connections that are kept."""

    def __init__(self, engine: AsyncEngine, hooks: str) -> None:
        self._engine = engine
        self._hooks = hooks
        self._session = aiohttp.ClientSession()
        self._tokens: dict[str, str] = {}

    async def close(self) -> None:
        """Hang up."""
        await self._session.close()

    async def publish(self, post: dict[str, Any], details: dict[str, Any]) -> None:
        """Create the record, say so in the row, and tell the endpoint."""
        answer = await self._call(
            details,
            "com.atproto.repo.createRecord",
            {
                "repo": details["did"],
                "collection": "app.bsky.feed.post",
                "record": {
                    "$type": "app.bsky.feed.post",
                    "text": post["text"],
                    "createdAt": post["created_at"].isoformat(),
                },
            },
            {"Authorization": f"Bearer {await self._token(details)}"},
        )
        async with self._engine.begin() as connection:
            await connection.execute(
                update(posts)
                .where(posts.c.id == post["id"])
                .values(state="published", platform_uri=answer["uri"])
            )
        await self.tell(post, "post.published")

    async def tell(self, post: dict[str, Any], kind: str) -> None:
        """Tell the endpoint of a post, and write down what it answered."""
        body = PostAnswer.model_validate(post).model_dump_json().encode()
        signature = hmac.new(SECRET, body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Signature": f"sha256={signature}"}
        async with self._session.post(self._hooks, data=body, headers=headers) as response:
            await response.read()
            status = response.status
        async with self._engine.begin() as connection:
            await connection.execute(
                insert(deliveries).values(
                    id=new_id("dlv"),
                    organization_id=post["organization_id"],
                    post_id=post["id"],
                    type=kind,
                    status=status,
                    created_at=datetime.now(UTC),
                )
            )

    async def _token(self, details: dict[str, Any]) -> str:
        did = details["did"]
        if did not in self._tokens:
            body = {"identifier": did, "password": PASSWORD}
            answer = await self._call(details, "com.atproto.server.createSession", body, {})
            self._tokens[did] = answer["accessJwt"]
        return self._tokens[did]

    async def _call(
        self,
        details: dict[str, Any],
        name: str,
        body: dict[str, Any],
        headers: dict[str, str],
    ) -> Any:  # noqa: ANN401 - JSON
        address = f"{details['pdsUrl']}/xrpc/{name}"
        async with self._session.post(address, json=body, headers=headers) as response:
            response.raise_for_status()
            return await response.json()


router = APIRouter()
Authorization = Annotated[str, Header()]


def engine_of(request: Request) -> AsyncEngine:
    """The way to the database."""
    found: AsyncEngine = request.app.state.engine
    return found


async def organization_of(connection: AsyncConnection, authorization: str) -> str:
    """The organization whose key is shown; 401 where there is none."""
    sha256 = hashlib.sha256(authorization.removeprefix("Bearer ").encode()).hexdigest()
    found = await connection.execute(
        select(api_keys.c.organization_id).where(
            api_keys.c.sha256 == sha256, api_keys.c.revoked_at.is_(None)
        )
    )
    row = found.one_or_none()
    if row is None:
        raise HTTPException(401)
    return str(row.organization_id)


async def details_of(
    connection: AsyncConnection, body: PostBody, organization_id: str
) -> dict[str, dict[str, Any]]:
    """Where each account lives; 404 unless all are of the organization."""
    asked = {each.account_id for each in body.targets}
    found = await connection.execute(
        select(accounts.c.id, accounts.c.details).where(
            accounts.c.id.in_(asked), accounts.c.organization_id == organization_id
        )
    )
    rows = {row.id: row.details for row in found}
    if len(rows) != len(asked):
        raise HTTPException(404)
    return rows


async def newest(
    connection: AsyncConnection, table: Table, organization_id: str, limit: int = LIMIT
) -> Sequence[Row[Any]]:
    """The newest rows of an organization."""
    found = await connection.execute(
        select(table)
        .where(table.c.organization_id == organization_id)
        .order_by(table.c.created_at.desc())
        .limit(limit)
    )
    return found.all()


@router.get("/health")
async def health() -> dict[str, str]:
    """It answers."""
    return {"status": "ok"}


@router.get("/v1/posts")
async def read_posts(
    request: Request, authorization: Authorization, limit: int = LIMIT
) -> Page[PostAnswer]:
    """The newest posts."""
    async with engine_of(request).connect() as connection:
        organization_id = await organization_of(connection, authorization)
        rows = await newest(connection, posts, organization_id, limit)
    return Page(data=[PostAnswer.model_validate(row) for row in rows])


@router.get("/v1/posts/{post_id}")
async def read_post(request: Request, post_id: str, authorization: Authorization) -> PostAnswer:
    """One post."""
    async with engine_of(request).connect() as connection:
        organization_id = await organization_of(connection, authorization)
        found = await connection.execute(
            select(posts).where(posts.c.id == post_id, posts.c.organization_id == organization_id)
        )
        row = found.one_or_none()
    if row is None:
        raise HTTPException(404)
    return PostAnswer.model_validate(row)


@router.post("/v1/posts/validate")
async def validate(
    request: Request, body: PostBody, authorization: Authorization
) -> dict[str, bool]:
    """Whether the body is one, and its accounts are there."""
    async with engine_of(request).connect() as connection:
        organization_id = await organization_of(connection, authorization)
        await details_of(connection, body, organization_id)
    return {"valid": True}


@router.post("/v1/posts", status_code=202)
async def create_post(
    request: Request, body: PostBody, authorization: Authorization, later: BackgroundTasks
) -> PostAnswer:
    """Keep the post; publish it, or tell of it, once it is answered."""
    async with engine_of(request).begin() as connection:
        organization_id = await organization_of(connection, authorization)
        details = await details_of(connection, body, organization_id)
        post: dict[str, Any] = {
            "id": new_id("post"),
            "organization_id": organization_id,
            "account_id": body.targets[0].account_id,
            "text": body.text,
            "state": "queued" if body.scheduled_at else "publishing",
            "platform_uri": None,
            "scheduled_at": body.scheduled_at,
            "created_at": datetime.now(UTC),
        }
        await connection.execute(insert(posts).values(post))
    if body.scheduled_at:
        later.add_task(request.app.state.outside.tell, post, "post.queued")
    else:
        later.add_task(request.app.state.outside.publish, post, details[post["account_id"]])
    return PostAnswer.model_validate(post)


@router.post("/v1/media", status_code=201)
async def upload(request: Request, file: UploadFile, authorization: Authorization) -> FileAnswer:
    """Keep a file."""
    content = await file.read()
    async with engine_of(request).begin() as connection:
        row = {
            "id": new_id("media"),
            "organization_id": await organization_of(connection, authorization),
            "name": file.filename,
            "size_bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "created_at": datetime.now(UTC),
        }
        (request.app.state.folder / str(row["id"])).write_bytes(content)
        await connection.execute(insert(files).values(row))
    return FileAnswer.model_validate(row)


@router.get("/v1/webhook-endpoints/{endpoint_id}/deliveries")
async def read_deliveries(
    request: Request,
    endpoint_id: str,  # noqa: ARG001 - there is one
    authorization: Authorization,
) -> Page[DeliveryAnswer]:
    """The newest deliveries."""
    async with engine_of(request).connect() as connection:
        organization_id = await organization_of(connection, authorization)
        rows = await newest(connection, deliveries, organization_id)
    return Page(data=[DeliveryAnswer.model_validate(row) for row in rows])


async def serve(url: str, port: int, folder: Path, hooks: str) -> None:
    """Serve until SIGINT or SIGTERM. What can be read in the beginning is what the product has."""
    database = Database(url)
    present = publications.c
    await database.write(tables.create_all)
    await database.write(
        lambda connection: connection.execute(
            insert(posts).from_select(
                [each.name for each in posts.columns],
                select(
                    present.id,
                    present.organization_id,
                    present.account_id,
                    present.text,
                    present.state,
                    present.platform_uri,
                    present.scheduled_at,
                    present.created_at,
                ),
            )
        )
    )
    await database.close()
    app = FastAPI()
    app.include_router(router)
    app.state.engine = engine = bare_engine(url)
    app.state.outside = Outside(engine, hooks)
    app.state.folder = folder
    with listen("127.0.0.1", port) as listener:
        await serve_until_signal(app, listener)
    await app.state.outside.close()
    await engine.dispose()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("url", help="of the product's own database")
    parser.add_argument("port", type=int)
    parser.add_argument("folder", type=Path, help="where uploaded files go")
    parser.add_argument("hooks", help="the address of the webhook endpoint")
    chosen = parser.parse_args()
    run_until_done(serve(chosen.url, chosen.port, chosen.folder, chosen.hooks))
