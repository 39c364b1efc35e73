"""Public ids: a prefix and a UUIDv7 in base62, so that ids sort by the time they were made."""

from typing import Final

import uuid_utils

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LENGTH: Final = 22
# Two characters at a time: every request makes several ids.
_PAIRS: Final = tuple(first + second for first in ALPHABET for second in ALPHABET)
_PAIRS_COUNT: Final = len(_PAIRS)


def base62(number: int) -> str:
    """Write a 128-bit number as 22 base62 characters, zero-padded, in ASCII order."""
    pairs = []
    for _ in range(LENGTH // 2):
        number, pair = divmod(number, _PAIRS_COUNT)
        pairs.append(_PAIRS[pair])
    pairs.reverse()
    return "".join(pairs)


def new_id(prefix: str) -> str:
    """Make an id such as `post_01K...`; ids made later by one process sort later."""
    return f"{prefix}_{base62(uuid_utils.uuid7().int)}"
