"""The queue: each job in one worker's hands, and only as long as its lease says."""

import asyncio
from collections import Counter
from datetime import timedelta

import asyncpg
import pytest
from sqlalchemy import make_url

from letmepost.jobs.queue import Claim, finish, held, put_back, seconds_until_due
from letmepost.kit.clock import SystemClock
from letmepost.kit.database import Database
from tests.clock import FakeClock
from tests.jobs.queueing import KIND, Worker, add, end_leases, rows, seconds_ahead

CLOCK = SystemClock()
# Of a busy machine; who waited would wait until the database ends the wait.
WAITED_FOR_NOBODY_SECONDS = 15.0


async def test_what_is_due_is_claimed_the_longest_due_first_and_no_more_than_asked(
    database: Database,
) -> None:
    await add(database, CLOCK, [("c", "x", -1), ("a", "x", -3), ("b", "x", -2), ("later", "x", 60)])
    worker = Worker(database, CLOCK)
    first = await worker.claim(limit=2)
    assert {claim.key for claim in first} == {"a", "b"}
    assert [claim.key for claim in await worker.claim()] == ["c"]
    assert await worker.claim() == []


async def test_jobs_of_another_kind_are_left(database: Database) -> None:
    await add(database, CLOCK, [("a", "x", -1)])
    ahead = await database.read(
        lambda connection: seconds_until_due(connection, ["other"], CLOCK.now())
    )
    assert ahead is None
    assert len(await Worker(database, CLOCK).claim()) == 1


async def test_eight_workers_that_claim_at_once_get_each_job_once(database_url: str) -> None:
    opened = [Database(database_url) for _ in range(8)]
    count = 200
    await add(
        opened[0], CLOCK, [(f"job{number}", f"lane{number % 9}", -1) for number in range(count)]
    )

    async def work(number: int) -> list[Claim]:
        worker, claims = Worker(opened[number], CLOCK, name=f"worker{number}"), []
        while claimed := await worker.claim(limit=7):
            claims += claimed
        return claims

    try:
        claimed = await asyncio.gather(*(work(number) for number in range(8)))
        kept = await rows(opened[0])
    finally:
        for database in opened:
            await database.close()
    times = Counter(claim.key for claims in claimed for claim in claims)
    assert len(times) <= count
    assert set(times.values()) == {1}
    # A worker that found the others' rows locked may have gone home early; none is lost by that.
    left = [row for row in kept if row["owner"] is None]
    assert len(times) + len(left) == count
    assert all(row["fence"] == row["tries"] == 1 for row in kept if row["owner"])


async def test_a_claimed_job_is_nobody_elses_until_its_lease_ends(database: Database) -> None:
    await add(database, CLOCK, [("a", "x", -1)])
    one, other = Worker(database, CLOCK, "one"), Worker(database, CLOCK, "other")
    [claim] = await one.claim()
    assert not claim.taken_over
    assert await other.claim() == []
    await end_leases(database, CLOCK)
    [taken] = await other.claim()
    assert (taken.taken_over, taken.fence, taken.tries) == (True, 2, 2)
    left = await seconds_ahead(database, CLOCK, taken.leased_until)
    assert left == pytest.approx(30, abs=5)


async def test_a_worker_whose_lease_ended_can_change_nothing_any_more(database: Database) -> None:
    await add(database, CLOCK, [("a", "x", -1)])
    stale, other = Worker(database, CLOCK, "stale"), Worker(database, CLOCK, "other")
    [lost] = await stale.claim()
    await end_leases(database, CLOCK)
    [taken] = await other.claim()
    assert await stale.extend([lost]) == set()
    assert await database.write(lambda connection: held(connection, [lost])) == set()
    now = CLOCK.now()
    await database.write(lambda connection: put_back(connection, [(lost, timedelta())], now))
    [row] = await rows(database)
    assert (row["owner"], row["fence"]) == ("other", taken.fence)
    assert await database.write(lambda connection: held(connection, [taken])) == {taken.id}


async def test_an_ended_lease_that_nobody_took_is_still_the_workers(database: Database) -> None:
    await add(database, CLOCK, [("a", "x", -1)])
    worker = Worker(database, CLOCK)
    [claim] = await worker.claim()
    await end_leases(database, CLOCK)
    assert await worker.extend([claim]) == {claim.id}
    assert await Worker(database, CLOCK, "other").claim() == []


async def test_a_renewal_loses_only_what_is_lost(database: Database) -> None:
    await add(database, CLOCK, [("a", "x", -2), ("b", "x", -1)])
    one, other = Worker(database, CLOCK, "one"), Worker(database, CLOCK, "other")
    claims = {claim.key: claim for claim in await one.claim()}
    await end_leases(database, CLOCK)
    [taken] = await other.claim(limit=1)
    assert taken.key in claims
    kept = {claim.id for claim in claims.values()} - {taken.id}
    assert await one.extend(list(claims.values())) == kept


async def test_a_job_that_is_put_back_waits_and_has_no_owner(database: Database) -> None:
    await add(database, CLOCK, [("a", "x", -1)])
    worker = Worker(database, CLOCK)
    [claim] = await worker.claim()
    wait, now = timedelta(seconds=90), CLOCK.now()
    await database.write(lambda connection: put_back(connection, [(claim, wait)], now))
    assert await worker.claim() == []
    [row] = await rows(database)
    assert row["owner"] is None
    assert await seconds_ahead(database, CLOCK, row["due_at"]) == pytest.approx(90, abs=5)


async def test_a_finished_job_is_gone(database: Database) -> None:
    await add(database, CLOCK, [("a", "x", -1)])
    [claim] = await Worker(database, CLOCK).claim()
    await database.write(lambda connection: finish(connection, [claim]))
    assert await rows(database) == []


async def test_a_thousand_due_jobs_of_one_lane_do_not_hold_up_anothers_one(
    database: Database,
) -> None:
    crowd = [(f"crowd{number:04}", "crowd", -60.0) for number in range(1000)]
    await add(database, CLOCK, [*crowd, ("alone", "quiet", -1)])
    worker = Worker(database, CLOCK)
    first = await worker.claim(lane_room=4)
    assert [claim.lane for claim in first] == ["crowd"] * 4
    second = await worker.claim(lane_room=4, full_lanes=["crowd"])
    assert [claim.key for claim in second] == ["alone"]


# One machine has one clock, and a SQLite file is on one machine.
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_clock_ten_minutes_wrong_neither_claims_early_nor_steals_on_postgresql(
    database: Database,
) -> None:
    fast = FakeClock(CLOCK.now() + timedelta(minutes=10))
    slow = FakeClock(CLOCK.now() - timedelta(minutes=10))
    await add(database, CLOCK, [("soon", "x", 60), ("due", "x", -1)])
    one = Worker(database, slow, "slow")
    [claim] = await one.claim()
    assert claim.key == "due"
    assert await Worker(database, fast, "fast").claim() == []
    left = await seconds_ahead(database, CLOCK, claim.leased_until)
    assert left == pytest.approx(30, abs=5)
    ahead = await database.read(
        lambda connection: seconds_until_due(connection, [KIND], fast.now())
    )
    assert ahead is not None
    assert ahead > 20


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_renewing_leases_waits_for_no_job_that_somebody_has_in_hand(
    database: Database, database_url: str
) -> None:
    await add(database, CLOCK, [("a", "x", -1), ("b", "y", -1)])
    worker = Worker(database, CLOCK)
    claims = {claim.key: claim for claim in await worker.claim()}
    plain = make_url(database_url).set(drivername="postgresql")
    other = await asyncpg.connect(plain.render_as_string(hide_password=False))
    try:
        async with other.transaction():
            await other.execute("SELECT 1 FROM jobs WHERE key = 'a' FOR UPDATE")
            # It holds the other job meanwhile, for which whoever has this one may come.
            async with asyncio.timeout(WAITED_FOR_NOBODY_SECONDS):
                renewed = await worker.extend([*claims.values()], skip_locked=True)
            assert renewed == {claims["b"].id}
        renewed = await worker.extend([*claims.values()], skip_locked=True)
        assert renewed == {claim.id for claim in claims.values()}
    finally:
        await other.close()
