"""Secrets at rest: AES-256-GCM envelopes, a data key for each secret, wrapped by a rotating key."""

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12
VERSION = "v1"


class SealBrokenError(Exception):
    """An envelope was made with a key that is not here, for another place, or was altered."""


def _encrypt(key: bytes, plaintext: bytes, context: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, context)


def _decrypt(key: bytes, sealed: bytes, context: bytes) -> bytes:
    return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context)


def _key_id(key: bytes) -> str:
    return hashlib.sha256(b"letmepost key id" + key).hexdigest()[:8]


@dataclass(frozen=True, repr=False)
class Keyring:
    """The encryption keys, newest first: the first one seals, every one opens."""

    keys: tuple[bytes, ...]

    def __post_init__(self) -> None:
        """Refuse a key of the wrong length before anything is sealed with it."""
        if not self.keys or any(len(key) != KEY_BYTES for key in self.keys):
            raise ValueError(f"an encryption key must be {KEY_BYTES} bytes")

    @cached_property
    def _by_id(self) -> Mapping[str, bytes]:
        return {_key_id(key): key for key in self.keys}

    def seal(self, plaintext: bytes, context: str) -> str:
        """Encrypt for one place.

        `context` names the row and column, so an envelope cannot be moved to another row.
        """
        bound = context.encode()
        data_key = AESGCM.generate_key(bit_length=KEY_BYTES * 8)
        wrapped = _encrypt(self.keys[0], data_key, bound)
        body = _encrypt(data_key, plaintext, bound)
        parts = (base64.b64encode(part).decode() for part in (wrapped, body))
        return ".".join((VERSION, _key_id(self.keys[0]), *parts))

    def open(self, envelope: str, context: str) -> bytes:
        """Decrypt what `seal` made; raise `SealBrokenError` where that cannot be done."""
        bound = context.encode()
        _, key, wrapped, body = self._parts(envelope)
        try:
            data_key = _decrypt(key, base64.b64decode(wrapped), bound)
            return _decrypt(data_key, base64.b64decode(body), bound)
        except (ValueError, InvalidTag):
            raise SealBrokenError("the envelope is damaged or belongs elsewhere") from None

    def rewrap(self, envelope: str, context: str) -> str:
        """The same envelope with its data key under the newest key; what is inside stays as it is.

        Raises `SealBrokenError` where no key opens it.
        """
        bound = context.encode()
        version, key, wrapped, body = self._parts(envelope)
        if key == self.keys[0]:
            return envelope
        try:
            data_key = _decrypt(key, base64.b64decode(wrapped), bound)
        except (ValueError, InvalidTag):
            raise SealBrokenError("the envelope is damaged or belongs elsewhere") from None
        again = base64.b64encode(_encrypt(self.keys[0], data_key, bound)).decode()
        return ".".join((version, _key_id(self.keys[0]), again, body))

    @property
    def newest_prefix(self) -> str:
        """How every envelope begins whose data key is under the newest key."""
        return f"{VERSION}.{_key_id(self.keys[0])}."

    def _parts(self, envelope: str) -> tuple[str, bytes, str, str]:
        """Version, key, wrapped data key and body; raise where no key of ours made it."""
        try:
            version, key_id, wrapped, body = envelope.split(".")
        except ValueError:
            raise SealBrokenError("this is no envelope") from None
        if version != VERSION:
            raise SealBrokenError("unknown envelope version")
        key = self._by_id.get(key_id)
        if key is None:
            raise SealBrokenError("no configured key opens this envelope")
        return version, key, wrapped, body

    def sign(self, message: bytes, purpose: str) -> str:
        """A signature that this server recognises later, in hex; good for one purpose alone."""
        return _signature(self.keys[0], message, purpose)

    def has_signed(self, message: bytes, purpose: str, signature: str) -> bool:
        """Whether one of the keys made this signature; takes as long for a wrong one."""
        made = [_signature(key, message, purpose).encode() for key in self.keys]
        given = signature.encode()
        # Each is compared, so that the time says nothing of which key it was.
        return sum(hmac.compare_digest(each, given) for each in made) > 0


def same_content(first: str, second: str) -> bool:
    """Whether two envelopes are of one sealing, though perhaps under different keys."""
    return first.rpartition(".")[2] == second.rpartition(".")[2]


def _signature(key: bytes, message: bytes, purpose: str) -> str:
    # A key of its own for each purpose: what seals secrets must not sign what strangers see.
    derived = hmac.digest(key, f"letmepost signature: {purpose}".encode(), "sha256")
    return hmac.digest(derived, message, "sha256").hex()


def new_key() -> str:
    """Make a key as the ENCRYPTION_KEYS setting takes it: base64 of 32 random bytes."""
    return base64.b64encode(os.urandom(KEY_BYTES)).decode()
