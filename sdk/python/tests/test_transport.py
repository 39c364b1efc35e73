"""What either client sends, and what it makes of what comes back."""

import io
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from letmepost_sdk import LetmepostError, NetworkError, NotFoundError
from sdk.python.tests.conftest import KINDS, opened_client
from sdk.python.tests.run_scenarios import settled
from sdk.python.tests.scripted_server import Scripted, ScriptedServer, refusal

MEGABYTE = 1024 * 1024


class OneWay(io.RawIOBase):
    """A file that cannot be rewound, such as the output of a program."""

    def __init__(self, content: bytes) -> None:
        self._rest = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._rest.readinto(buffer)


def file_in(body: bytes) -> bytes:
    """What the one part of a form holds."""
    _, _, rest = body.partition(b"\r\n\r\n")
    return rest.rpartition(b"\r\n--")[0].removesuffix(b"\r\n")


async def test_a_write_carries_key_body_and_a_key_of_its_own(
    scripted_client: Any, scripted: ScriptedServer
) -> None:
    scripted.answer(Scripted(document={"id": "b"}), Scripted(document={"id": "c"}))
    assert await settled(scripted_client.posts.create({"text": "Grüße ⛴️"})) == {"id": "b"}
    await settled(scripted_client.posts.create({"text": "Grüße ⛴️"}))
    first, second = scripted.asked
    assert (first.method, first.path) == ("POST", "/v1/posts")
    assert first.headers["authorization"] == "Bearer a-key"
    assert first.headers["content-type"] == "application/json"
    assert first.headers["user-agent"].startswith("letmepost-sdk-python/")
    assert json.loads(first.body) == {"text": "Grüße ⛴️"}
    assert UUID(first.headers["idempotency-key"]) != UUID(second.headers["idempotency-key"])


async def test_a_key_stays_over_the_retries_of_a_call(
    scripted_client: Any, scripted: ScriptedServer
) -> None:
    scripted.answer(
        Scripted(cut=True),
        Scripted(502, text="<h1>Bad gateway</h1>"),
        refusal("rate_limited", 429, retryable=True, headers={"Retry-After": "0"}),
        Scripted(document={"id": "b"}),
    )
    assert await settled(scripted_client.posts.create({"text": "Once"})) == {"id": "b"}
    assert len(scripted.asked) == 4
    assert len({each.headers["idempotency-key"] for each in scripted.asked}) == 1
    assert len({each.body for each in scripted.asked}) == 1


async def test_a_call_may_say_otherwise(scripted_client: Any, scripted: ScriptedServer) -> None:
    scripted.answer(Scripted(503, text=""))
    with pytest.raises(LetmepostError):
        await settled(
            scripted_client.accounts.refresh(
                "acc", idempotency_key="mine", retries=0, headers={"X-Trace": "t"}
            )
        )
    (asked,) = scripted.asked
    assert asked.headers["idempotency-key"] == "mine"
    assert asked.headers["x-trace"] == "t"
    assert asked.body == b""


async def test_a_header_of_a_call_goes_before_one_in_other_letters(
    scripted_client: Any, scripted: ScriptedServer
) -> None:
    scripted.answer(Scripted(document={}))
    headers = {"authorization": "Bearer another", "user-agent": "mine"}
    await settled(scripted_client.profiles.list(headers=headers))
    (asked,) = scripted.asked
    assert asked.headers["authorization"] == "Bearer another"
    assert asked.headers["user-agent"] == "mine"
    assert [name.lower() for name in asked.names].count("authorization") == 1


async def test_a_text_that_is_none_is_the_servers_to_refuse(
    scripted_client: Any, scripted: ScriptedServer
) -> None:
    scripted.answer(Scripted(document={}))
    await settled(scripted_client.posts.create({"text": "half \ud83d"}))
    assert json.loads(scripted.asked[0].body) == {"text": "half \ud83d"}


async def test_reads_have_no_key_and_queries_the_names_of_the_api(
    scripted_client: Any, scripted: ScriptedServer
) -> None:
    scripted.answer(Scripted(document={"data": [], "nextCursor": None}))
    await settled(
        scripted_client.posts.list(
            profile_id="p", status=["failed", "rejected"], q="a b&c", limit=3, cursor=None
        )
    )
    (asked,) = scripted.asked
    assert asked.path == "/v1/posts?profileId=p&status=failed&status=rejected&q=a+b%26c&limit=3"
    assert "idempotency-key" not in asked.headers


async def test_an_id_stays_one_part_of_the_address(
    scripted_client: Any, scripted: ScriptedServer
) -> None:
    scripted.answer(refusal("not_found", 404))
    with pytest.raises(NotFoundError):
        await settled(scripted_client.posts.get("../accounts/ä?x=1"))
    assert scripted.asked[0].path == "/v1/posts/..%2Faccounts%2F%C3%A4%3Fx%3D1"


@pytest.mark.parametrize(("seconds", "prefer"), [(0, "respond-async"), (90, "wait=90")])
async def test_how_long_the_server_waits_is_said_in_a_header(
    scripted_client: Any, scripted: ScriptedServer, seconds: int, prefer: str
) -> None:
    scripted.answer(Scripted(document={}))
    await settled(scripted_client.posts.create({"text": "x"}, wait_seconds=seconds))
    assert scripted.asked[0].headers["prefer"] == prefer


async def test_a_post_is_waited_for_until_it_ends(
    scripted_client: Any, scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("letmepost_sdk.resources.posts.ASK_AGAIN_SECONDS", 0.0)
    statuses = ("queued", "publishing", "rejected")
    scripted.answer(*[Scripted(document={"status": each}) for each in statuses])
    assert (await settled(scripted_client.posts.wait("p")))["status"] == "rejected"
    scripted.answer(Scripted(document={"status": "queued"}))
    with pytest.raises(TimeoutError, match="p is still queued"):
        await settled(scripted_client.posts.wait("p", patience_seconds=0))


async def test_files_are_streamed_from_memory_disk_and_open_files(
    scripted_client: Any, scripted: ScriptedServer, tmp_path: Path
) -> None:
    content = bytes(range(256)) * 4 * 1024
    assert len(content) == MEGABYTE
    path = tmp_path / 'a "b".png'
    path.write_bytes(content)
    scripted.answer(*[Scripted(document={"id": "med"})] * 4)
    await settled(scripted_client.media.upload(content, filename="c.png"))
    await settled(scripted_client.media.upload(path, profile_id="prof"))
    await settled(scripted_client.media.upload(str(path)))
    with path.open("rb") as opened:
        opened.seek(5)
        await settled(scripted_client.media.upload(opened))
    memory, disk, _, rest = scripted.asked
    assert [file_in(each.body) for each in scripted.asked] == [content] * 3 + [content[5:]]
    assert not any(each.chunked for each in scripted.asked)
    assert b'filename="c.png"\r\nContent-Type: image/png\r\n' in memory.body
    assert b'filename="a %22b%22.png"' in rest.body
    assert disk.path == "/v1/media?profileId=prof"


async def test_a_file_is_sent_from_its_beginning_again(
    scripted_client: Any, scripted: ScriptedServer
) -> None:
    scripted.answer(Scripted(503, text=""), Scripted(document={"id": "med"}))
    await settled(scripted_client.media.upload(io.BytesIO(b"x" * MEGABYTE)))
    first, second = scripted.asked
    assert first.body == second.body
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]


async def test_a_file_that_cannot_be_rewound_is_sent_once(
    scripted_client: Any, scripted: ScriptedServer
) -> None:
    scripted.answer(Scripted(503, text=""))
    with pytest.raises(LetmepostError):
        await settled(scripted_client.media.upload(OneWay(b"x" * MEGABYTE)))
    (asked,) = scripted.asked
    assert asked.chunked
    assert file_in(asked.body) == b"x" * MEGABYTE
    with pytest.raises(ValueError, match="size"):
        await settled(scripted_client.media.upload_direct(OneWay(b"x")))


async def test_bytes_go_straight_to_storage_without_the_key(
    scripted_client: Any, scripted: ScriptedServer
) -> None:
    begun = {"id": "up", "url": f"{scripted.url}/bucket?sig=%2Fa", "headers": {"X-Amz": "1"}}
    scripted.answer(
        Scripted(201, begun), Scripted(503, text=""), Scripted(text=""), Scripted(201, {"id": "m"})
    )
    answer = await settled(scripted_client.media.upload_direct(b"bytes", filename="a.mp4"))
    assert answer == {"id": "m"}
    begin, failed, put, complete = scripted.asked
    assert json.loads(begin.body) == {
        "sizeBytes": 5,
        "filename": "a.mp4",
        "contentType": "video/mp4",
    }
    assert (put.method, put.path, put.body) == ("PUT", "/bucket?sig=%2Fa", b"bytes")
    assert put.headers["x-amz"] == "1"
    assert put.headers["content-length"] == "5"
    assert "authorization" not in put.headers
    assert failed.body == put.body
    assert complete.path == "/v1/media/uploads/up/complete"


async def test_a_silent_server_is_a_network_failure(
    scripted_client: Any, scripted: ScriptedServer
) -> None:
    scripted.answer(Scripted(silent=True))
    with pytest.raises(NetworkError) as caught:
        await settled(scripted_client.profiles.list(timeout_seconds=0.05, retries=0))
    assert caught.value.status == 0


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address at which nobody listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{unused.getsockname()[1]}"


@pytest.mark.parametrize("kind", KINDS)
async def test_nobody_listening_is_a_network_failure(kind: str, nobody: str) -> None:
    async for client in opened_client(kind, nobody, "k"):
        with pytest.raises(NetworkError) as caught:
            await settled(client.profiles.list(retries=1))
        assert caught.value.status == 0


async def test_a_redirect_is_not_followed(scripted_client: Any, scripted: ScriptedServer) -> None:
    scripted.answer(Scripted(302, text="", headers={"Location": f"{scripted.url}/elsewhere"}))
    with pytest.raises(LetmepostError) as caught:
        await settled(scripted_client.profiles.list())
    assert caught.value.status == 302
    assert len(scripted.asked) == 1


async def test_an_answer_that_is_not_json_is_an_error(
    scripted_client: Any, scripted: ScriptedServer
) -> None:
    scripted.answer(Scripted(200, text="<h1>Welcome</h1>"))
    with pytest.raises(LetmepostError, match="not JSON"):
        await settled(scripted_client.profiles.list())
