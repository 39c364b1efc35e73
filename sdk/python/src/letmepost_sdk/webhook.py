"""Whether a webhook came from who holds the secret, and lately: three ways to sign are known."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from letmepost_sdk.errors import WebhookVerificationError
from letmepost_sdk.types import Event

TOLERANCE_SECONDS = 300
ID, TIMESTAMP, STANDARD = "webhook-id", "webhook-timestamp", "webhook-signature"
DATED = "x-letmepost-signature-v1"
PLAIN = "x-letmepost-signature"
_SECRET_PREFIX = "whsec_"  # noqa: S105 - what every secret begins with
# More digits are no moment of ours, and int() refuses very many.
_TIMESTAMP_DIGITS = 12


def verify_webhook(
    body: bytes | str,
    headers: Mapping[str, str] | str,
    secret: str | Sequence[str],
    *,
    tolerance_seconds: float = TOLERANCE_SECONDS,
    now: float | None = None,
) -> Event:
    """The event of a webhook that one of the secrets signed within the tolerance of now.

    `body` is what came, byte for byte. `headers` are those of the request, in any case, or the
    value of `X-Letmepost-Signature` alone, whose signature has no time in it. Of the headers, those
    of Standard Webhooks are looked at first, then the dated ones. `now` is in seconds since 1970.
    Raises `WebhookVerificationError`.
    """
    received = body.encode() if isinstance(body, str) else bytes(body)
    given = {PLAIN: headers} if isinstance(headers, str) else headers
    lowered = {name.lower(): value for name, value in given.items()}
    secrets = [secret] if isinstance(secret, str) else list(secret)
    moment = time.time() if now is None else now
    if STANDARD in lowered:
        _verify_standard(received, lowered, secrets, moment, tolerance_seconds)
    elif DATED in lowered:
        _verify_dated(received, lowered[DATED], secrets, moment, tolerance_seconds)
    elif PLAIN in lowered:
        signature = lowered[PLAIN].removeprefix("sha256=")
        _need(_hex_macs(secrets, received), [signature])
    else:
        raise WebhookVerificationError("missing_header", "The request has no signature.")
    return _event(received)


def is_webhook_signed(
    body: bytes | str, headers: Mapping[str, str] | str, secret: str | Sequence[str]
) -> bool:
    """Whether `verify_webhook` would return."""
    try:
        verify_webhook(body, headers, secret)
    except WebhookVerificationError:
        return False
    return True


def _verify_standard(
    body: bytes,
    headers: Mapping[str, str],
    secrets: Sequence[str],
    now: float,
    tolerance_seconds: float,
) -> None:
    """https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md."""
    for name in (ID, TIMESTAMP):
        if name not in headers:
            raise WebhookVerificationError("missing_header", f"The header {name} is missing.")
    timestamp = headers[TIMESTAMP]
    _need_lately(timestamp, now, tolerance_seconds)
    signed = _bytes(f"{headers[ID]}.{timestamp}.") + body
    macs = [b"v1," + base64.b64encode(_mac(_decoded(each), signed)) for each in secrets]
    _need(macs, headers[STANDARD].split())


def _verify_dated(
    body: bytes, header: str, secrets: Sequence[str], now: float, tolerance_seconds: float
) -> None:
    """`t=<seconds>,v1=<hex>`, with one `v1` for each secret that is good."""
    parts = [part.strip().partition("=") for part in header.split(",")]
    timestamp = next((value for name, _, value in parts if name == "t"), "")
    _need_lately(timestamp, now, tolerance_seconds)
    macs = _hex_macs(secrets, _bytes(f"{timestamp}.") + body)
    _need(macs, [value for name, _, value in parts if name == "v1"])


def _need_lately(timestamp: str, now: float, tolerance_seconds: float) -> None:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= _TIMESTAMP_DIGITS):
        raise WebhookVerificationError(
            "malformed_timestamp", "The timestamp is not a number of seconds."
        )
    if abs(now - int(timestamp)) > tolerance_seconds:
        raise WebhookVerificationError(
            "timestamp_out_of_tolerance", "The timestamp is too far from now."
        )


def _need(macs: Iterable[bytes], signatures: Iterable[str]) -> None:
    """One of the signatures must be what one of the secrets makes; compared in constant time."""
    offered = [_bytes(each) for each in signatures]
    found = False
    for mac in macs:
        for each in offered:
            found |= hmac.compare_digest(mac, each)
    if not found:
        raise WebhookVerificationError(
            "no_matching_signature", "No signature is of this body and secret."
        )


def _bytes(text: str) -> bytes:
    # Headers may hold lone surrogates, which are no text: they cannot be what was signed.
    return text.encode(errors="replace")


def _decoded(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    return _not_empty(key)


def _hex_macs(secrets: Sequence[str], message: bytes) -> list[bytes]:
    return [_mac(_not_empty(each.encode()), message).hex().encode() for each in secrets]


def _not_empty(key: bytes) -> bytes:
    if not key:
        raise WebhookVerificationError("invalid_secret", "The secret is not whsec_ and base64.")
    return key


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, hashlib.sha256)


def _event(body: bytes) -> Event:
    try:
        event = json.loads(body)
    except ValueError:
        event = None
    if not isinstance(event, dict):
        raise WebhookVerificationError("malformed_body", "The body is not an event.")
    return cast("Event", event)
