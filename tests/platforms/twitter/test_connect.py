"""An account is connected by its owner's consent, and its tokens are renewed in turn."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.kit.settings import read_group
from letmepost.platform_kit.connect import Connected, Consent
from letmepost.platform_kit.http import Sessions, Upstream
from letmepost.platforms.twitter import PLATFORM
from letmepost.platforms.twitter.connect import TwitterConnect
from letmepost.platforms.twitter.settings import TwitterSettings
from tests.platforms.twitter.caller import BACK, SCOPES, VERIFIER, Caller

CONSENT = Consent(state="s-1", redirect_uri=BACK, code_verifier=VERIFIER)
TOKEN = "/2/oauth2/token"


@pytest.fixture
def settings(app: Caller) -> TwitterSettings:
    return read_group(TwitterSettings, app.simulation.settings, "LETMEPOST_TWITTER_")


@pytest.fixture
def upstream(app: Caller, settings: TwitterSettings) -> Upstream:
    return Upstream(Sessions(app.http, app.http), "twitter", trusted=[settings.api_url])


async def connect(
    app: Caller, settings: TwitterSettings, upstream: Upstream, **asked: Any
) -> Connected:
    code = (await app.consents(asked.pop("form", None), **asked))["code"]
    (account,) = await TwitterConnect().connect(code, CONSENT, settings, upstream)
    return account


async def test_address_leads_to_the_page_that_the_simulator_accepts(
    app: Caller, settings: TwitterSettings
) -> None:
    url = TwitterConnect().consent_url(CONSENT, settings)
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert query["scope"] == SCOPES
    assert query["redirect_uri"] == BACK
    assert VERIFIER not in url
    path = url.removeprefix(app.simulation.url)
    page = await app.send("GET", path)
    assert page.status == 200
    form = app.simulation.accounts["twitter"]
    back = await app.send("POST", path, data=form, allow_redirects=False)
    assert back.headers["location"].startswith(f"{BACK}?code=")
    assert back.headers["location"].endswith("state=s-1")


def test_page_of_x_itself_is_where_x_documents_it() -> None:
    environment = {"LETMEPOST_TWITTER_CLIENT_ID": "an-app"}
    settings = read_group(TwitterSettings, environment, "LETMEPOST_TWITTER_")
    url = TwitterConnect().consent_url(CONSENT, settings)
    assert url.startswith("https://x.com/i/oauth2/authorize?response_type=code&client_id=an-app")


async def test_account_is_described_as_x_describes_it(
    app: Caller, settings: TwitterSettings, upstream: Upstream
) -> None:
    await app.world(accounts=[{"username": "alice_on_x", "verifiedType": "blue"}])
    account = await connect(app, settings, upstream)
    assert (account.platform_account_id, account.display_name) == ("2244994945", "alice_on_x")
    assert account.details["username"] == "alice_on_x"
    assert account.details["verifiedType"] == "blue"
    assert account.scopes == TwitterConnect.scopes
    assert account.details["scopes"] == list(TwitterConnect.scopes)
    assert account.token_expires_at is not None
    assert account.renewable
    assert set(account.credentials) == {"accessToken", "refreshToken"}


async def test_without_offline_access_the_token_cannot_be_renewed(
    app: Caller, settings: TwitterSettings, upstream: Upstream
) -> None:
    scope = "tweet.read tweet.write users.read media.write"
    account = await connect(app, settings, upstream, scope=scope)
    assert not account.renewable
    assert account.scopes == tuple(scope.split())
    with pytest.raises(LetmepostError) as raised:
        await TwitterConnect().refresh(account.credentials, account.details, settings, upstream)
    assert raised.value.code is ErrorCode.PLATFORM_AUTH_FAILED


async def test_no_secret_stands_in_the_transcript(
    app: Caller, settings: TwitterSettings, upstream: Upstream
) -> None:
    account = await connect(app, settings, upstream)
    await TwitterConnect().refresh(account.credentials, account.details, settings, upstream)
    shown = str(upstream.transcript)
    assert settings.client_secret is not None
    secrets = (*account.credentials.values(), VERIFIER, settings.client_secret.get_secret_value())
    assert [each for each in secrets if each in shown] == []


async def test_code_that_is_spent_is_refused(
    app: Caller, settings: TwitterSettings, upstream: Upstream
) -> None:
    code = (await app.consents())["code"]
    await TwitterConnect().connect(code, CONSENT, settings, upstream)
    with pytest.raises(LetmepostError) as raised:
        await TwitterConnect().connect(code, CONSENT, settings, upstream)
    assert raised.value.code is ErrorCode.PLATFORM_AUTH_FAILED
    assert raised.value.platform_response["error"] == "invalid_request"


async def test_renewing_spends_the_refresh_token_and_brings_the_next(
    app: Caller, settings: TwitterSettings, upstream: Upstream
) -> None:
    account = await connect(app, settings, upstream)
    renewed = await PLATFORM.connect.refresh(
        account.credentials, account.details, settings, upstream
    )
    assert renewed.credentials["refreshToken"] != account.credentials["refreshToken"]
    assert renewed.scopes == TwitterConnect.scopes
    with pytest.raises(LetmepostError) as raised:
        await TwitterConnect().refresh(account.credentials, account.details, settings, upstream)
    assert raised.value.code is ErrorCode.PLATFORM_AUTH_FAILED
    assert raised.value.retryable is False
    again = await TwitterConnect().refresh(renewed.credentials, account.details, settings, upstream)
    assert again.credentials["accessToken"]


async def test_grant_that_is_invalid_in_the_words_of_the_standard_is_refused_too(
    app: Caller, settings: TwitterSettings, upstream: Upstream
) -> None:
    account = await connect(app, settings, upstream)
    await app.fault("status", route=TOKEN, status=400, body={"error": "invalid_grant"})
    with pytest.raises(LetmepostError) as raised:
        await TwitterConnect().refresh(account.credentials, account.details, settings, upstream)
    assert raised.value.code is ErrorCode.PLATFORM_AUTH_FAILED


async def test_wrong_client_secret_is_the_operators_matter(
    app: Caller, settings: TwitterSettings, upstream: Upstream
) -> None:
    wrong = settings.model_copy(update={"client_secret": SecretStr("guessed")})
    code = (await app.consents())["code"]
    with pytest.raises(LetmepostError) as raised:
        await TwitterConnect().connect(code, CONSENT, wrong, upstream)
    assert raised.value.code is ErrorCode.PLATFORM_UNAVAILABLE
    assert "LETMEPOST_TWITTER_CLIENT_SECRET" in str(raised.value.remediation)


@pytest.mark.parametrize("route", [TOKEN, "/2/users/me"])
@pytest.mark.parametrize(
    "fault",
    [
        {"name": "status", "status": 503},
        {"name": "status", "status": 429},
        {"name": "html"},
        {"name": "malformed"},
        {"name": "cut_before_commit", "times": 2},
    ],
)
async def test_server_that_does_not_answer_well_is_said_to_be_unavailable(
    app: Caller,
    settings: TwitterSettings,
    upstream: Upstream,
    route: str,
    fault: dict[str, Any],
) -> None:
    await app.fault(route=route, **fault)
    with pytest.raises(LetmepostError) as raised:
        await connect(app, settings, upstream)
    assert raised.value.code is ErrorCode.PLATFORM_UNAVAILABLE
    assert raised.value.retryable is True


async def test_suspended_account_is_refused(
    app: Caller, settings: TwitterSettings, upstream: Upstream
) -> None:
    await app.world(accounts=[{"username": "alice_on_x", "status": "suspended"}])
    with pytest.raises(LetmepostError) as raised:
        await connect(app, settings, upstream)
    assert raised.value.code is ErrorCode.PLATFORM_AUTH_FAILED
