"""An account is looked over without changing anything."""

from letmepost.platform_kit.platform import Finding
from letmepost.platforms.pinterest.examine import PinterestExaminer
from tests.platforms.pinterest.publishing import Publishing


async def findings(side: Publishing) -> dict[str, Finding]:
    found = await PinterestExaminer().examine(side.account_task())
    return {each.name: each for each in found}


async def test_account_in_order_has_no_problem(side: Publishing) -> None:
    found = await findings(side)
    assert found["user"].found.startswith("jane (")
    assert found["account type"].found == "BUSINESS"
    assert found["boards"].found == "1"
    assert found["requests left"].found.endswith(" of 1000")
    assert "none" in found["default board"].found
    assert not [each for each in found.values() if each.problem]


async def test_default_board_is_named(side: Publishing) -> None:
    side.details = {**side.details, "defaultBoardId": "5", "defaultBoardName": "Bridges"}
    assert (await findings(side))["default board"].found == "Bridges (5)"


async def test_trial_access_is_told_by_its_quota(side: Publishing) -> None:
    await side.jane.world(access="trial")
    found = await findings(side)
    assert found["access"].found == "trial"
    assert "api-sandbox" in str(found["access"].problem)


async def test_refused_calls_are_problems_and_no_errors(side: Publishing) -> None:
    await side.jane.fault("status", route="/user_account", status=403)
    await side.jane.fault("status", route="/boards", status=500)
    found = await findings(side)
    assert found["user"].problem
    assert found["boards"].problem


async def test_host_that_does_not_answer_is_a_problem(side: Publishing) -> None:
    side.settings = side.settings.model_copy(update={"api_url": "http://127.0.0.1:1"})
    assert "LETMEPOST_PINTEREST_API_URL" in str((await findings(side))["connection"].problem)


async def test_account_whose_consent_was_taken_back_is_to_be_connected_again(
    side: Publishing,
) -> None:
    await side.jane.fault("revoked_token", route="/user_account")
    assert "Connect the account again" in str((await findings(side))["token"].problem)
