"""A form with a large file: its length is told before it is read, and its file comes last."""

from collections.abc import AsyncIterator
from email import message_from_bytes
from typing import Any

from letmepost.platform_kit.upload_form import UploadForm


async def pieces() -> AsyncIterator[bytes]:
    yield b"first "
    yield b"second"


def form() -> UploadForm:
    return UploadForm(
        fields={"key": "uploads/1", "policy": "a\r\nb"},
        file_field="file",
        filename='say "film".mp4',
        content_type="video/mp4",
        size_bytes=12,
        content=pieces(),
    )


async def test_length_is_that_of_the_bytes() -> None:
    made = form()
    body = b"".join([piece async for piece in made.body()])
    assert made.headers["Content-Length"] == str(len(body))


async def test_parts_are_read_as_they_were_written() -> None:
    made = form()
    body = b"".join([piece async for piece in made.body()])
    head = f"Content-Type: {made.headers['Content-Type']}\r\n\r\n".encode()
    parts: Any = message_from_bytes(head + body).get_payload()
    key, policy, file = parts
    assert key.get_param("name", header="Content-Disposition") == "key"
    assert policy.get_payload(decode=True) == b"a\r\nb"
    assert file.get_param("filename", header="Content-Disposition") == "say %22film%22.mp4"
    assert (file.get_content_type(), file.get_payload(decode=True)) == (
        "video/mp4",
        b"first second",
    )


def test_it_is_shown_without_its_bytes() -> None:
    assert form().described() == [
        {"name": "key", "value": "uploads/1"},
        {"name": "policy", "value": "a\r\nb"},
        {
            "name": "file",
            "filename": 'say "film".mp4',
            "content_type": "video/mp4",
            "size_bytes": 12,
        },
    ]
