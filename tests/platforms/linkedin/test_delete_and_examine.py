"""Taking posts back, and looking an account over."""

from dataclasses import fields
from typing import Any

import pytest

from letmepost.platform_kit.outcome import Deleted, Published, Rejected, TryLater, Unknown
from letmepost.platform_kit.platform import AccountTask, Finding
from letmepost.platforms.linkedin import PLATFORM
from tests.platforms.linkedin.caller import PAGE, PERSON, VERSION
from tests.platforms.linkedin.publishing import Desk


def account_task(desk: Desk) -> AccountTask:
    task = desk.task()
    return AccountTask(**{each.name: getattr(task, each.name) for each in fields(AccountTask)})


async def delete(desk: Desk, uri: str) -> Any:
    assert PLATFORM.deletes_by is not None
    return await PLATFORM.deletes_by.delete(account_task(desk), uri)


async def examine(desk: Desk) -> dict[str, Finding]:
    assert PLATFORM.examined_by is not None
    findings = await PLATFORM.examined_by.examine(account_task(desk))
    return {each.name: each for each in findings}


async def published(desk: Desk) -> str:
    ended, _ = await desk.publish(desk.task())
    assert isinstance(ended, Published)
    return ended.uri


async def test_a_post_is_deleted_and_may_be_deleted_again(desk: Desk) -> None:
    uri = await published(desk)
    for _ in range(2):
        assert await delete(desk, uri) == Deleted()
    assert await desk.ada.timeline() == []
    first, _ = await desk.requests("/rest/posts/", "DELETE")
    assert first["headers"]["x-restli-method"] == "DELETE"


async def test_a_post_that_linkedin_does_not_know_is_gone(desk: Desk) -> None:
    uri = "https://www.linkedin.com/feed/update/urn:li:share:7141138937766391808/"
    assert await delete(desk, uri) == Deleted(was_there=False)


async def test_an_address_without_a_post_deletes_nothing(desk: Desk) -> None:
    ended = await delete(desk, "https://www.linkedin.com/in/me/recent-activity/all/")
    assert isinstance(ended, Rejected)
    assert await desk.requests("/rest/posts/", "DELETE") == []


@pytest.mark.parametrize(
    ("fault", "ending"),
    [
        # aiohttp itself asks a second time for what it may DELETE.
        ({"fault": "cut_after_commit", "times": 2}, Unknown),
        ({"fault": "status", "status": 503}, Unknown),
        ({"fault": "status", "status": 429}, TryLater),
        ({"fault": "status", "status": 403}, Rejected),
        ({"fault": "revoked_token"}, Rejected),
    ],
)
async def test_a_deletion_ends_as_its_answer_says(
    desk: Desk, fault: dict[str, Any], ending: type
) -> None:
    uri = await published(desk)
    await desk.ada.fault(fault.pop("fault"), route="/rest/posts/", **fault)
    assert isinstance(await delete(desk, uri), ending)


async def test_an_account_in_order_has_no_problem(desk: Desk) -> None:
    found = await examine(desk)
    assert [each for each in found.values() if each.problem] == []
    assert found["member"].found == f"Ada Example, {PERSON}"
    assert found["scopes"].found == "openid, profile, w_member_social"
    assert found["token"].found == "active until 2027-01-23T12:00:00.000Z"
    assert found["api version"].found == f"{VERSION} is answered"
    assert "organizations" not in found


async def test_the_pages_are_listed_with_their_roles(desk: Desk) -> None:
    await desk.connect_page()
    assert (await examine(desk))["organizations"].found == f"{PAGE} (CONTENT_ADMIN)"


async def test_a_retired_version_is_a_problem_that_names_the_setting(desk: Desk) -> None:
    await desk.ada.world(retiredVersions=[VERSION])
    problem = (await examine(desk))["api version"].problem
    assert problem is not None
    assert "LETMEPOST_LINKEDIN_VERSION" in problem


async def test_a_revoked_token_is_a_problem(desk: Desk) -> None:
    await desk.ada.fault("revoked_token", route="userinfo")
    found = await examine(desk)
    assert found["member"].problem == "Connect the account again."
    assert (found["token"].found.split()[0], found["token"].problem) == (
        "revoked",
        "Connect the account again.",
    )


async def test_a_missing_scope_is_named(desk: Desk) -> None:
    for token in desk.simulator.world.tokens.values():
        token.scopes = ("openid", "profile")
    problem = (await examine(desk))["scopes"].problem
    assert problem is not None
    assert "w_member_social" in problem


async def test_another_member_is_a_problem(desk: Desk) -> None:
    desk.details = {**desk.details, "authorUrn": "urn:li:person:other"}
    assert "urn:li:person:other" in str((await examine(desk))["member"].problem)


async def test_silence_is_said_and_breaks_nothing(desk: Desk) -> None:
    await desk.ada.fault("cut_before_commit", times=9)
    found = await examine(desk)
    assert {each.found for each in found.values()} == {"LinkedIn did not answer"}
