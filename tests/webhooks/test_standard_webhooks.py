"""Whether the Standard Webhooks library of PyPI takes what is sent, with any drawn secret."""

import json
import os
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from letmepost.webhooks.secret import draw_secret
from letmepost.webhooks.sign import Sent, signed_headers

BODY = json.dumps({"id": "evt_1", "type": "post.published"}).encode()
SENT = Sent(
    event_id="evt_1",
    event_type="post.published",
    delivery_id="dlv_1",
    request_id=None,
    body=BODY,
)


def test_it_verifies_every_one_of_300_drawn_secrets() -> None:
    # It reads the clock of this machine, so the moment is now.
    for secret in [draw_secret(os.urandom) for _ in range(300)]:
        headers = signed_headers(SENT, [secret], datetime.now(UTC))
        assert Webhook(secret).verify(BODY, headers) == json.loads(BODY)


def test_it_refuses_one_changed_byte() -> None:
    secret = draw_secret(os.urandom)
    headers = signed_headers(SENT, [secret], datetime.now(UTC))
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY.replace(b"evt_1", b"evt_2"), headers)


def test_it_takes_the_secret_that_is_being_replaced() -> None:
    new, old = draw_secret(os.urandom), draw_secret(os.urandom)
    headers = signed_headers(SENT, [new, old], datetime.now(UTC))
    for secret in (new, old):
        Webhook(secret).verify(BODY, headers)
