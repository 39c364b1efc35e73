"""Receiving an upload: one part, streamed, and no trace of an upload that did not finish."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.media.receive import ReceivedFile, receive

LIMIT = 100_000
FORM = "multipart/form-data; boundary=edge"


def part(data: bytes, name: str = "file", more: str = '; filename="cat.jpg"') -> bytes:
    head = (
        f'Content-Disposition: form-data; name="{name}"{more}\r\nContent-Type: image/jpeg\r\n\r\n'
    )
    return head.encode() + data


def form(*parts: bytes, edge: str = "edge") -> bytes:
    mark = b"--" + edge.encode()
    return b"".join(mark + b"\r\n" + each + b"\r\n" for each in parts) + mark + b"--\r\n"


async def pieces(body: bytes, size: int = 64 * 1024) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


async def upload(
    directory: Path, body: bytes, content_type: str | None = FORM, size: int = 64 * 1024
) -> ReceivedFile:
    return await receive(content_type, pieces(body, size), max_bytes=LIMIT, directory=directory)


async def refusal(directory: Path, body: bytes, content_type: str | None = FORM) -> LetmepostError:
    with pytest.raises(LetmepostError) as caught:
        await upload(directory, body, content_type)
    assert files_in(directory) == []
    return caught.value


def files_in(directory: Path) -> list[bytes]:
    return [path.read_bytes() for path in directory.iterdir()]


async def test_the_file_part_is_stored_and_described(tmp_path: Path) -> None:
    data = bytes(range(256)) * 100
    received = await upload(tmp_path, form(part(data)))
    assert files_in(tmp_path) == [data]
    assert received.path.parent == tmp_path
    assert (received.filename, received.declared_type) == ("cat.jpg", "image/jpeg")
    assert (received.size_bytes, received.sha256) == (len(data), hashlib.sha256(data).hexdigest())


async def test_other_parts_are_drained_and_ignored(tmp_path: Path) -> None:
    body = form(
        part(b"a note", "note", ""), part(b"bytes"), part(b"x" * 5000, "other", '; filename="x"')
    )
    await upload(tmp_path, body)
    assert files_in(tmp_path) == [b"bytes"]


async def test_a_file_name_beyond_ascii_is_kept(tmp_path: Path) -> None:
    received = await upload(tmp_path, form(part(b"x", more='; filename="Kätzchen 猫.jpg"')))
    assert received.filename == "Kätzchen 猫.jpg"


async def test_a_name_that_climbs_folders_does_not_decide_the_path(tmp_path: Path) -> None:
    received = await upload(tmp_path, form(part(b"x", more='; filename="../../etc/passwd"')))
    assert received.path.parent == tmp_path


async def test_the_fingerprint_ignores_the_boundary_and_nothing_else(tmp_path: Path) -> None:
    first = await upload(tmp_path, form(part(b"data")))
    again = await upload(
        tmp_path, form(part(b"data"), edge="other"), "multipart/form-data; boundary=other"
    )
    assert first.fingerprint == again.fingerprint
    for changed in (
        part(b"Data"),
        part(b"data", more='; filename="dog.jpg"'),
        part(b"data", more=""),
        part(b"data").replace(b"image/jpeg", b"image/png"),
    ):
        assert (await upload(tmp_path, form(changed))).fingerprint != first.fingerprint


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "application/json",
        "multipart/form-data",
        "multipart/mixed; boundary=edge",
        "猫;a=b",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=" + "x" * 300,
    ],
)
async def test_another_content_type_is_refused(tmp_path: Path, content_type: str | None) -> None:
    error = await refusal(tmp_path, form(part(b"x")), content_type)
    assert (error.code, error.rule) == (ErrorCode.VALIDATION_FAILED, "media.content_type")


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (b"", "media.empty_body"),
        (form(), "media.missing_file"),
        (form(part(b"x", "photo")), "media.missing_file"),
        (form(part(b"x"), part(b"y")), "media.single_file"),
        (form(part(b"x"))[:-6], "media.parse_failed"),
        (form(part(b"x" * 900))[:500], "media.parse_failed"),
        (b"not a form at all", "media.parse_failed"),
        (form(b"no header here"), "media.parse_failed"),
        (form(b"Content-Type: image/jpeg\r\n\r\nx"), "media.parse_failed"),
        (form(part(b"x"), edge="elsewhere"), "media.parse_failed"),
        (form(*[part(b"", f"n{n}") for n in range(200)]), "media.parse_failed"),
        (form(part(b"x" * (LIMIT + 1))), "media.size_max"),
        (form(part(b"x" * (LIMIT + 1), "note"), part(b"x")), "media.size_max"),
    ],
)
async def test_a_body_that_is_not_one_file_is_refused(
    tmp_path: Path, body: bytes, rule: str
) -> None:
    error = await refusal(tmp_path, body)
    assert (error.code, error.rule) == (ErrorCode.VALIDATION_FAILED, rule)
    assert error.remediation


async def test_a_file_without_bytes_is_refused(tmp_path: Path) -> None:
    error = await refusal(tmp_path, form(part(b"")))
    assert (error.code, error.rule) == (ErrorCode.PREFLIGHT_FAILED, "media.file.empty")


async def test_a_file_of_exactly_the_limit_is_taken(tmp_path: Path) -> None:
    assert (await upload(tmp_path, form(part(b"x" * LIMIT)))).size_bytes == LIMIT


async def test_the_rest_is_not_read_once_the_limit_is_passed(tmp_path: Path) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        yield form(part(b""))[: -len(b"\r\n--edge--\r\n")]
        while True:
            read += 10_000
            yield bytes(10_000)

    with pytest.raises(LetmepostError) as caught:
        await receive(FORM, endless(), max_bytes=LIMIT, directory=tmp_path)
    assert caught.value.rule == "media.size_max"
    assert str(LIMIT) in caught.value.message
    assert read <= LIMIT + 20_000
    assert files_in(tmp_path) == []


async def test_an_upload_that_is_cancelled_or_breaks_off_leaves_no_file(tmp_path: Path) -> None:
    waiting = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield form(part(b"x" * 5000))[:4000]
        waiting.set()
        await asyncio.Event().wait()

    receiving = asyncio.create_task(receive(FORM, slow(), max_bytes=LIMIT, directory=tmp_path))
    await waiting.wait()
    assert len(files_in(tmp_path)) == 1
    receiving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await receiving
    assert files_in(tmp_path) == []

    async def broken() -> AsyncIterator[bytes]:
        yield form(part(b"x" * 5000))[:4000]
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await receive(FORM, broken(), max_bytes=LIMIT, directory=tmp_path)
    assert files_in(tmp_path) == []


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.binary(min_size=1, max_size=400), size=st.integers(1, 300))
async def test_the_bytes_arrive_whole_however_the_body_is_cut(
    tmp_path: Path, data: bytes, size: int
) -> None:
    noisy = data + b"\r\n--edg" + data + b"\r\n-" + data
    received = await upload(tmp_path, form(part(b"", "note", ""), part(noisy)), size=size)
    assert received.sha256 == hashlib.sha256(noisy).hexdigest()
