"""How hashtags and mentions are counted in a caption."""

import pytest

from letmepost.platforms.instagram.text import hashtags, mentions


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("#", 0),
        ("# a", 0),
        ("#a", 1),
        ("\uff03a", 1),
        ("##a", 1),
        ("a#b", 0),
        ("#a#b", 2),
        ("#123", 1),
        ("C#", 0),
        ("#日本語 #é #e\u0301", 3),
        ("a &#39; b", 0),
        ("https://example.com/#top", 0),
        ("#a, (#b) #a", 3),
        ("#" * 1000, 0),
    ],
)
def test_hashtags(text: str, count: int) -> None:
    assert hashtags(text) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("@", 0),
        ("@ a", 0),
        ("@a @b, (@c) @a", 4),
        ("@@a", 1),
        ("\uff20a", 1),
        ("me@example.com", 0),
        ("a.b@example.com", 0),
        ("https://example.com/@a", 0),
        ("@é", 0),
    ],
)
def test_mentions(text: str, count: int) -> None:
    assert mentions(text) == count
