"""How Threads counts: emoji by their bytes, links by their address."""

import pytest

from letmepost.platforms.threads.text import addresses, threads_length

FAMILY = "👨‍👩‍👧‍👦"


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("a", 1),
        ("\u00e9", 1),
        ("e\u0301", 2),
        ("漢", 1),
        ("😀", 4),
        ("👋🏽", 8),
        (FAMILY, 25),
        ("🇺🇸", 8),
        ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", 28),
        ("1\ufe0f\u20e3", 7),
        ("❤\ufe0f", 6),
        ("\u0915\u094d\u0937\u093f", 4),
        ("\u2026", 1),
        ("\u2014\u2019", 2),
        ("\U0001d4b3", 2),
        ("©", 1),
        ("#1*", 3),
        (f"Hi {FAMILY}!", 29),
    ],
)
def test_what_a_text_costs(text: str, length: int) -> None:
    assert threads_length(text) == length


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("https://example.com", ["example.com"]),
        ("http://EXAMPLE.com/", ["example.com"]),
        ("example.com", ["example.com"]),
        ("See https://example.com/A?b=c#d.", ["example.com/A?b=c#d"]),
        ("(https://example.com/)", ["example.com"]),
        ("example.com, example.org!", ["example.com", "example.org"]),
        ("münchen.example https://münchen.de", ["münchen.de"]),
        ("photo.jpg and e.g. this.Then", []),
        ("me@example.com", []),
        ("@alice.example.com", []),
        ("https:// http://", []),
        ("ftp://example.com", []),
    ],
)
def test_which_addresses_are_found(text: str, found: list[str]) -> None:
    assert list(addresses(text)) == found
