"""Accepting and delivering on PostgreSQL: the server of the tests, or one from a package."""

from collections.abc import Iterator
from contextlib import ExitStack

from bench.accepting import accept
from bench.delivering import QUICK_POSTS, WORKER, delivery
from bench.figures import Figure
from bench.processes import running
from bench.setting import Setting, on_database
from tests import environment
from tests.databases import PostgresqlServer, postgresql_server_for_tests

ROUNDS = 3


def accepting_on_postgresql(setting: Setting) -> Iterator[Figure]:
    """Scheduled posts a second, beside a bare application on the same server."""
    title = "Accept scheduled posts from 32 clients, PostgreSQL"
    environment.put_away()
    with postgresql_server_for_tests() as server, server.fresh_database() as url:
        figure = Figure("accept-postgresql", title, "/s", 3.5, "more")
        yield accept(on_database(setting, url), figure)


def delivering_by_two(setting: Setting) -> Iterator[Figure]:
    """Posts a second of two workers, beside one; a machine with one core has no second."""
    if len(setting.cores.server | setting.cores.others) < 2:  # noqa: PLR2004 - two workers
        setting.say("deliver-postgresql is left out: two workers need two cores")
        return
    due = QUICK_POSTS if setting.quick else setting.posts
    title = f"Deliver {due:,} due posts, PostgreSQL, two workers and one"
    figure = Figure("deliver-postgresql", title, "/s", 1.6, "more")
    environment.put_away()
    with postgresql_server_for_tests() as server:
        for number in range(min(setting.rounds, ROUNDS)):
            setting.say(f"{figure.title}, round {number + 1}")
            one, two = (drained_by(setting, server, due, workers) for workers in (1, 2))
            figure.pairs.append((one, two))
    yield figure


def drained_by(setting: Setting, server: PostgresqlServer, due: int, workers: int) -> float:
    """Posts a second that so many workers publish, when all of them are due."""
    # Each worker on whatever core is free: the server of the database needs one too.
    anywhere = setting.cores.server | setting.cores.others
    with server.fresh_database() as url, delivery(setting, url) as made, ExitStack() as started:
        made.seed(due)
        processes = [
            started.enter_context(
                running(WORKER, port=0, on=anywhere, settings=made.settings, wait=False)
            )
            for _ in range(workers)
        ]
        return made.drained(due, *processes)
