"""Jane connects her account by consent, and its token is renewed for ever after."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.platform_kit.connect import Consent
from letmepost.platform_kit.http import NoAnswerError
from letmepost.platforms.pinterest.connect import PinterestConnect
from tests.platforms.pinterest.caller import BACK
from tests.platforms.pinterest.publishing import Publishing

CONSENT = Consent(state="s-1", redirect_uri=BACK, code_verifier="unused")
TOKEN = "/v5/oauth/token"


async def test_consent_url_asks_for_every_scope(side: Publishing) -> None:
    url = PinterestConnect().consent_url(CONSENT, side.settings)
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert query == {
        "client_id": side.settings.client_id,
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": "boards:read,boards:write,pins:read,pins:write,user_accounts:read",
        "state": "s-1",
    }
    path = url.removeprefix(side.jane.simulation.url)
    assert (await side.jane.send("GET", path)).status == 200


async def test_account_is_known_by_its_id_and_shown_by_its_name(side: Publishing) -> None:
    connected = await side.connect()
    assert connected.platform_account_id.isdigit()
    assert connected.display_name == "jane"
    assert connected.details == {"username": "jane", "accountType": "BUSINESS"}
    assert set(connected.credentials) == {"accessToken", "refreshToken"}
    assert connected.scopes == PinterestConnect.scopes
    assert connected.renewable


async def test_token_lives_thirty_days_and_can_be_renewed_for_sixty(side: Publishing) -> None:
    connected = await side.connect()
    assert connected.token_expires_at is not None
    assert connected.renewable_until == side.clock.now() + timedelta(days=60)


async def test_exchange_is_what_pinterest_documents(side: Publishing) -> None:
    asked = (await side.requests(TOKEN))[-1]
    assert asked["headers"]["authorization"].startswith("Basic ")
    assert asked["headers"]["content-type"] == "application/x-www-form-urlencoded"
    form = parse_qs(asked["body"])
    assert set(form) == {"grant_type", "code", "redirect_uri", "continuous_refresh"}


async def test_renewal_spends_the_refresh_token(side: Publishing) -> None:
    before = dict(side.credentials)
    await side.refresh()
    assert side.credentials["refreshToken"] != before["refreshToken"]
    side.credentials = before
    with pytest.raises(LetmepostError) as refused:
        await side.refresh()
    assert refused.value.code is ErrorCode.PLATFORM_AUTH_FAILED


async def test_code_that_was_spent_connects_nobody(side: Publishing) -> None:
    with pytest.raises(LetmepostError) as refused:
        await side.connect("spent")
    assert refused.value.code is ErrorCode.PLATFORM_AUTH_FAILED


async def test_wrong_app_secret_is_a_matter_of_the_operator_and_not_of_the_account(
    side: Publishing,
) -> None:
    side.settings = side.settings.model_copy(update={"client_id": "another app"})
    with pytest.raises(LetmepostError) as refused:
        await side.refresh()
    assert refused.value.code is ErrorCode.PLATFORM_UNAVAILABLE
    assert "LETMEPOST_PINTEREST_CLIENT_SECRET" in str(refused.value.remediation)


@pytest.mark.parametrize("fault", ["html", "cut_after_commit", "malformed"])
async def test_renewal_without_a_readable_answer_may_be_tried_again(
    side: Publishing, fault: str
) -> None:
    await side.jane.fault(fault, route=TOKEN)
    with pytest.raises(LetmepostError) as refused:
        await side.refresh()
    assert refused.value.code is ErrorCode.PLATFORM_UNAVAILABLE
    assert fault != "cut_after_commit" or isinstance(refused.value.__cause__, NoAnswerError)


async def test_user_who_cannot_be_read_is_not_connected(side: Publishing) -> None:
    code = (await side.jane.consent())["code"]
    body = {"code": 29, "message": "PINNER_DATA_ACCESS_DENIED"}
    await side.jane.fault("status", route="/user_account", status=403, body=body)
    with pytest.raises(LetmepostError) as refused:
        await side.connect(code)
    assert refused.value.code is ErrorCode.PLATFORM_REJECTED
    assert "business" in str(refused.value.remediation)


async def test_transcript_holds_neither_code_nor_token(side: Publishing) -> None:
    upstream = side.upstream()
    code = (await side.jane.consent())["code"]
    [connected] = await PinterestConnect().connect(code, CONSENT, side.settings, upstream)
    shown = str(upstream.transcript)
    assert code not in shown
    assert not [each for each in connected.credentials.values() if each in shown]
