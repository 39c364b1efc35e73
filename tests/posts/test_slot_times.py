"""Weekly times as moments: each as the clocks of its place show it, whatever they do."""

from datetime import UTC, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from letmepost.posts.slot_times import SlotPlan, SlotTime

# Europe, America, both hemispheres, half an hour, no change at all, and a change at midnight.
ZONES = (
    "Europe/Vienna",
    "America/New_York",
    "America/Santiago",
    "Africa/Cairo",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Asia/Kolkata",
    "Pacific/Auckland",
    "UTC",
)
SUNDAY = 6
WEEK = timedelta(days=7)

slot_times = st.builds(
    SlotTime,
    st.integers(0, 6),
    st.times(timezones=st.none()).map(lambda at: time(at.hour, at.minute)),
)
plans = st.builds(
    SlotPlan, st.sampled_from(ZONES).map(ZoneInfo), st.lists(slot_times, min_size=1, max_size=20)
)
# Ten years, to the minute.
moments = st.integers(0, 10 * 366 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


def first(plan: SlotPlan, after: datetime, count: int) -> list[datetime]:
    return list(islice(plan.moments(after), count))


def weekly(zone: str, weekday: int, at: str) -> SlotPlan:
    return SlotPlan(ZoneInfo(zone), [SlotTime(weekday, time.fromisoformat(at))])


@given(plans, moments)
def test_slots_are_ahead_in_order_and_each_once(plan: SlotPlan, after: datetime) -> None:
    found = first(plan, after, 50)
    assert all(moment > after for moment in found)
    assert all(earlier < later for earlier, later in pairwise(found))


@given(plans, moments)
def test_a_slot_shows_its_time_or_comes_as_much_later_as_the_clocks_jump(
    plan: SlotPlan, after: datetime
) -> None:
    for moment in first(plan, after, 50):
        local = moment.astimezone(plan.zone)
        shown = SlotTime(local.weekday(), time(local.hour, local.minute))
        if shown in plan.times:
            assert local.fold == 0
            continue
        # Nobody saw the time: before the jump the clocks were behind by just what it is late.
        jump = (local + timedelta()).utcoffset()
        before = (moment - timedelta(hours=3)).astimezone(plan.zone).utcoffset()
        assert jump is not None
        assert before is not None
        assert jump > before
        meant = (local - (jump - before)).replace(tzinfo=None)
        assert SlotTime(meant.weekday(), meant.time()) in plan.times


@given(plans, moments)
def test_no_weekly_time_is_left_out(plan: SlotPlan, after: datetime) -> None:
    found = set()
    for moment in plan.moments(after):
        if moment > after + WEEK + timedelta(days=2):
            break
        found.add(moment)
    start = after.astimezone(plan.zone).date() + timedelta(days=1)
    for days in range(7):
        day = start + timedelta(days=days)
        for each in plan.times:
            if each.weekday == day.weekday():
                meant = datetime.combine(day, each.at, plan.zone).astimezone(UTC)
                assert meant in found or meant <= after


@given(plans, moments, moments)
def test_where_one_begins_to_look_changes_nothing(
    plan: SlotPlan, one: datetime, other: datetime
) -> None:
    early, late = sorted((one, other))
    late = min(late, early + 10 * WEEK)
    from_early = [each for each in first(plan, early, 20 * 11) if each > late]
    assert first(plan, late, len(from_early)) == from_early


def test_a_time_that_the_clocks_leave_out_comes_an_hour_later() -> None:
    # On 29 March 2026 the clocks of Vienna go from 2:00 to 3:00.
    plan = weekly("Europe/Vienna", SUNDAY, "02:30")
    found = first(plan, datetime(2026, 3, 25, tzinfo=UTC), 2)
    assert found == [
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
        datetime(2026, 4, 5, 0, 30, tzinfo=UTC),
    ]
    assert found[0].astimezone(plan.zone).time() == time(3, 30)


def test_a_time_that_the_clocks_show_twice_comes_once() -> None:
    # On 25 October 2026 the clocks of Vienna go from 3:00 back to 2:00.
    plan = weekly("Europe/Vienna", SUNDAY, "02:30")
    found = first(plan, datetime(2026, 10, 24, tzinfo=UTC), 2)
    assert found == [
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 11, 1, 1, 30, tzinfo=UTC),
    ]


def test_two_times_that_fall_together_are_one_slot() -> None:
    both = [SlotTime(SUNDAY, time(2, 30)), SlotTime(SUNDAY, time(3, 30))]
    plan = SlotPlan(ZoneInfo("Europe/Vienna"), both)
    found = first(plan, datetime(2026, 3, 28, tzinfo=UTC), 2)
    assert found == [
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
        datetime(2026, 4, 5, 0, 30, tzinfo=UTC),
    ]


def test_a_plan_without_times_has_no_slots() -> None:
    assert first(SlotPlan(ZoneInfo("UTC"), []), datetime(2026, 3, 25, tzinfo=UTC), 1) == []
