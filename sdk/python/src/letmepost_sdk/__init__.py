"""The Python client of letmepost."""

from letmepost_sdk import error_codes
from letmepost_sdk.client import AsyncLetmepost, Letmepost
from letmepost_sdk.error_codes import *  # noqa: F403 - one class for each code
from letmepost_sdk.errors import LetmepostError, WebhookVerificationError
from letmepost_sdk.exchange import NetworkError
from letmepost_sdk.webhook import is_webhook_signed, verify_webhook

__all__ = [
    "AsyncLetmepost",
    "Letmepost",
    "LetmepostError",
    "NetworkError",
    "WebhookVerificationError",
    "is_webhook_signed",
    "verify_webhook",
]
__all__ += error_codes.__all__
