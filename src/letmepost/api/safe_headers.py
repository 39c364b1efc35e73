"""Headers that every answer has, whatever made it, unless it says something stricter itself."""

from collections.abc import MutableSequence
from typing import Final

HeaderList = MutableSequence[tuple[bytes, bytes]]

_ALWAYS: Final[tuple[tuple[bytes, bytes], ...]] = (
    # A file or an error must not become a script of this origin.
    (b"x-content-type-options", b"nosniff"),
    # What no page declares for itself loads nothing, runs nothing, and is in nobody's frame.
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
# Two years, the least that browsers' own lists ask for (https://hstspreload.org).
_TLS_ONLY: Final = (b"strict-transport-security", b"max-age=63072000")


class SafeHeaders:
    """Adds them to the head of an answer. Browsers keep to TLS where the public address has it."""

    def __init__(self, public_url: str) -> None:
        is_tls = public_url.startswith("https:")
        self._headers = (*_ALWAYS, *([_TLS_ONLY] if is_tls else []))

    def add(self, headers: HeaderList) -> None:
        """Add what the answer does not have; names in lower case, as ASGI has them."""
        there = {name for name, _ in headers}
        headers.extend(each for each in self._headers if each[0] not in there)
