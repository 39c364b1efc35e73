"""Posts that a platform works on for minutes: what it costs a server that a thousand of them wait.

Each is a carousel of ten, nine images and a video, whose containers are not ready for a long time.
"""

import asyncio
import http.client
import io
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import av
from PIL import Image
from sqlalchemy import Connection, func, select

from bench.figures import Figure
from bench.media_files import upload
from bench.processes import HOST, BenchmarkError, Process, call, free_port, running
from bench.setting import Setting
from letmepost.jobs.run import CONCURRENCY
from letmepost.kit.database import Database, sqlite_url
from letmepost.posts.tables import publications

PLATFORM = "threads"
PROFILES = 25
POSTS = 1000
QUICK_POSTS = 50
ITEMS = 10
GROWTH_MB = 64.0
NEVER_READY = 1_000_000
PATIENCE_SECONDS = 300.0
LEAST = 0.01
FOUND = 302


def _picture() -> bytes:
    written = io.BytesIO()
    Image.effect_noise((640, 640), 60).convert("RGB").save(written, "JPEG")
    return written.getvalue()


def _film(path: Path) -> bytes:
    with av.open(str(path), "w", options={"movflags": "faststart"}) as output:
        track = output.add_stream("libx264", rate=30, options={"preset": "ultrafast"})
        track.width, track.height, track.pix_fmt = 640, 640, "yuv420p"
        for _ in range(30):
            picture = Image.new("RGB", (640, 640), "navy")
            for packet in track.encode(av.VideoFrame.from_image(picture)):  # type: ignore[no-untyped-call]
                output.mux(packet)
        output.mux(track.encode())
    return path.read_bytes()


def _consented(address: str, account: str) -> dict[str, str]:
    """What the browser comes back with when the owner has consented."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc, timeout=60)
    form = urlencode({"decision": "approve", "account": account})
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", f"{parts.path}?{parts.query}", form, headers)
    response = connection.getresponse()
    response.read()
    connection.close()
    if response.status != FOUND:
        raise BenchmarkError(f"the consent page answered {response.status}")
    return dict(parse_qsl(urlsplit(response.headers["Location"]).query))


def _connected(setting: Setting, port: int, headers: Mapping[str, str]) -> list[str]:
    """The ids of accounts, whose containers will not be ready."""
    names = [f"person{number}" for number in range(PROFILES)]
    world = {"platform": PLATFORM, "profiles": names, "readsUntilReady": NEVER_READY}
    made = call(setting.simulator, "POST", "/_simulator/world", world)
    begin = f"/v1/accounts/connect/{PLATFORM}"
    accounts = []
    for profile in made["profiles"]:
        begun = call(port, "POST", begin, {}, headers)
        back = _consented(begun["descriptor"]["authorizationUrl"], profile["id"])
        given = {name: back[name] for name in ("code", "state")}
        accounts.append(call(port, "POST", f"{begin}/complete", given, headers)["id"])
    return accounts


def _waiting(url: str) -> int:
    """How many posts wait for their platform."""

    def count(connection: Connection) -> int:
        counted: int = connection.execute(
            select(func.count()).where(publications.c.state == "waiting")
        ).scalar_one()
        return counted

    async def ask() -> int:
        database = Database(url)
        try:
            return await database.read(count)
        finally:
            await database.close()

    return asyncio.run(ask())


def _until_waiting(url: str, wanted: int) -> None:
    ends_at = time.monotonic() + PATIENCE_SECONDS
    while (there := _waiting(url)) < wanted:
        if time.monotonic() > ends_at:
            raise BenchmarkError(f"only {there} of {wanted} posts wait")
        time.sleep(0.5)


def _connections(process: Process) -> int:
    """The sockets that a process has open."""
    links = Path(f"/proc/{process.popen.pid}/fd").iterdir()
    return sum("socket:" in str(each.readlink()) for each in links if each.is_symlink())


def waiting(setting: Setting) -> Iterator[Figure]:
    """Megabytes by which a server grows, and connections that it has open, while posts wait."""
    posts = QUICK_POSTS if setting.quick else POSTS
    memory = Figure("waiting", f"Growth while {posts:,} posts wait", "MB", 1.0, "less")
    sockets = Figure("waiting-open", "Connections open meanwhile", "", 1.0, "less")
    setting.say(memory.title)
    port = free_port()
    settings = {**setting.settings, "LETMEPOST_PUBLIC_URL": f"http://{HOST}:{port}"}
    url = settings.get("LETMEPOST_DATABASE_URL") or sqlite_url(
        setting.folder / "data" / "letmepost.sqlite"
    )
    headers = {"Authorization": f"Bearer {setting.key}", "Prefer": "respond-async"}
    arguments = ["-m", "letmepost", "serve", "--port", str(port)]
    with running(arguments, port=port, on=setting.cores.server, settings=settings) as product:
        accounts = _connected(setting, port, headers)
        picture = upload(port, setting.key, _picture())
        film = upload(port, setting.key, _film(setting.folder / "film.mp4"))
        media = [{"kind": "image", "mediaId": picture}] * (ITEMS - 1)
        media.append({"kind": "video", "mediaId": film})

        def post(number: int) -> None:
            target = {"accountId": accounts[number % PROFILES]}
            body = {"targets": [target], "text": f"Carousel {number}", "media": media}
            call(port, "POST", "/v1/posts", body, headers)

        # As many as are worked on side by side: what those load is not what waiting takes.
        first = posts // 5
        for number in range(first):
            post(number)
        _until_waiting(url, first)
        before = product.resident_bytes()
        for number in range(first, posts):
            post(number)
        _until_waiting(url, posts)
        growth = (product.resident_bytes() - before) / 1e6
        memory.pairs.append((GROWTH_MB, max(LEAST, growth)))
        sockets.pairs.append((CONCURRENCY, _connections(product)))
    yield memory
    yield sockets
