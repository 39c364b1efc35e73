"""Files: how far a large upload lets the server grow, and how long a video is read.

Both have a limit of their own in place of a floor, which stands in the column of the floor.
"""

import asyncio
import http.client
import json
import os
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import replace
from itertools import repeat
from pathlib import Path

import av
from PIL import Image

from bench.figures import Figure
from bench.processes import HOST, BenchmarkError, call
from bench.setting import Setting
from letmepost.media.inspect import inspect

UPLOAD_BYTES = 500_000_000
QUICK_UPLOAD_BYTES = 50_000_000
PIECE_BYTES = 1_000_000
GROWTH_MB = 64.0
MOVIE_BYTES = 20_000_000
PROBE_MS = 50.0
ROUNDS = 3
CREATED = 201
# A ratio is made of what is measured, and nothing cannot be a part of one.
LEAST = 0.01
BOUNDARY = "bench"


def upload(port: int, key: str, content: bytes) -> str:
    """Upload a file; its id."""
    return _sent(port, key, len(content), iter([content]))


def _upload(port: int, key: str, size_bytes: int) -> str:
    """Upload noise of this size, a piece at a time; the id of the file."""
    piece = os.urandom(PIECE_BYTES)
    return _sent(port, key, size_bytes, repeat(piece, size_bytes // PIECE_BYTES))


def _sent(port: int, key: str, size_bytes: int, pieces: Iterable[bytes]) -> str:
    head = (
        f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=file; filename=noise\r\n\r\n"
    ).encode()
    tail = f"\r\n--{BOUNDARY}--\r\n".encode()
    connection = http.client.HTTPConnection(HOST, port, timeout=300)
    try:
        connection.putrequest("POST", "/v1/media")
        for name, value in (
            ("Authorization", f"Bearer {key}"),
            ("Content-Type", f"multipart/form-data; boundary={BOUNDARY}"),
            ("Content-Length", str(len(head) + size_bytes + len(tail))),
        ):
            connection.putheader(name, value)
        connection.endheaders(head)
        for piece in pieces:
            connection.send(piece)
        connection.send(tail)
        response = connection.getresponse()
        body = response.read()
    finally:
        connection.close()
    if response.status != CREATED:
        raise BenchmarkError(f"the upload was answered {response.status}: {body.decode()}")
    return str(json.loads(body)["id"])


def uploading(setting: Setting) -> Iterator[Figure]:
    """Megabytes by which the server grows at most while it takes one large file."""
    size_bytes = QUICK_UPLOAD_BYTES if setting.quick else UPLOAD_BYTES
    title = f"Growth while {size_bytes // 1_000_000} MB are uploaded"
    figure = Figure("upload-memory", title, "MB", 1.0, "less")
    raised = replace(
        setting, settings={**setting.settings, "LETMEPOST_MEDIA_MAX_BYTES": str(size_bytes)}
    )
    headers = {"Authorization": f"Bearer {setting.key}"}
    for number in range(min(setting.rounds, ROUNDS)):
        setting.say(f"{figure.title}, round {number + 1}")
        with raised.product() as product:
            # What the first upload loads is not what a large one takes.
            small = _upload(product.port, setting.key, PIECE_BYTES)
            before = product.resident_bytes()
            large = _upload(product.port, setting.key, size_bytes)
            figure.pairs.append((GROWTH_MB, max(LEAST, (product.peak_bytes() - before) / 1e6)))
            for media_id in (small, large):
                call(product.port, "DELETE", f"/v1/media/{media_id}", None, headers)
    yield figure


def probing(setting: Setting) -> Iterator[Figure]:
    """Milliseconds that reading a video takes beyond those that a file with nothing in it takes.

    Those are the start of its process and all that is sent to and fro.
    """
    figure = Figure("probe", "Read a 20 MB MP4, beyond process start", "ms", 1.0, "less")
    setting.say("make a video of 20 MB")
    path = setting.folder / "movie.mp4"
    _make_movie(path)
    size_bytes = path.stat().st_size
    empty = setting.folder / "empty"
    empty.touch()

    async def start() -> None:
        await inspect(empty, size_bytes=0, sha256="")

    async def read() -> None:
        facts = await inspect(path, size_bytes=size_bytes, sha256="")
        if facts.problem or not facts.video_codec:
            raise BenchmarkError(f"the video was not read: {facts}")

    for number in range(setting.rounds):
        setting.say(f"{figure.title}, round {number + 1} of {setting.rounds}")
        started, whole = asyncio.run(_milliseconds(start)), asyncio.run(_milliseconds(read))
        figure.pairs.append((PROBE_MS, max(LEAST, whole - started)))
    yield figure


async def _milliseconds(work: Callable[[], Awaitable[None]]) -> float:
    """The time of the fastest of some runs: what is slower was disturbed."""
    took = []
    for _ in range(5):
        began = time.perf_counter()
        await work()
        took.append(1000 * (time.perf_counter() - began))
    return min(took)


def _make_movie(path: Path) -> None:
    """A movie of noise, which no encoder makes small."""
    with av.open(str(path), "w", options={"movflags": "faststart"}) as output:
        track = output.add_stream("libx264", rate=30, options={"preset": "ultrafast", "qp": "4"})
        track.width, track.height, track.pix_fmt = 1280, 720, "yuv420p"
        written = 0
        while written < MOVIE_BYTES:
            picture = Image.effect_noise((1280, 720), 120).convert("RGB")
            frame = av.VideoFrame.from_image(picture)  # type: ignore[no-untyped-call]
            for packet in track.encode(frame):
                written += packet.size
                output.mux(packet)
        output.mux(track.encode())
