"""Links, mentions and tags are found where Bluesky's own client finds them, at bytes."""

import time

import pytest

from letmepost.platforms.bluesky.facets import byte_range, find

FAMILY = "\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL}\u200d\N{BOY}"
LONGEST_CHARACTERS = 3000


def marked(text: str) -> list[tuple[str, str, str]]:
    """What was found: its kind, the bytes that it marks, and its value."""
    raw = text.encode()
    found: list[tuple[str, str, str]] = []
    for each in find(text):
        start, end = byte_range(text, each.start, each.end)
        found.append((each.kind, raw[start:end].decode(), each.value))
    return found


@pytest.mark.parametrize(
    ("text", "shown", "uri"),
    [
        ("https://example.com/a?b=c#d", None, None),
        ("see http://localhost:8000/x", "http://localhost:8000/x", None),
        ("HTTPS://EXAMPLE.COM", None, None),
        ("example.com", None, "https://example.com"),
        ("Example.Co.UK/path.", "Example.Co.UK/path", "https://Example.Co.UK/path"),
        ("(example.com)", "example.com", "https://example.com"),
        ("(https://example.com/a)", "https://example.com/a", None),
        ("https://example.com/a_(b)", None, None),
        ("https://example.com/a).", "https://example.com/a", None),
        ("https://example.com/?q=1!", "https://example.com/?q=1", None),
        ("a\nexample.org", "example.org", "https://example.org"),
        ("https://xn--mnchen-3ya.de", None, None),
        (f"{FAMILY} ü example.com", "example.com", "https://example.com"),
    ],
)
def test_link_is_found(text: str, shown: str | None, uri: str | None) -> None:
    shown = shown or text
    assert marked(text) == [("link", shown, uri or shown)]


@pytest.mark.parametrize(
    "text",
    [
        "example.invalidtld",
        "e.g. this",
        "end.Then more",
        "version 1.2.3",
        "127.0.0.1",
        "bob@example.com",
        "https://",
        "com",
        "co.uk",
        "...",
        "a.b.c",
    ],
)
def test_what_only_looks_like_a_link_is_text(text: str) -> None:
    assert marked(text) == []


@pytest.mark.parametrize(
    ("text", "handle"),
    [
        ("@alice.bsky.social", "alice.bsky.social"),
        ("(@alice.test)", "alice.test"),
        ("hi @Alice.Test!", "alice.test"),
        ("hi @alice.test.", "alice.test"),
        (f"{FAMILY}\n@a-b.c-d.example", "a-b.c-d.example"),
    ],
)
def test_mention_is_found(text: str, handle: str) -> None:
    ((kind, shown, value),) = marked(text)
    assert (kind, shown.lower(), value) == ("mention", f"@{handle}", handle)


@pytest.mark.parametrize(
    "text", ["@alice", "a@b.test", "@alice.test@example.com", "@alice.test_x", "@-a.test", "@.test"]
)
def test_what_only_looks_like_a_mention_is_text(text: str) -> None:
    assert [each for each in marked(text) if each[0] == "mention"] == []


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("#tag", "tag"),
        ("＃タグ", "タグ"),  # noqa: RUF001 - the case
        ("a #Fähre!", "Fähre"),
        ("#a1", "a1"),
        ("#1a", "1a"),
        ("#a-b_c.", "a-b_c"),
        ("#🎉", "🎉"),
        ("🎉 #tag", "tag"),
        ("#" + "a" * 64, "a" * 64),
    ],
)
def test_tag_is_found(text: str, tag: str) -> None:
    assert [(kind, value) for kind, _, value in marked(text)] == [("tag", tag)]


@pytest.mark.parametrize(
    "text", ["#1", "#2026", "#", "##", "a#b", "#!?", "#\ufe0f\u20e3", "# a", "#" + "a" * 65]
)
def test_what_only_looks_like_a_tag_is_text(text: str) -> None:
    assert marked(text) == []


def test_tag_inside_a_link_belongs_to_the_link() -> None:
    text = "https://example.com/#tag #own @bob.test example.org"
    assert [(kind, shown) for kind, shown, _ in marked(text)] == [
        ("link", "https://example.com/#tag"),
        ("tag", "#own"),
        ("mention", "@bob.test"),
        ("link", "example.org"),
    ]


@pytest.mark.parametrize(
    "piece",
    ["@a." + "a" * 1500 + "@", "#a" + "!" * 1500 + "b", "#a ", "@a.b ", "a.de ", "a.", "@a." * 500],
)
def test_no_text_keeps_the_server_busy(piece: str) -> None:
    find("warm.com")
    text = (piece * LONGEST_CHARACTERS)[: LONGEST_CHARACTERS * 4]
    began = time.process_time()
    find(text)
    # Four times the longest text; the square of its length would take several seconds.
    assert time.process_time() - began < 0.6
