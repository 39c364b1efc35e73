"""Public ids: a prefix and a UUIDv7 in base62, so that ids sort by the time they were made."""

from typing import Final

import uuid_utils

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LENGTH: Final = 22


def base62(number: int) -> str:
    """Write a 128-bit number as 22 base62 characters, zero-padded, in ASCII order."""
    digits = []
    for _ in range(LENGTH):
        number, digit = divmod(number, 62)
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))


def new_id(prefix: str) -> str:
    """Make an id such as `post_01K...`; ids made later by one process sort later."""
    return f"{prefix}_{base62(uuid_utils.uuid7().int)}"
