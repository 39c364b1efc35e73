"""Delivering posts that are due, beside a bare loop that claims, posts and writes down."""

import asyncio
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, func, select

from bench.due_posts import connected, later, schedule
from bench.figures import Figure
from bench.processes import HOST, BenchmarkError, Process, call, free_port, running
from bench.setting import Setting
from letmepost.configuration import migrate, open_keyring, read_configuration
from letmepost.kit.crypto import new_key
from letmepost.kit.database import Database, sqlite_url
from letmepost.posts.tables import publications

ROUNDS = 3
QUICK_POSTS = 300
LOOK_EVERY_SECONDS = 0.1
LEAST_PER_SECOND = 50
STARTED_SECONDS = 30.0
# So long before its time a worker is started that it waits for the first post.
START_SECONDS = 5.0
A_SECOND = 100
LAG_SECONDS = 10
LAG_GOAL_MS = 1000.0


@dataclass(frozen=True)
class Delivery:
    """A platform that answers at once, and the settings of workers that publish there."""

    setting: Setting
    upstream: int
    settings: Mapping[str, str]

    @property
    def url(self) -> str:
        """The database that is drained."""
        return self.settings["LETMEPOST_DATABASE_URL"]

    def seed(self, due: int, future: int = 0, *, first_at: datetime | None = None) -> None:
        """Fill the database: posts that are due, all now or from `first_at`, and later ones."""
        asyncio.run(self._seed(due, future, first_at))

    async def _seed(self, due: int, future: int, first_at: datetime | None) -> None:
        keyring = open_keyring(read_configuration(self.settings).server)
        database, now = Database(self.url), datetime.now(UTC)
        await migrate(database)

        def fill(connection: Connection) -> None:
            owners = connected(connection, keyring, f"http://{HOST}:{self.upstream}", now)
            start, step = first_at or now - timedelta(minutes=1), timedelta(seconds=1 / A_SECOND)
            if first_at is None:
                step = timedelta(minutes=1) / due
            schedule(connection, owners, (start + step * each for each in range(due)), now)
            if future:
                schedule(connection, owners, later(now, future), now, first=due)

        await database.write(fill)
        await database.close()

    def published(self) -> int:
        """How many posts are published."""

        def count(connection: Connection) -> int:
            counted: int = connection.execute(
                select(func.count()).where(publications.c.state == "published")
            ).scalar_one()
            return counted

        async def ask() -> int:
            database = Database(self.url)
            try:
                return await database.read(count)
            finally:
                await database.close()

        return asyncio.run(ask())

    def seen(self) -> dict[str, float]:
        """When the platform was first asked for each text."""
        found: dict[str, float] = call(self.upstream, "GET", "/_seen")
        return found

    def drained(self, due: int, *programs: Process) -> float:
        """Posts a second, from the first call to the last commit; wait until all are published."""
        ends_at = time.monotonic() + STARTED_SECONDS + due / LEAST_PER_SECOND
        # To count them in the database, ten times a second, would take a third of a core from what
        # is measured; so the platform is asked first, which has them in hand.
        while call(self.upstream, "GET", "/_count") < due or self.published() < due:
            died = any(each.popen.poll() for each in programs)
            if died or time.monotonic() > ends_at:
                raise BenchmarkError(f"{due} posts were not delivered in time")
            time.sleep(LOOK_EVERY_SECONDS)
        return due / (time.time() - min(self.seen().values()))


@contextmanager
def delivery(setting: Setting, url: str) -> Iterator[Delivery]:
    """A platform, and workers' settings for this database."""
    port = free_port()
    address = f"http://{HOST}:{port}"
    settings = {
        **setting.settings,
        "LETMEPOST_DATABASE_URL": url,
        "LETMEPOST_BLUESKY_API_URL": address,
        "LETMEPOST_ENCRYPTION_KEYS": new_key(),
    }
    with running(["-m", "bench.upstream", str(port)], port=port, on=setting.cores.others) as _:
        yield Delivery(setting, port, settings)


WORKER = ["-m", "letmepost", "worker"]


def _round(setting: Setting, folder: Path, arguments: list[str], due: int, future: int) -> float:
    """Seed a new database and drain it with this program."""
    folder.mkdir()
    url = sqlite_url(folder / "letmepost.sqlite")
    with delivery(setting, url) as made:
        made.seed(due, future)
        program = arguments if arguments == WORKER else [*arguments, url]
        with running(
            program, port=0, on=setting.cores.server, settings=made.settings, wait=False
        ) as process:
            rate = made.drained(due, process)
    shutil.rmtree(folder)
    return rate


FLOOR = ["-m", "bench.floor_delivery"]


def delivering(setting: Setting) -> Iterator[Figure]:
    """Posts a second of one worker, when all of them are due."""
    due = QUICK_POSTS if setting.quick else setting.posts
    figure = Figure("deliver", f"Deliver {due:,} due posts, one worker", "/s", 0.4, "more")
    for number in range(min(setting.rounds, ROUNDS)):
        setting.say(f"{figure.title}, round {number + 1}")
        floor, ours = (
            _round(setting, setting.folder / "deliver", arguments, due, 0)
            for arguments in (FLOOR, WORKER)
        )
        figure.pairs.append((floor, ours))
    yield figure


def delivering_beside_future(setting: Setting) -> Iterator[Figure]:
    """The same worker, with and without posts of another day in the table."""
    due, future = setting.posts, setting.future_posts
    if setting.quick:
        due, future = QUICK_POSTS, QUICK_POSTS
    title = f"The same beside {future:,} future posts, and without"
    figure = Figure("deliver-future", title, "/s", 0.9, "more")
    for number in range(min(setting.rounds, ROUNDS)):
        setting.say(f"{figure.title}, round {number + 1}")
        without, beside = (
            _round(setting, setting.folder / "deliver", WORKER, due, each) for each in (0, future)
        )
        figure.pairs.append((without, beside))
    yield figure


def starting_late(setting: Setting) -> Iterator[Figure]:
    """How long after its time a post is sent, at 100 due a second: the 99th percentile."""
    seconds = 1 if setting.quick else LAG_SECONDS
    title = f"Start lag at {A_SECOND} due a second, p99"
    figure = Figure("start-lag", title, "ms", 1.0, "less")
    for number in range(min(setting.rounds, ROUNDS)):
        setting.say(f"{figure.title}, round {number + 1}")
        folder = setting.folder / "lag"
        folder.mkdir()
        due = A_SECOND * seconds
        with delivery(setting, sqlite_url(folder / "letmepost.sqlite")) as made:
            first_at = datetime.now(UTC) + timedelta(seconds=START_SECONDS)
            made.seed(due, first_at=first_at)
            with running(
                WORKER, port=0, on=setting.cores.server, settings=made.settings, wait=False
            ) as process:
                made.drained(due, process)
            lags = sorted(
                1000 * (at - first_at.timestamp() - int(text.split()[1]) / A_SECOND)
                for text, at in made.seen().items()
            )
        shutil.rmtree(folder)
        figure.pairs.append((LAG_GOAL_MS, max(lags[len(lags) * 99 // 100], 0.1)))
    yield figure
