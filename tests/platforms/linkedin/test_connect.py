"""Connecting a member, with pages or without, and renewing the token where that is possible."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.platform_kit.connect import Consent
from letmepost.platforms.linkedin.connect import LinkedInConnect
from tests.platforms.linkedin.caller import BACK, PAGE, PERSON
from tests.platforms.linkedin.publishing import Desk

CONSENT = Consent(state="s-1", redirect_uri=BACK, code_verifier="v" * 43)


async def test_the_consent_page_is_asked_for_what_posting_needs(desk: Desk) -> None:
    address = urlsplit(desk.connector.consent_url(CONSENT, desk.settings))
    assert address.path == "/linkedin/oauth/v2/authorization"
    assert "scope=openid%20profile%20w_member_social" in address.query
    query = parse_qs(address.query)
    assert query["response_type"] == ["code"]
    assert (query["state"], query["redirect_uri"]) == (["s-1"], [BACK])
    assert query["client_id"] == [desk.settings.client_id]


async def test_a_member_is_connected_for_sixty_days(desk: Desk) -> None:
    connected = await desk.connect()
    assert connected.platform_account_id == PERSON
    assert connected.display_name == "Ada Example"
    assert connected.scopes == ("openid", "profile", "w_member_social")
    assert connected.details == {
        "authorUrn": PERSON,
        "organizations": [],
        "scopes": ["openid", "profile", "w_member_social"],
    }
    assert set(connected.credentials) == {"accessToken"}
    assert (connected.renewable, connected.renewable_until) == (False, None)
    lives = connected.token_expires_at - datetime.now(UTC) if connected.token_expires_at else None
    assert lives is not None
    assert timedelta(days=59) < lives <= timedelta(days=60)


async def test_a_partner_can_renew_for_a_year(desk: Desk) -> None:
    await desk.ada.world(partner=True)
    connected = await desk.connect()
    assert connected.renewable
    assert connected.renewable_until is not None
    assert connected.renewable_until - datetime.now(UTC) > timedelta(days=364)
    renewed = await desk.connector.refresh(
        connected.credentials, connected.details, desk.settings, desk.upstream
    )
    assert renewed.credentials["accessToken"] != connected.credentials["accessToken"]
    assert renewed.credentials["refreshToken"] == connected.credentials["refreshToken"]
    assert renewed.renewable_until is not None


async def test_without_a_refresh_token_only_a_person_can_help(desk: Desk) -> None:
    with pytest.raises(LetmepostError) as raised:
        await desk.refresh()
    assert raised.value.code is ErrorCode.PLATFORM_AUTH_FAILED


async def test_a_revoked_refresh_token_asks_for_a_person(desk: Desk) -> None:
    await desk.ada.world(partner=True)
    await desk.connect()
    for token in desk.simulator.world.refresh_tokens.values():
        token.revoked = True
    with pytest.raises(LetmepostError) as raised:
        await desk.refresh()
    assert raised.value.code is ErrorCode.PLATFORM_AUTH_FAILED
    assert raised.value.platform_response["error"] == "invalid_request"


async def test_the_pages_that_may_be_posted_for_are_kept(desk: Desk) -> None:
    connected = await desk.connect_page()
    assert connected.details["organizations"] == [{"urn": PAGE, "role": "CONTENT_ADMIN"}]
    assert "w_organization_social" in connected.details["scopes"]


async def test_a_role_that_only_looks_is_no_page_to_post_for(desk: Desk) -> None:
    await desk.ada.world(organizations=[{"id": "7", "role": "ANALYST"}])
    connected = await desk.connect_page()
    assert [each["urn"] for each in connected.details["organizations"]] == [PAGE]


async def test_a_fresh_token_that_is_called_revoked_is_asked_about_again(desk: Desk) -> None:
    await desk.ada.world(falseRevocations=3)
    assert (await desk.connect()).platform_account_id == PERSON
    assert len(await desk.requests("/v2/userinfo", "GET")) == 1 + 4


async def test_a_token_that_stays_revoked_is_believed(desk: Desk) -> None:
    await desk.ada.world(falseRevocations=99)
    with pytest.raises(LetmepostError) as raised:
        await desk.connect()
    assert raised.value.code is ErrorCode.PLATFORM_AUTH_FAILED
    assert raised.value.platform_response["code"] == "REVOKED_ACCESS_TOKEN"


async def test_a_spent_code_is_refused(desk: Desk) -> None:
    with pytest.raises(LetmepostError) as raised:
        await desk.connector.connect("of nobody", CONSENT, desk.settings, desk.upstream)
    assert raised.value.code is ErrorCode.PLATFORM_AUTH_FAILED


async def test_a_wrong_app_is_the_operators_matter(desk: Desk) -> None:
    wrong = desk.settings.model_copy(update={"client_id": "another"})
    with pytest.raises(LetmepostError) as raised:
        await desk.connector.connect("code", CONSENT, wrong, desk.upstream)
    assert raised.value.code is ErrorCode.PLATFORM_UNAVAILABLE
    assert "LETMEPOST_LINKEDIN_CLIENT_SECRET" in str(raised.value.remediation)


@pytest.mark.parametrize("route", ["accessToken", "userinfo"])
@pytest.mark.parametrize("fault", ["html", "malformed", "cut_before_commit"])
async def test_answers_that_cannot_be_read_are_tried_again_by_the_caller(
    desk: Desk, route: str, fault: str
) -> None:
    # aiohttp itself asks a second time for what it may GET.
    await desk.ada.fault(fault, route=route, times=2)
    with pytest.raises(LetmepostError) as raised:
        await desk.connect()
    assert raised.value.code is ErrorCode.PLATFORM_UNAVAILABLE


async def test_a_page_whose_roles_cannot_be_read_is_connected_without_them(desk: Desk) -> None:
    body = {"status": 403, "serviceErrorCode": 100, "code": "ACCESS_DENIED", "message": "No"}
    await desk.ada.fault("status", route="organizationAcls", status=403, body=body)
    assert (await desk.connect_page()).details["organizations"] == []


async def test_no_secret_is_in_the_transcript(desk: Desk) -> None:
    await desk.ada.world(partner=True)
    await desk.connect()
    await desk.refresh()
    written = str(desk.upstream.transcript)
    secrets = {*desk.credentials.values(), desk.settings.client_secret.get_secret_value()}  # type: ignore[union-attr]
    assert not [secret for secret in secrets if secret in written]


def test_the_connector_names_what_an_operator_must_set() -> None:
    connector = LinkedInConnect()
    assert connector.app_settings == ("client_id", "client_secret")
