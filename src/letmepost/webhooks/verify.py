"""For consumers: whether a webhook came from who holds the secret, and lately."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

TOLERANCE: Final = timedelta(minutes=5)
_PREFIX: Final = "whsec_"
# More digits are no moment of ours, and int() refuses very many.
_TIMESTAMP_DIGITS: Final = 12


class NotVerifiedError(Exception):
    """A webhook that is not to be trusted; `reason` says why in one sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def verify(
    body: bytes,
    headers: Mapping[str, str],
    secret: str,
    now: datetime,
    tolerance: timedelta = TOLERANCE,
) -> None:
    """Return if the body as received was signed with `secret` within `tolerance` of `now`.

    Reads the headers of Standard Webhooks, in any case. Raises `NotVerifiedError`.
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    try:
        message_id = lowered["webhook-id"]
        timestamp = lowered["webhook-timestamp"]
        signatures = lowered["webhook-signature"]
    except KeyError as missing:
        raise NotVerifiedError(f"The header {missing.args[0]} is missing.") from None
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= _TIMESTAMP_DIGITS):
        raise NotVerifiedError("The timestamp is not a number of seconds.")
    if abs(now.timestamp() - int(timestamp)) > tolerance.total_seconds():
        raise NotVerifiedError("The timestamp is too far from now.")
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise NotVerifiedError("The secret is not whsec_ and base64.") from None
    if not key:
        raise NotVerifiedError("The secret is empty.")
    # Headers may hold lone surrogates, which are no text: they cannot be what was signed.
    message = f"{message_id}.{timestamp}.".encode(errors="replace") + body
    expected = b"v1," + base64.b64encode(hmac.digest(key, message, hashlib.sha256))
    if not any(
        hmac.compare_digest(expected, each.encode(errors="replace")) for each in signatures.split()
    ):
        raise NotVerifiedError("No signature is of this body and secret.")
