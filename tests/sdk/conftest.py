"""The live server of the SDKs' tests, and one run of each runner for all tests of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import pytest

from tests.sdk.cutting_proxy import Passed
from tests.sdk.live_server import LiveServer, live_server
from tests.sdk.runners import RUNNERS, Ended, build, run


@dataclass(frozen=True)
class Journey:
    """One run of a runner, and every request that it made."""

    ended: Ended
    passed: list[Passed]


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server for tests that do not mind what others have posted."""
    with live_server(tmp_path_factory.mktemp("live")) as opened:
        yield opened


@pytest.fixture(scope="session")
def journey_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Journey]:
    """The run of a runner on a server of its own, made when it is first asked for."""

    @cache
    def journey(name: str) -> Journey:
        build(RUNNERS[name])
        with live_server(tmp_path_factory.mktemp(name)) as opened:
            return Journey(run(RUNNERS[name], opened), list(opened.proxy.passed))

    return journey
