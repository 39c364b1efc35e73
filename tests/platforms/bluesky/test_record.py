"""Record keys sort by time, are never the same twice, and are chosen once for all tries."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from letmepost.content.draft import Draft
from letmepost.kit.database import EPOCH, MICROSECOND
from letmepost.platforms.bluesky.facets import find
from letmepost.platforms.bluesky.options import BlueskyOptions
from letmepost.platforms.bluesky.record import facets, plan, record, tid
from letmepost.platforms.bluesky.simulator_lexicon import TID
from tests.clock import MIDDAY

MOMENTS = st.integers(0, 2**52).map(lambda micros: EPOCH + micros * MICROSECOND)
CLOCK_IDS = st.integers(0, 1023)


@given(MOMENTS, CLOCK_IDS)
def test_key_is_a_tid(at: datetime, clock_id: int) -> None:
    assert TID.fullmatch(tid(at, clock_id))


@given(MOMENTS, CLOCK_IDS, CLOCK_IDS, st.integers(1, 2**40))
def test_later_key_sorts_behind(at: datetime, one: int, other: int, later: int) -> None:
    assert tid(at, one) < tid(at + timedelta(microseconds=later), other)


def test_key_of_a_known_moment() -> None:
    assert tid(datetime(1970, 1, 1, tzinfo=UTC), 0) == "2222222222222"
    assert tid(datetime(1970, 1, 1, 0, 0, 0, 1, tzinfo=UTC), 31) == "222222222232z"


def test_no_two_plans_of_one_moment_share_a_key() -> None:
    plans = [plan(Draft(text="x", first_comment="y"), MIDDAY) for _ in range(500)]
    keys = [each["rkey"] for each in plans] + [each["comment"]["rkey"] for each in plans]
    assert len(set(keys)) == len(keys)
    assert all(each["rkey"] < each["comment"]["rkey"] for each in plans)


def test_clock_that_was_turned_back_is_believed() -> None:
    plan(Draft(text="x"), MIDDAY + timedelta(days=365))
    assert plan(Draft(text="x"), MIDDAY)["rkey"][:8] == tid(MIDDAY, 0)[:8]


def test_comment_comes_after_its_post() -> None:
    planned = plan(Draft(text="x", first_comment="y"), MIDDAY + timedelta(days=1))
    assert planned["createdAt"] == "2026-11-25T12:00:00.000Z"
    assert planned["comment"]["createdAt"] == "2026-11-25T12:00:00.001Z"
    assert "comment" not in plan(Draft(text="x"), MIDDAY)


def test_record_holds_what_was_asked_for_and_no_empty_field() -> None:
    plain = record(
        Draft(text="Hi"), created_at="2026-11-24T12:00:00.000Z", facets=[], embed=None, reply=None
    )
    assert plain == {
        "$type": "app.bsky.feed.post",
        "text": "Hi",
        "createdAt": "2026-11-24T12:00:00.000Z",
    }
    options = BlueskyOptions(platform="bluesky", langs=("en",), tags=("a",), labels=("nudity",))
    full = record(Draft(text="Hi", options=options), created_at="", facets=[], embed=None, reply={})
    assert (full["langs"], full["tags"]) == (["en"], ["a"])
    assert full["labels"]["values"] == [{"val": "nudity"}]


def test_mention_that_leads_nowhere_stays_text() -> None:
    text = "@a.test and @b.test"
    made = facets(text, find(text), {"b.test": "did:plc:b"})
    assert [each["index"] for each in made] == [{"byteStart": 12, "byteEnd": 19}]
