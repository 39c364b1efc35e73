"""Passwords: kept as Argon2id hashes, and checked in the same time whether anybody has them."""

import asyncio
from functools import cached_property
from typing import TYPE_CHECKING, Final

from letmepost.preflight.refuse import refuse
from letmepost.preflight.sign_in_rules import (
    PASSWORD_CHARACTERS_MAX,
    PASSWORD_CHARACTERS_MIN,
    PASSWORD_LENGTH,
    PASSWORD_TOO_LONG,
)

if TYPE_CHECKING:
    from argon2 import PasswordHasher

AT_ONCE: Final = 2
# The hash of members without a password: a version that does not know it refuses every password.
NO_PASSWORD: Final = f"$argon2id$v=19$m=65536,t=3,p=4${'A' * 22}${'A' * 43}"


def refuse_password(password: str) -> None:
    """Raise the rule of its length."""
    length = len(password)
    if length < PASSWORD_CHARACTERS_MIN.value:
        raise refuse(PASSWORD_LENGTH, actual=length)
    if length > PASSWORD_CHARACTERS_MAX.value:
        raise refuse(PASSWORD_TOO_LONG, actual=length)


class Passwords:
    """Hashes and checks in threads, a few at a time: each takes 64 MiB and some of a core."""

    def __init__(self) -> None:
        self._room = asyncio.Semaphore(AT_ONCE)

    async def hash(self, password: str) -> str:
        """What is kept of a new password."""
        async with self._room:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def match(self, password: str, hashed: str | None) -> bool:
        """Whether this is the password; takes as long where nobody has one."""
        async with self._room:
            return await asyncio.to_thread(self._match, password, hashed)

    @cached_property
    def _hasher(self) -> "PasswordHasher":
        # With its C library: a server that nobody signs in to starts without it.
        from argon2 import PasswordHasher  # noqa: PLC0415

        return PasswordHasher()

    @cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash("nobody has this password")

    def _match(self, password: str, hashed: str | None) -> bool:
        from argon2.exceptions import VerificationError  # noqa: PLC0415 - as above

        # Made before either case, so that not even the first attempt takes longer.
        nobodys = self._nobodys
        if len(password) > PASSWORD_CHARACTERS_MAX.value:
            return False
        try:
            self._hasher.verify(hashed or nobodys, password)
        except VerificationError:
            return False
        return hashed is not None
