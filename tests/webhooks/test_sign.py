"""What a delivery is signed with, by vectors that OpenSSL made and by what consumers check."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from letmepost.webhooks.sign import Sent, signed_headers
from letmepost.webhooks.verify import NotVerifiedError, verify

# openssl dgst -sha256 -hmac, and -macopt hexkey for Standard Webhooks, of this body and moment.
SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNk"
OTHER = "whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNk"
BODY = b'{"id":"evt_1","type":"post.published"}'
NOW = datetime.fromtimestamp(1790000000, UTC)
PLAIN = "sha256=c18ed4ddbeeb628d77e44d4f873efb7b736dc01889d1b03c7f57ee6f8ee588fe"
DATED = "t=1790000000,v1=2b9a56a5c82d48e8559183f231632bcb3393c7d1eabb11b52e95b4d6a100ca50"
STANDARD = "v1,W2duqCZS0Pq58rqsyu3L72HfsQZ3FzQITDRBJL3/gwg="


def headers(*secrets: str, request_id: str | None = None) -> dict[str, str]:
    sent = Sent(
        event_id="evt_1",
        event_type="post.published",
        delivery_id="dlv_1",
        request_id=request_id,
        body=BODY,
    )
    return signed_headers(sent, secrets, NOW)


def test_each_form_is_what_openssl_makes_of_the_same_body() -> None:
    assert headers(SECRET) == {
        "Content-Type": "application/json",
        "X-Letmepost-Signature": PLAIN,
        "X-Letmepost-Signature-V1": DATED,
        "webhook-id": "evt_1",
        "webhook-timestamp": "1790000000",
        "webhook-signature": STANDARD,
        "X-Letmepost-Event": "post.published",
        "X-Letmepost-Event-Id": "evt_1",
        "X-Letmepost-Delivery-Id": "dlv_1",
    }


def test_the_request_that_caused_it_is_named() -> None:
    assert headers(SECRET, request_id="req_1")["X-Letmepost-Request-Id"] == "req_1"


def test_both_secrets_verify_while_one_replaces_the_other() -> None:
    signed = headers(OTHER, SECRET)
    verify(BODY, signed, OTHER, NOW)
    verify(BODY, signed, SECRET, NOW)
    assert signed["X-Letmepost-Signature-V1"].endswith(DATED.partition(",")[2])


def test_one_changed_byte_anywhere_fails() -> None:
    for place in range(len(BODY)):
        changed = bytearray(BODY)
        changed[place] ^= 1
        with pytest.raises(NotVerifiedError):
            verify(bytes(changed), headers(SECRET), SECRET, NOW)


def test_another_secret_fails() -> None:
    with pytest.raises(NotVerifiedError, match="No signature"):
        verify(BODY, headers(SECRET), OTHER, NOW)


@pytest.mark.parametrize("away", [timedelta(seconds=301), timedelta(seconds=-301)])
def test_a_replay_after_five_minutes_fails(away: timedelta) -> None:
    with pytest.raises(NotVerifiedError, match="too far"):
        verify(BODY, headers(SECRET), SECRET, NOW + away)


@pytest.mark.parametrize("away", [timedelta(minutes=5), timedelta(minutes=-5)])
def test_five_minutes_off_are_still_good(away: timedelta) -> None:
    verify(BODY, headers(SECRET), SECRET, NOW + away)


def test_names_of_headers_are_read_in_any_case() -> None:
    verify(BODY, {name.upper(): value for name, value in headers(SECRET).items()}, SECRET, NOW)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("webhook-id", "evt_2"),
        ("webhook-timestamp", "1790000001"),
        ("webhook-timestamp", "soon"),
        ("webhook-timestamp", "9" * 400),
        ("webhook-signature", ""),
        ("webhook-signature", "v1,\u00e9"),
        ("webhook-signature", "v1,\udc80"),
        ("webhook-id", "\udc80"),
        ("webhook-signature", STANDARD.replace("v1,", "v2,")),
    ],
)
def test_a_header_that_was_changed_fails(name: str, value: str) -> None:
    with pytest.raises(NotVerifiedError):
        verify(BODY, headers(SECRET) | {name: value}, SECRET, NOW)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_header_that_is_missing_fails(name: str) -> None:
    signed: dict[str, Any] = headers(SECRET)
    del signed[name]
    with pytest.raises(NotVerifiedError, match=name):
        verify(BODY, signed, SECRET, NOW)


def test_a_secret_that_is_none_is_said() -> None:
    with pytest.raises(NotVerifiedError, match="whsec_"):
        verify(BODY, headers(SECRET), "whsec_not base64", NOW)


def test_an_empty_secret_verifies_nothing() -> None:
    with pytest.raises(NotVerifiedError, match="empty"):
        verify(BODY, headers("whsec_"), "whsec_", NOW)
