"""The headers that sign one body at one moment, in each form that a consumer may verify."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from letmepost.webhooks.secret import PREFIX

SIGNATURE: Final = "X-Letmepost-Signature"
SIGNATURE_V1: Final = "X-Letmepost-Signature-V1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What one attempt sends: the event and its body, and the delivery that it belongs to."""

    event_id: str
    event_type: str
    delivery_id: str
    request_id: str | None
    body: bytes


def signed_headers(sent: Sent, secrets: Sequence[str], now: datetime) -> dict[str, str]:
    """The headers of one attempt, signed with each of `secrets`, the present one first.

    Standard Webhooks and the dated form list one signature per secret. The plain form holds one
    only, so it is made with the present secret.
    https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    """
    timestamp = str(int(now.timestamp()))
    dated = timestamp.encode() + b"." + sent.body
    standard = f"{sent.event_id}.".encode() + dated
    headers = {
        "Content-Type": "application/json",
        SIGNATURE: "sha256=" + _mac(secrets[0].encode(), sent.body).hex(),
        SIGNATURE_V1: ",".join(
            [f"t={timestamp}", *(f"v1={_mac(s.encode(), dated).hex()}" for s in secrets)]
        ),
        "webhook-id": sent.event_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(
            "v1," + base64.b64encode(_mac(_decoded(s), standard)).decode() for s in secrets
        ),
        "X-Letmepost-Event": sent.event_type,
        "X-Letmepost-Event-Id": sent.event_id,
        "X-Letmepost-Delivery-Id": sent.delivery_id,
    }
    if sent.request_id is not None:
        headers["X-Letmepost-Request-Id"] = sent.request_id
    return headers


def _decoded(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(PREFIX))


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, hashlib.sha256)
