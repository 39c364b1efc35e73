"""Webhooks are verified as the server signs them; the scenarios hold the usual cases."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook

from letmepost_sdk import WebhookVerificationError, is_webhook_signed, verify_webhook
from tests.sdk.live_server import EVENT_ID, OTHER_SECRET, SECRET, webhook_body, webhook_headers

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
DATED = "X-Letmepost-Signature-V1"
PLAIN = "X-Letmepost-Signature"


def reason_of(
    headers: Mapping[str, str] | str,
    secret: str | list[str] = SECRET,
    *,
    body: bytes | None = None,
    at: datetime = AT,
) -> str | None:
    """Why a webhook is refused; None where it is not."""
    try:
        verify_webhook(
            webhook_body() if body is None else body, headers, secret, now=at.timestamp()
        )
    except WebhookVerificationError as error:
        return error.reason
    return None


@pytest.mark.parametrize("seconds", [-300, 0, 300])
@pytest.mark.parametrize("only", [("webhook-",), (DATED,), (PLAIN,), ("",)])
def test_what_the_server_signs_is_verified(only: tuple[str], seconds: int) -> None:
    headers = {k: v for k, v in webhook_headers(AT).items() if k.startswith(only)}
    event = verify_webhook(
        webhook_body(), headers, SECRET, now=(AT + timedelta(seconds=seconds)).timestamp()
    )
    assert event["id"] == EVENT_ID
    assert event["type"] == "post.published"
    assert event["data"]["warnings"][0]["message"] == "Grüße ⛴️"


@pytest.mark.parametrize("seconds", [-301, 301])
@pytest.mark.parametrize("only", ["webhook-", DATED])
def test_what_is_too_old_or_too_new_is_refused(only: str, seconds: int) -> None:
    headers = {k: v for k, v in webhook_headers(AT).items() if k.startswith(only)}
    at = AT + timedelta(seconds=seconds)
    assert reason_of(headers, at=at) == "timestamp_out_of_tolerance"


@pytest.mark.parametrize("only", ["webhook-", DATED, "X-Letmepost-Signature"])
def test_another_secret_or_body_is_refused(only: str) -> None:
    headers = {k: v for k, v in webhook_headers(AT).items() if k.startswith(only)}
    assert reason_of(headers, OTHER_SECRET) == "no_matching_signature"
    assert reason_of(headers, body=webhook_body() + b" ") == "no_matching_signature"
    assert reason_of(headers, [OTHER_SECRET, SECRET]) is None
    assert reason_of(headers, []) == "no_matching_signature"


def test_of_several_signatures_one_is_enough() -> None:
    old, new = webhook_headers(AT, OTHER_SECRET), webhook_headers(AT, SECRET)
    joined = {
        **old,
        "webhook-signature": f"{old['webhook-signature']} v2,x {new['webhook-signature']}",
    }
    assert reason_of(joined) is None
    _, _, mac = new[DATED].partition(",")
    assert reason_of({DATED: f"{old[DATED]}, {mac}"}) is None


def test_the_value_of_one_header_is_enough_with_its_prefix_or_without() -> None:
    signature = webhook_headers(AT)[PLAIN]
    assert reason_of(signature) is None
    assert reason_of(signature.removeprefix("sha256=")) is None
    assert reason_of("sha256=00") == "no_matching_signature"


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_no base64!"])
def test_a_secret_that_is_none_verifies_nothing(secret: str) -> None:
    assert reason_of(webhook_headers(AT), secret) == "invalid_secret"
    assert reason_of({PLAIN: webhook_headers(AT)[PLAIN]}, "") == "invalid_secret"


@pytest.mark.parametrize("timestamp", ["", "-1", "1.5", "٣", "9" * 13, "1764000000 "])
def test_a_time_that_is_none_is_refused(timestamp: str) -> None:
    headers = {**webhook_headers(AT), "webhook-timestamp": timestamp}
    assert reason_of(headers) == "malformed_timestamp"
    assert reason_of({DATED: f"t={timestamp},v1=00"}) in {
        "malformed_timestamp",
        "timestamp_out_of_tolerance",
    }


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp"])
def test_a_header_that_is_missing_is_named(name: str) -> None:
    headers = {k: v for k, v in webhook_headers(AT).items() if k != name}
    with pytest.raises(WebhookVerificationError, match=name):
        verify_webhook(webhook_body(), headers, SECRET, now=AT.timestamp())


def test_a_signature_that_is_no_text_is_refused() -> None:
    headers = {**webhook_headers(AT), "webhook-signature": "v1,\udcff", "webhook-id": "\udcff"}
    assert reason_of(headers) == "no_matching_signature"


def test_a_body_that_is_no_event_is_refused() -> None:
    headers = Webhook(SECRET).sign(EVENT_ID, AT, "[]")
    given = {
        "webhook-id": EVENT_ID,
        "webhook-timestamp": str(int(AT.timestamp())),
        "webhook-signature": headers,
    }
    assert reason_of(given, body=b"[]") == "malformed_body"


def test_the_present_moment_is_taken_unless_another_is_given() -> None:
    assert is_webhook_signed(webhook_body(), webhook_headers(datetime.now(UTC)), SECRET)
    assert not is_webhook_signed(
        webhook_body(), webhook_headers(datetime.now(UTC) - timedelta(minutes=6)), SECRET
    )
