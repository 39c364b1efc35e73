"""Envelopes for secrets at rest."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letmepost.kit.crypto import Keyring, SealBrokenError, new_key

OLD = bytes(range(32))
NEW = bytes(range(32, 64))
PLACE = "accounts.credentials:acc_1"


@given(st.binary(max_size=500))
def test_what_was_sealed_opens(secret: bytes) -> None:
    keyring = Keyring((NEW,))
    assert keyring.open(keyring.seal(secret, PLACE), PLACE) == secret


def test_an_envelope_does_not_open_in_another_place() -> None:
    keyring = Keyring((NEW,))
    envelope = keyring.seal(b"secret", PLACE)
    with pytest.raises(SealBrokenError):
        keyring.open(envelope, "accounts.credentials:acc_2")


def test_after_a_rotation_old_envelopes_open_and_new_ones_need_the_new_key() -> None:
    before = Keyring((OLD,)).seal(b"secret", PLACE)
    rotated = Keyring((NEW, OLD))
    assert rotated.open(before, PLACE) == b"secret"
    after = rotated.seal(b"secret", PLACE)
    assert Keyring((NEW,)).open(after, PLACE) == b"secret"
    with pytest.raises(SealBrokenError, match="no configured key"):
        Keyring((OLD,)).open(after, PLACE)


@pytest.mark.parametrize("part", [2, 3])
def test_a_change_of_any_byte_is_found(part: int) -> None:
    keyring = Keyring((NEW,))
    parts = keyring.seal(b"secret", PLACE).split(".")
    original = base64.b64decode(parts[part])
    for position in range(len(original)):
        changed = bytearray(original)
        changed[position] ^= 1
        parts[part] = base64.b64encode(changed).decode()
        with pytest.raises(SealBrokenError):
            keyring.open(".".join(parts), PLACE)


def test_parts_of_two_envelopes_do_not_go_together() -> None:
    keyring = Keyring((NEW,))
    one = keyring.seal(b"one", PLACE).split(".")
    other = keyring.seal(b"other", PLACE).split(".")
    with pytest.raises(SealBrokenError):
        keyring.open(".".join([*one[:3], other[3]]), PLACE)


@given(st.text(max_size=200) | st.from_regex(r"v1\.[0-9a-f]{8}\..*\..*", fullmatch=True))
def test_what_is_no_envelope_is_refused_as_such(nonsense: str) -> None:
    with pytest.raises(SealBrokenError):
        Keyring((NEW,)).open(nonsense, PLACE)


def test_a_damaged_envelope_with_the_right_key_is_refused() -> None:
    keyring = Keyring((NEW,))
    version, key_id, *_ = keyring.seal(b"secret", PLACE).split(".")
    for wrapped in ("", "AAAA", "not base64!", "é"):
        with pytest.raises(SealBrokenError):
            keyring.open(f"{version}.{key_id}.{wrapped}.{wrapped}", PLACE)


def test_two_envelopes_of_one_secret_differ_and_neither_shows_it() -> None:
    keyring = Keyring((NEW,))
    one, other = keyring.seal(b"app-password", PLACE), keyring.seal(b"app-password", PLACE)
    assert one != other
    assert "app-password" not in one
    assert base64.b64encode(b"app-password").decode() not in one


def test_a_keyring_does_not_show_its_keys() -> None:
    shown = repr(Keyring((OLD,))) + str(Keyring((OLD,)))
    assert repr(OLD) not in shown
    assert OLD.hex() not in shown


@pytest.mark.parametrize("keys", [(), (b"short",), (NEW, NEW[:31])])
def test_keys_of_the_wrong_length_are_refused(keys: tuple[bytes, ...]) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Keyring(keys)


def test_a_new_key_is_what_a_keyring_takes() -> None:
    assert new_key() != new_key()
    Keyring((base64.b64decode(new_key()),))


def test_a_signature_is_good_for_one_message_and_one_purpose() -> None:
    keyring = Keyring((NEW,))
    signature = keyring.sign(b"message", "door")
    assert keyring.has_signed(b"message", "door", signature)
    assert not keyring.has_signed(b"other", "door", signature)
    assert not keyring.has_signed(b"message", "window", signature)
    for wrong in ("", "x", "\u00e9", signature[:-1], signature.upper()):
        assert not keyring.has_signed(b"message", "door", wrong)


def test_a_signature_outlives_a_rotation_while_its_key_is_kept() -> None:
    signature = Keyring((OLD,)).sign(b"message", "door")
    assert Keyring((NEW, OLD)).has_signed(b"message", "door", signature)
    assert not Keyring((NEW,)).has_signed(b"message", "door", signature)
