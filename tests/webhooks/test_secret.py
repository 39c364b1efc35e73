"""Secrets of endpoints: every library of Standard Webhooks decodes them."""

import base64
import secrets

from letmepost.webhooks.secret import draw_secret


def test_a_secret_is_40_characters_that_both_alphabets_of_base64_share() -> None:
    for _ in range(300):
        drawn = draw_secret(secrets.token_bytes).removeprefix("whsec_")
        assert len(drawn) == 40
        assert base64.b64decode(drawn, validate=True) == base64.urlsafe_b64decode(drawn)


def test_what_holds_a_plus_or_a_slash_is_drawn_again() -> None:
    draws = iter([b"\xfb" * 30, b"\xff" * 30, b"a" * 30])
    assert draw_secret(lambda _: next(draws)) == f"whsec_{base64.b64encode(b'a' * 30).decode()}"
