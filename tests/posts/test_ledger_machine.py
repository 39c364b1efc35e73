"""Whatever is asked, in any order, and wherever a worker dies: the ledger keeps its promises."""

import asyncio
import shutil
import tempfile
from collections import Counter
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from letmepost.jobs.tables import jobs
from letmepost.kit.database import sqlite_url
from letmepost.platform_kit.platform import Platform
from letmepost.platform_kit.simulator_faults import Fault
from letmepost.platform_kit.simulator_server import running_simulators
from letmepost.platforms import platforms, simulators
from letmepost.posts.ledger import JOB_KIND, TERMINAL
from letmepost.posts.publish import Publishing
from letmepost.posts.tables import publications
from letmepost.webhooks.tables import events
from tests.clock import FakeClock
from tests.platforms.running_server import Running, running
from tests.posts.scheduling import at, cancel, claim, fire, pass_time, patch, retry

TAKEN = 500
# Posts become due by then, and leases of the dead have ended.
ENOUGH_SECONDS = 61
STATES = TERMINAL | {"queued", "claimed", "sending", "waiting", "unknown"}
TERMINAL_EVENTS = frozenset(f"post.{state}" for state in TERMINAL)
COMMITS = ("_begin_together", "_send_together", "_end_together")
FAULTS = (None, "cut_before_commit", "cut_after_commit", "status", "malformed", "html")


class Crashed(BaseException):
    """The worker is dead: nothing that follows in it may happen."""


class LedgerMachine(RuleBasedStateMachine):
    """One server whose worker dies at commits, on a platform that misbehaves."""

    template: Path
    chooses_keys: bool
    posts: Bundle[Any] = Bundle("posts")

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.new_event_loop()
        self._folder = Path(tempfile.mkdtemp(prefix="letmepost-machine-"))
        shutil.copy(self.template, self._folder / "letmepost.sqlite")
        self._opened = AsyncExitStack()
        self._count = 0
        self.run(self._open())

    def run(self, work: Awaitable[Any]) -> Any:
        return self._loop.run_until_complete(asyncio.wait_for(work, 60))

    async def _open(self) -> None:
        clock = FakeClock(datetime.now(UTC))
        self._simulators = simulators(clock)
        simulation = await self._opened.enter_async_context(running_simulators(self._simulators))
        self._url = simulation.url
        self.server: Running = await self._opened.enter_async_context(
            running(
                "bluesky",
                simulation,
                sqlite_url(self._folder / "letmepost.sqlite"),
                self._folder,
                clock,
            )
        )

    def teardown(self) -> None:
        self.run(self._count_doubles())
        self.run(self._opened.aclose())
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()
        shutil.rmtree(self._folder)

    async def _count_doubles(self) -> None:
        """A post that was sent again while it stood there would be a double, but for its key."""
        async with aiohttp.ClientSession() as http:
            answer = await http.get(f"{self._url}/_simulator/requests")
            seen = [each for each in await answer.json() if "createRecord" in each["path"]]
        taken = [each for each in seen if each["status"] == TAKEN]
        assert self.chooses_keys or not taken, taken

    @rule(target=posts)
    def schedule(self) -> Any:
        self._count += 1
        body = {
            "targets": [{"platform": "bluesky"}],
            "text": f"Post {self._count}",
            "scheduledAt": at(self.server, 60),
        }
        reply = self.run(self.server.call("POST", "/v1/posts", body))
        assert reply.status == 202, reply.text
        return reply.body["results"][0]

    @rule(post=posts, number=st.integers(0, 9))
    def edit(self, post: Any, number: int) -> None:
        reply = self.run(patch(self.server, post, text=f"Changed {number} {post['postId']}"))
        assert reply.status in (200, 409), reply.text

    @rule(post=posts)
    def move(self, post: Any) -> None:
        reply = self.run(patch(self.server, post, scheduledAt=at(self.server, 90)))
        assert reply.status in (200, 409), reply.text

    @rule(post=posts)
    def cancel(self, post: Any) -> None:
        assert self.run(cancel(self.server, post)).status in (200, 409)

    @rule(post=posts, accepted=st.booleans())
    def retry(self, post: Any, accepted: bool) -> None:  # noqa: FBT001 - hypothesis names it
        reply = self.run(
            retry(self.server, post, acceptDuplicateRisk=accepted and self.chooses_keys)
        )
        assert reply.status in (200, 409), reply.text

    @rule(seconds=st.sampled_from([1, 20, 31, 61, 3600]))
    def wait(self, seconds: int) -> None:
        self.run(pass_time(self.server, seconds))

    @rule(fault=st.sampled_from(FAULTS))
    def fire(self, fault: str | None) -> None:
        self._misbehave(fault)
        self.run(pass_time(self.server, ENOUGH_SECONDS))
        self.run(fire(self.server))
        self._calm()

    @rule(commit=st.sampled_from(COMMITS), written=st.booleans(), fault=st.sampled_from(FAULTS))
    def crash(self, commit: str, written: bool, fault: str | None) -> None:  # noqa: FBT001 - as above
        """The worker dies right before or right after one of its commits."""
        publishing: Publishing = self.server.service.state.runner._handlers[JOB_KIND].__self__  # type: ignore[attr-defined]
        real = getattr(publishing, commit)

        async def dying(item: Any) -> Any:
            if written:
                await real(item)
            raise Crashed

        async def work() -> None:
            await pass_time(self.server, ENOUGH_SECONDS)
            runner = self.server.service.state.runner
            for each in await claim(self.server):
                try:
                    await runner.adopt(each)
                except Crashed:
                    continue

        self._misbehave(fault)
        setattr(publishing, commit, dying)
        try:
            self.run(work())
        finally:
            setattr(publishing, commit, real)
            self._calm()

    def _misbehave(self, fault: str | None) -> None:
        if fault is not None:
            self._faults().add(Fault("bluesky", fault, route="createRecord", status=503))

    def _calm(self) -> None:
        self._faults().clear()

    def _faults(self) -> Any:
        return self._simulators[0].faults

    @invariant()
    def promises_hold(self) -> None:
        rows = self.run(self.server.rows(publications))
        waiting = {
            row["key"] for row in self.run(self.server.rows(jobs)) if row["kind"] == JOB_KIND
        }
        told: dict[str, list[Any]] = {}
        for row in sorted(self.run(self.server.rows(events)), key=lambda each: each["sequence"]):
            told.setdefault(row["subject_id"], []).append(row)
        there = Counter(entry.id for each in self._simulators for entry in each.timeline())
        assert set(there.values()) <= {1}
        by_plan: Counter[str] = Counter(
            entry.id.rsplit("/", 1)[-1] for each in self._simulators for entry in each.timeline()
        )
        planned = {row["plan"].get("rkey") for row in rows}
        for row in rows:
            assert row["state"] in STATES
            assert (row["state"] in TERMINAL) is not (row["id"] in waiting), row["state"]
            mine = told[row["id"]]
            assert [each["sequence"] for each in mine] == list(range(1, row["event_count"] + 1))
            ends = [each["type"] for each in mine if each["type"] in TERMINAL_EVENTS]
            begins = [each for each in mine if each["type"] == "post.queued"]
            # Each time it was queued it ends once, or has not ended yet.
            assert len(begins) - len(ends) == (row["state"] not in TERMINAL)
            if row["state"] == "published":
                assert by_plan[row["platform_uri"].rsplit("/", 1)[-1]] == 1
        # Nothing stands there that the ledger did not plan.
        assert set(by_plan) <= planned


@pytest.mark.parametrize("chooses_keys", [True, False], ids=["own keys", "no keys"])
def test_the_ledger_keeps_its_promises(
    migrated_sqlite_file: Path, monkeypatch: pytest.MonkeyPatch, *, chooses_keys: bool
) -> None:
    known = cast("dict[str, Platform]", platforms())
    changed = replace(known["bluesky"], has_record_keys=chooses_keys)
    monkeypatch.setitem(known, "bluesky", changed)
    LedgerMachine.template = migrated_sqlite_file
    LedgerMachine.chooses_keys = chooses_keys
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
