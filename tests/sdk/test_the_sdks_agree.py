"""Every SDK runs the same scenarios against a real server and says the same of each step."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import environment
from tests.sdk.conftest import Journey
from tests.sdk.live_server import SCENARIOS, LiveServer
from tests.sdk.runners import RUNNERS, Runner, build, run

JourneyOf = Callable[[str], Journey]
FIRST, *OTHERS = RUNNERS


def steps() -> list[tuple[str, int]]:
    """Every step of the scenario file, as a line names it."""
    scenarios = json.loads(SCENARIOS.read_text("utf-8"))["scenarios"]
    return [
        (each["name"], number) for each in scenarios for number in range(1, len(each["steps"]) + 1)
    ]


@pytest.mark.parametrize("name", RUNNERS)
def test_every_expectation_is_met(name: str, journey_of: JourneyOf) -> None:
    ended = journey_of(name).ended
    assert ended.status == 0, ended.errors
    assert ended.steps() == steps()


@pytest.mark.parametrize("name", OTHERS)
def test_the_sdks_agree(name: str, journey_of: JourneyOf) -> None:
    assert journey_of(name).ended.lines == journey_of(FIRST).ended.lines


@pytest.mark.parametrize("name", RUNNERS)
def test_a_line_is_the_same_in_every_run(name: str, journey_of: JourneyOf) -> None:
    for line in journey_of(name).ended.lines:
        document = json.loads(line)
        plain = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        assert line == plain
        assert "127.0.0.1:" not in line


@pytest.mark.parametrize("name", RUNNERS)
def test_a_cut_answer_is_asked_for_again_under_the_same_key(
    name: str, journey_of: JourneyOf
) -> None:
    passed = journey_of(name).passed
    cut = [number for number, each in enumerate(passed) if each.dropped]
    assert len(cut) == sum(
        "dropConnection" in step
        for each in json.loads(SCENARIOS.read_text("utf-8"))["scenarios"]
        for step in each["steps"]
    )
    for number in cut:
        first, again = passed[number], passed[number + 1]
        assert (again.method, again.path) == (first.method, first.path)
        assert first.idempotency_key is not None
        assert again.idempotency_key == first.idempotency_key
        assert again.status == first.status
        assert again.replayed


@pytest.mark.parametrize("name", RUNNERS)
def test_every_write_has_a_key_of_its_own(name: str, journey_of: JourneyOf) -> None:
    passed = journey_of(name).passed
    cut = {each.idempotency_key for each in passed if each.dropped}
    writes = [each for each in passed if each.method != "GET" and not each.dropped]
    keys = [each.idempotency_key for each in writes]
    named = "a-key-of-its-own"
    assert None not in keys
    assert keys.count(named) == 3
    assert len({*keys}) == len(keys) - 2
    assert cut < {*keys}
    assert all(each.idempotency_key is None for each in passed if each.method == "GET")


@pytest.mark.parametrize("name", RUNNERS)
def test_an_expectation_that_is_not_met_ends_a_runner(
    name: str, live: LiveServer, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.json"
    step = {"call": "accounts.get", "with": {"id": "${blueskyAccountId}"}}
    document = {
        "placeholders": [],
        "without": [],
        "scenarios": [
            {
                "name": "wrong",
                "steps": [
                    {**step, "expect": {"platform": "bluesky"}},
                    {**step, "expect": {"platform": "another"}},
                    step,
                ],
            }
        ],
    }
    wrong.write_text(json.dumps(document), encoding="utf-8")
    build(RUNNERS[name])
    ended = run(RUNNERS[name], live, wrong)
    assert ended.status == 1
    assert "wrong" in ended.errors
    assert ("wrong", 3) not in ended.steps()


@pytest.mark.parametrize(
    ("insisting", "ending"), [("1", pytest.fail.Exception), ("", pytest.skip.Exception)]
)
def test_a_toolchain_that_is_missing_is_told_in_a_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    insisting: str,
    ending: type[BaseException],
) -> None:
    monkeypatch.setitem(environment._said, environment.INSIST_ON_REAL_PEERS, insisting)
    install = "install it with: apt-get install a-compiler"
    runner = Runner(name="new", folder=tmp_path, command=[], needs="a-compiler-x", install=install)
    with pytest.raises(ending, match="NOT TESTED WITH a-compiler-x: install it"):
        build(runner)
