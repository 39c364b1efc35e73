"""How publications of test keys end: by the text, like the numbers of test cards."""

import asyncio
import secrets

from letmepost.content.draft import Draft
from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.platform_kit.outcome import (
    Outcome,
    Published,
    Rejected,
    TryLater,
    Unknown,
    Warned,
)
from letmepost.platform_kit.platform import Platform
from letmepost.preflight.resource_rules import SANDBOX

SLOW_SECONDS = 5.0
UNKNOWN_TEXT = "[lmp:unknown]"
MAGIC_TEXTS = (
    "[lmp:rejected]",
    "[lmp:unavailable]",
    "[lmp:auth_failed]",
    UNKNOWN_TEXT,
    "[lmp:slow]",
)


def _error(code: ErrorCode, platform: Platform, words: str) -> LetmepostError:
    return LetmepostError(
        code=code,
        message=f"Test key: {words}",
        platform=platform.name,
        platform_response={"sandbox": True},
    )


async def synthetic_outcome(draft: Draft, platform: Platform) -> Outcome:
    """The ending that the text asks for; published where it asks for none. Nobody is called."""
    if "[lmp:rejected]" in draft.text:
        error = _error(ErrorCode.PLATFORM_REJECTED, platform, "the platform refused the post.")
        return Rejected(error=error)
    if "[lmp:auth_failed]" in draft.text:
        error = _error(ErrorCode.PLATFORM_AUTH_FAILED, platform, "the credentials are refused.")
        return Rejected(error=error)
    if "[lmp:unavailable]" in draft.text:
        error = _error(ErrorCode.PLATFORM_UNAVAILABLE, platform, "the platform is not available.")
        return TryLater(error=error)
    if UNKNOWN_TEXT in draft.text:
        error = _error(ErrorCode.PLATFORM_UNAVAILABLE, platform, "no answer came.")
        return Unknown(error=error)
    if "[lmp:slow]" in draft.text:
        await asyncio.sleep(SLOW_SECONDS)
    key = secrets.token_hex(16)
    return Published(
        uri=f"https://sandbox.letmepost.dev/{platform.name}/{key}",
        cid=f"sandbox_{key}",
        warnings=[Warned(code=SANDBOX.id, message=SANDBOX.message)],
    )
