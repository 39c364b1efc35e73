"""What a type checker says of calls: mypy runs over this file, and nothing else does.

A comment that ignores an error is itself an error where there is none to ignore.
"""

from __future__ import annotations

from collections.abc import Iterator

from typing_extensions import assert_type

from letmepost_sdk import AsyncLetmepost, Letmepost, LetmepostError, verify_webhook
from letmepost_sdk.types import (
    Batch,
    ConnectedAccount,
    Event,
    Media,
    Post,
    PostPublished,
    Violated,
)


def blocking(client: Letmepost) -> None:
    batch = client.posts.create({"targets": [{"platform": "bluesky"}], "text": "Typed"})
    assert_type(batch, Batch)
    assert_type(batch["results"][0]["postId"], str)
    assert_type(client.posts.iterate(status="failed", limit=3), Iterator[Post])
    assert_type(client.media.upload(b"bytes", filename="a.png"), Media)
    assert_type(client.accounts.complete_connect("bluesky", {}), ConnectedAccount)
    event = verify_webhook(b"", {}, ["a", "b"])
    assert_type(event, Event)
    if event["type"] == "post.published":
        assert_type(event["data"], PostPublished)

    client.posts.create({"txt": "No such field"})  # type: ignore[typeddict-unknown-key]
    client.posts.create({"text": 7})  # type: ignore[typeddict-item]
    client.posts.create({"targets": [{"options": {"platform": "none"}}]})  # type: ignore[typeddict-item]
    client.posts.create({"text": "x"}, idempotency_key=7)  # type: ignore[arg-type]
    client.posts.list(statuss="failed")  # type: ignore[call-arg]
    client.posts.list(status="lost")  # type: ignore[arg-type]
    client.posts.list(platform=["bluesky", "nowhere"])  # type: ignore[list-item]
    client.accounts.connect("nowhere")  # type: ignore[arg-type]
    event["data"]["uri"]  # type: ignore[typeddict-item]
    client.posts.get()  # type: ignore[call-arg]
    client.posts.send()  # type: ignore[attr-defined]
    batch["postId"]  # type: ignore[misc]


async def awaiting(client: AsyncLetmepost) -> None:
    assert_type(await client.posts.create({"text": "Typed"}, wait_seconds=5), Batch)
    async for post in client.posts.iterate(limit=3):
        assert_type(post, Post)
    client.posts.create({"text": "x"})["id"]  # type: ignore[index]


def errors(error: LetmepostError) -> None:
    assert_type(error.violations[0], Violated)
    assert_type(error.rule, str | None)
