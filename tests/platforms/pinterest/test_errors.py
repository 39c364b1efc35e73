"""Every refusal that Pinterest documents ends an attempt as its row says."""

from typing import Any

import pytest

from letmepost.platform_kit.http import Answer
from letmepost.platform_kit.outcome import Rejected, TryLater, Unknown
from letmepost.platforms.pinterest.errors import is_stale_token
from tests.platforms.cases import Failure
from tests.platforms.pinterest.cases import FAILURES
from tests.platforms.pinterest.publishing import FILM, PICTURE, Publishing

ENDINGS = {"rejected": Rejected, "queued": TryLater, "unknown": Unknown}


@pytest.mark.parametrize("row", FAILURES, ids=lambda row: row.name)
async def test_attempt_ends_as_the_row_says(side: Publishing, row: Failure) -> None:
    fault = dict(row.fault)
    await side.jane.fault(fault.pop("fault"), **fault)
    file = FILM if row.kind == "video" else PICTURE
    ended = await side.publish_to_the_end(side.task(file, cover_key_frame_seconds=1.0))
    assert isinstance(ended, ENDINGS[row.state]), ended
    assert isinstance(ended, Rejected | TryLater | Unknown)
    assert (ended.error.code, ended.error.rule) == (row.code, row.rule)
    if isinstance(ended, TryLater):
        assert ended.retry_after_seconds == row.retry_after_seconds
    if "body" in fault:
        said, status = fault["body"], fault["status"]
        raw = said if isinstance(said, dict) else {"httpStatus": status, "body": said}
        assert ended.error.platform_response == raw


async def test_trial_access_names_the_setting_of_the_sandbox(side: Publishing) -> None:
    await side.jane.world(access="trial")
    ended = await side.publish(side.task())
    assert isinstance(ended, Rejected)
    assert ended.error.rule == "pinterest.access.trial_host"
    assert "LETMEPOST_PINTEREST_API_URL" in str(ended.error.remediation)
    assert "api-sandbox.pinterest.com" in ended.error.platform_response["message"]


async def test_app_that_was_never_activated_is_no_matter_of_the_token(side: Publishing) -> None:
    body = {"code": 3, "message": "Your application consumer type is not supported."}
    await side.jane.fault("status", route="/v5/pins", status=401, body=body)
    ended = await side.publish(side.task())
    assert isinstance(ended, Rejected)
    assert side.refreshes == 0
    assert "operator" in str(ended.error.remediation)


async def test_rate_limit_of_the_simulator_says_when_it_ends(side: Publishing) -> None:
    await side.jane.fault("status", route="/v5/pins", status=429)
    ended = await side.publish(side.task())
    assert isinstance(ended, TryLater)
    assert ended.retry_after_seconds == 60.0
    assert ended.error.retry_after_source == "x-ratelimit-reset"


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({}, "pinterest.url.reachable"),
        ({"destination_url": "https://e.eu/"}, "pinterest.destination_url.reachable"),
    ],
)
async def test_address_that_failed_is_named_where_only_one_was_sent(
    side: Publishing, options: dict[str, Any], rule: str
) -> None:
    body = {"code": 1, "message": "Unable to reach the URL. Please check the URL and try again."}
    await side.jane.fault("status", route="/v5/pins", status=400, body=body)
    ended = await side.publish(side.task(**options))
    assert isinstance(ended, Rejected)
    assert ended.error.rule == rule


def test_stale_token_is_a_401_of_the_token() -> None:
    def answer(status: int, code: int) -> Answer:
        return Answer(status, {}, b"{}", {"code": code})

    assert is_stale_token(answer(401, 2))
    assert not is_stale_token(answer(401, 3))
    assert not is_stale_token(answer(401, 7))
    assert not is_stale_token(answer(403, 2))
