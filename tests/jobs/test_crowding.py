"""What is known of a backlog hides nothing: looks that begin late find what whole ones would."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from letmepost.jobs import crowding
from letmepost.jobs.claiming import Room, _within, claim_due
from letmepost.jobs.crowding import COMMITTED_WITHIN, Crowding, covers
from letmepost.jobs.lease import Lease
from letmepost.kit.clock import SystemClock
from letmepost.kit.database import Database
from tests.jobs.queueing import KIND, add

CLOCK = SystemClock()
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
LANES = ["a:1", "a:2", "a:3", "b:1", "b:2", "c:1"]
LATEST_COMMIT_SECONDS = int(COMMITTED_WITHIN.total_seconds()) - 1

# Some seconds later a job comes, due by then or a little before; or one in hand goes back; or a
# worker looks: with what it leaves out, how many it takes, and of each lane.
added = st.tuples(st.just("add"), st.sampled_from(LANES), st.integers(0, LATEST_COMMIT_SECONDS))
put_back = st.tuples(st.just("put back"), st.integers(0, 5), st.integers(0, 9))
looked = st.tuples(
    st.just("look"),
    st.frozensets(st.sampled_from([*LANES, "a:", "b:"])),
    st.integers(1, 8),
    st.integers(1, 3),
)
steps = st.lists(st.tuples(st.integers(0, 4), st.one_of(added, looked, looked, put_back)))


class Model:
    """Jobs that are due, those in hand, and what a worker knows of them."""

    def __init__(self) -> None:
        self.now = EPOCH
        self.due: list[tuple[datetime, int, str]] = []
        self.held: list[str] = []
        self.count = 0
        self.crowding = Crowding()

    def put(self, lane: str, at: datetime) -> None:
        self.count += 1
        self.due.append((at, self.count, lane))

    def look(self, without: frozenset[str], limit: int, lane_room: int) -> None:
        began_at = self.crowding.begins_at(without)
        whole = self.found(without, limit, EPOCH - timedelta(days=1))
        found = self.found(without, limit, began_at) if began_at else whole
        assert found == whole
        kept, left = _within(cast("Any", [Row(each) for each in found]), Room(limit, lane_room))
        if len(found) < limit:
            self.crowding.note(without, began_at, self.now, left)
        for row in kept:
            self.due.remove(row.job)
            self.held.append(row.lane)

    def found(
        self, without: frozenset[str], limit: int, after: datetime
    ) -> list[tuple[datetime, int, str]]:
        return sorted(
            each
            for each in self.due
            if after < each[0] <= self.now and not covers(without, each[2])
        )[:limit]


class Row:
    def __init__(self, job: tuple[datetime, int, str]) -> None:
        self.job, self.lane = job, job[2]


@given(steps)
@settings(max_examples=400)
def test_a_look_that_begins_late_finds_what_a_whole_one_would(
    taken: Sequence[tuple[int, tuple[object, ...]]],
) -> None:
    model = Model()
    for seconds, step in taken:
        model.now += timedelta(seconds=seconds)
        match step:
            case "add", str(lane), int(late):
                model.put(lane, model.now - timedelta(seconds=late))
            case "put back", int(which), int(wait) if model.held:
                lane = model.held.pop(which % len(model.held))
                model.put(lane, model.now + timedelta(seconds=wait))
            case "look", frozenset(without), int(limit), int(lane_room):
                model.look(without, limit, lane_room)
            case _:
                pass


def test_a_backlog_among_lanes_that_come_and_go_is_soon_known() -> None:
    known = Crowding()
    known.note(frozenset(["a:1", "a:2", "b:1"]), None, EPOCH, [])
    assert known.begins_at(frozenset(["a:1", "c:1"])) is None
    known.note(frozenset(["a:1", "c:1"]), None, EPOCH, [])
    assert known.begins_at(frozenset(["a:1", "c:2"])) == EPOCH - COMMITTED_WITHIN
    assert known.begins_at(frozenset(["a:"])) == EPOCH - COMMITTED_WITHIN
    assert known.begins_at(frozenset(["b:", "c:"])) is None


async def test_a_job_that_came_with_a_time_long_past_is_found_by_a_whole_look(
    database: Database,
) -> None:
    known = Crowding()

    async def claim() -> list[str]:
        def take(connection: Connection) -> list[str]:
            room = Room(8, full_groups=["busy"])
            found = claim_due(connection, [KIND], "w", room, Lease(), CLOCK.now(), known)
            return [each.key for each in found]

        return await database.write(take)

    await add(database, CLOCK, [("crowd", "busy:1", -60)])
    assert await claim() == []
    await add(database, CLOCK, [("old", "calm:1", -60)])
    assert await claim() == []
    known._known_until = 0.0
    assert await claim() == ["old"]
    known.forget()
    assert await claim() == []
    assert known._behind == {"busy:"}
    assert crowding.WHOLE_LOOK_EVERY_SECONDS <= 10
