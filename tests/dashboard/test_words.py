"""What pages say of values can be read, and holds nothing that a browser would run."""

import pytest

from letmepost.dashboard import words


@pytest.mark.parametrize(
    ("size_bytes", "shown"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (10**9, "1.0 GB"), (10**16, "10000.0 TB")],
)
def test_sizes_are_decimal(size_bytes: int, shown: str) -> None:
    assert words.size(size_bytes) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("use `a<b`, now", "use <code>a&lt;b</code>, now"),
        ("one ` alone <b>", "one ` alone &lt;b&gt;"),
    ],
)
def test_code_is_set_as_code_and_nothing_else(text: str, shown: str) -> None:
    assert str(words.marked(text)) == shown


@pytest.mark.parametrize(
    ("user_agent", "shown"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU) Version/18.0 Mobile Safari/604.1", "Safari on iPhone"),
        ("curl/8.9", "curl/8.9"),
        ("", "Unknown browser"),
    ],
)
def test_a_browser_is_known_by_what_it_says_last(user_agent: str, shown: str) -> None:
    assert words.browser(user_agent) == shown


def test_a_time_is_marked_up_for_the_readers_own_zone() -> None:
    shown = words.time("2026-12-24T08:00:00.000Z")
    assert 'datetime="2026-12-24T08:00:00+00:00"' in shown
    assert ">2026-12-24 08:00 UTC<" in shown
    assert str(words.time(None, "<never>")) == "&lt;never&gt;"
