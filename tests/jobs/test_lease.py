"""A lease and its parts."""

import pytest

from letmepost.configuration import read_configuration
from letmepost.jobs.lease import Lease
from letmepost.kit.settings import SettingsError
from letmepost.platform_kit.http import DEADLINE_SECONDS


@pytest.mark.parametrize("seconds", [3, 30, 600])
def test_a_call_and_the_commit_after_it_end_before_the_lease_does(seconds: float) -> None:
    lease = Lease(seconds)
    assert lease.call_seconds < lease.covers_call_seconds < lease.length.total_seconds()


@pytest.mark.parametrize("seconds", [3, 30, 600])
def test_a_lease_outlives_a_renewal_that_fails(seconds: float) -> None:
    lease = Lease(seconds)
    assert 2 * lease.renew_every_seconds < lease.length.total_seconds()


def test_a_call_lasts_twenty_seconds_unless_an_operator_says_otherwise() -> None:
    assert Lease().call_seconds == DEADLINE_SECONDS


def test_a_lease_that_a_busy_machine_would_lose_is_refused_at_the_start() -> None:
    with pytest.raises(SettingsError, match="LETMEPOST_LEASE_SECONDS"):
        read_configuration({"LETMEPOST_LEASE_SECONDS": "1"})


def test_the_lease_is_a_setting() -> None:
    assert read_configuration({"LETMEPOST_LEASE_SECONDS": "6"}).server.lease_seconds == 6
