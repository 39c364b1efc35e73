"""A chaos run from beginning to end."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from sqlalchemy import Connection, func, select

from letmepost.jobs.tables import jobs
from letmepost.kit.database import Database, DatabaseAwayError
from letmepost.posts.ledger import JOB_KIND, TERMINAL
from letmepost.posts.tables import publications
from letmepost.webhooks.tables import webhook_deliveries
from tests.chaos.fleet import Fleet, simulating
from tests.chaos.scene import Plan, set_up, settings_for
from tests.chaos.verdict import Report, judge, judge_webhooks, read_ledger
from tests.webhooks.consumer import consuming

LOOK_EVERY_SECONDS = 0.1

Progress = Callable[[int, int], None]
"""Told how many publications have ended, and how many workers were killed."""

Restart = Callable[[], Awaitable[None]]
"""Ends the database as a crash would, and starts it again."""


async def run_chaos(
    plan: Plan,
    database_url: str,
    folder: Path,
    *,
    progress: Progress = lambda *_: None,
    restart_database: Restart | None = None,
) -> Report:
    """Publish everything among kills, and judge what came of it."""
    kind = "SQLite" if database_url.startswith("sqlite") else "PostgreSQL"
    report = Report(kind, plan.publications, plan.platform)
    async with consuming() as consumer:
        with simulating(plan.latency_seconds, folder / "simulator.log") as simulation:
            settings = settings_for(plan, simulation, database_url, folder)
            scene = await set_up(plan, simulation, settings, consumer.url)
            fleet = Fleet(plan.workers, settings, folder / "workers.log")
            database = Database(database_url)
            try:
                fleet.start()
                began = time.monotonic()
                await _until_all_ended(plan, database, fleet, report, progress, restart_database)
                report.seconds = round(time.monotonic() - began, 1)
                report.kills = fleet.killed
                # A minute after it was published, a post is looked at; nothing may move while we
                # read.
                await asyncio.to_thread(fleet.stop)
                ledger = await database.read(read_ledger)
            finally:
                await asyncio.to_thread(fleet.stop)
                await database.close()
            judge(report, ledger, scene, simulation["url"])
            judge_webhooks(report, ledger, [each.event for each in consumer.received])
    return report


def _ended(connection: Connection) -> tuple[int, int]:
    ended = connection.execute(
        select(func.count()).select_from(publications).where(publications.c.state.in_(TERMINAL))
    ).scalar_one()
    left = connection.execute(
        select(func.count()).select_from(jobs).where(jobs.c.kind == JOB_KIND)
    ).scalar_one()
    untold = connection.execute(
        select(func.count()).where(webhook_deliveries.c.status == "pending")
    ).scalar_one()
    return ended, left + untold


async def _until_all_ended(  # noqa: PLR0913 - what a run works with
    plan: Plan,
    database: Database,
    fleet: Fleet,
    report: Report,
    progress: Progress,
    restart_database: Restart | None,
) -> None:
    chance = random.Random(plan.seed)  # noqa: S311 - a seed makes a run repeatable
    # By how far the work has come, so that a slow machine is killed as often as a fast one.
    due = [
        round((number + 0.5) * plan.publications / (plan.kills + 1)) for number in range(plan.kills)
    ]
    together = plan.kills // 2
    deadline = time.monotonic() + plan.patience_seconds
    done = 0
    while True:
        try:
            ended, left = await database.read(_ended)
        except DatabaseAwayError:
            # It is being restarted.
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            continue
        progress(ended, fleet.killed)
        while done < len(due) and ended >= due[done]:
            if done == together:
                await asyncio.to_thread(fleet.kill_all)
            else:
                await asyncio.to_thread(fleet.kill, chance.randrange(plan.workers))
            done += 1
            if restart_database is not None and done == len(due) // 3 + 1:
                await restart_database()
                report.database_restarts += 1
        if ended == plan.publications and left == 0:
            return
        if codes := fleet.dead():
            report.problems.append(f"Workers ended by themselves, with {codes}.")
            return
        if time.monotonic() > deadline:
            report.problems.append(f"Only {ended} ended within {plan.patience_seconds:g} s.")
            return
        await asyncio.sleep(LOOK_EVERY_SECONDS)
