"""The rules of LinkedIn that are no plain thresholds, and the escaping of its text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from letmepost.content.draft import Draft, DraftMedia
from letmepost.content.text import utf16_units
from letmepost.platforms import platforms
from letmepost.platforms.linkedin.little_text import escape, lookalikes
from letmepost.platforms.linkedin.options import LinkedInOptions
from letmepost.preflight.example import draft, file, image, video
from letmepost.preflight.run import check

PLATFORM = platforms()["linkedin"]
PERSON = "urn:li:person:Ab3_x-9"
VIDEO = video(size_bytes=100_000)
PDF = file("document", "application/pdf", pages=12)
EXCLUSIVE = "linkedin.media.image_video_exclusive"


def broken(checked: Draft) -> list[str]:
    return [each.rule.id for each in check(PLATFORM.rules, checked).violations]


def options(**fields: object) -> LinkedInOptions:
    return LinkedInOptions.model_validate({"platform": "linkedin", **fields})


ARTICLE = options(article={"url": "https://example.com/", "title": "Bridges"})
TITLED = options(documentTitle="Bridges")


@pytest.mark.parametrize(
    ("author", "ids"),
    [
        (PERSON, []),
        ("urn:li:organization:2414183", ["linkedin.author.org_not_supported"]),
        ("urn:li:organization:acme", ["linkedin.author.urn_format"]),
        ("urn:li:share:7141138937766391808", ["linkedin.author.urn_format"]),
        ("Ab3_x-9", ["linkedin.author.urn_format"]),
        (f"{PERSON} ", ["linkedin.author.urn_format"]),
        (f"{PERSON}\n", ["linkedin.author.urn_format"]),
        ("URN:LI:PERSON:Ab3", ["linkedin.author.urn_format"]),
        ("urn:li:person:", ["linkedin.author.urn_format"]),
    ],
)
def test_an_author_is_a_member(author: str, ids: list[str]) -> None:
    assert broken(draft(options=options(authorUrn=author))) == ids
    assert broken(draft(account={"authorUrn": author})) == ids


def test_an_organization_is_an_author_where_the_member_consented_to_it() -> None:
    page = options(authorUrn="urn:li:organization:2414183")
    account = {"authorUrn": PERSON, "scopes": ["w_member_social"]}
    refused = ["linkedin.author.org_not_supported"]
    assert broken(draft(options=page, account=account)) == refused
    account["scopes"] = ["w_member_social", "w_organization_social"]
    assert broken(draft(options=page, account=account)) == []


def test_a_thumbnail_is_part_of_its_article_and_no_second_content() -> None:
    article = {"url": "https://example.com/", "title": "Bridges", "thumbnailMediaId": "med_1"}
    chosen = options(article=article)
    assert broken(draft("Hello", image(), options=chosen)) == []
    assert broken(draft("Hello", image(), image(), options=chosen)) == [
        EXCLUSIVE,
        "linkedin.article.thumbnail_attached",
    ]
    assert broken(draft("Hello", options=chosen)) == ["linkedin.article.thumbnail_attached"]
    assert broken(draft("Hello", image(), options=ARTICLE)) == [EXCLUSIVE]


def test_a_thumbnail_is_known_by_its_id_among_several_images() -> None:
    article = {"url": "https://example.com/", "title": "Bridges", "thumbnailMediaId": "med_2"}
    files = [DraftMedia(kind="image", media_id=each) for each in ("med_1", "med_2")]
    several = Draft(text="Hello", media=tuple(files), options=options(article=article))
    assert broken(several) == [EXCLUSIVE]


def test_a_named_author_wins_over_the_account() -> None:
    assert broken(draft(options=options(authorUrn=PERSON), account={"authorUrn": "x"})) == []


def test_an_account_without_author_is_connected_again_and_no_account_is_no_mistake() -> None:
    assert broken(draft(account={"displayName": "Ada"})) == ["linkedin.author.unresolved"]
    assert broken(draft(account={"authorUrn": ""})) == ["linkedin.author.unresolved"]
    assert broken(draft()) == []


@pytest.mark.parametrize("visibility", [None, "PUBLIC", "CONNECTIONS"])
def test_a_visibility_is_taken(visibility: str | None) -> None:
    assert broken(draft(options=options(visibility=visibility))) == []


@pytest.mark.parametrize("visibility", ["public", "LOGGED_IN", "CONTAINER", "", " PUBLIC"])
def test_another_visibility_is_refused(visibility: str) -> None:
    assert broken(draft(options=options(visibility=visibility))) == ["linkedin.visibility.enum"]


@pytest.mark.parametrize(
    ("media", "chosen", "ids"),
    [
        ([image()] * 20, None, []),
        ([image()] * 21, None, ["linkedin.media.image_count"]),
        ([VIDEO], None, []),
        ([VIDEO, VIDEO], None, ["linkedin.media.video_count"]),
        ([image(), VIDEO], None, [EXCLUSIVE]),
        ([VIDEO, image()], None, [EXCLUSIVE]),
        ([], ARTICLE, []),
        ([image()], ARTICLE, [EXCLUSIVE]),
        ([PDF], TITLED, []),
        ([PDF, PDF], TITLED, [EXCLUSIVE]),
        ([PDF, image()], TITLED, [EXCLUSIVE]),
        ([PDF], None, ["linkedin.document.title_required"]),
        ([image("application/pdf")], None, ["linkedin.media.mime_allowed"]),
        ([image("image/heic")], None, ["linkedin.media.mime_allowed"]),
        ([video("video/quicktime", size_bytes=100_000)], None, ["linkedin.media.mime_allowed"]),
    ],
)
def test_a_post_has_one_content(
    media: list[DraftMedia], chosen: LinkedInOptions | None, ids: list[str]
) -> None:
    assert broken(draft("Hello", *media, options=chosen)) == ids


@pytest.mark.parametrize(
    ("seconds", "ids"),
    [(2.999, ["linkedin.video.duration"]), (3.0, []), (1800.0, []), (None, [])],
)
def test_a_video_has_a_shortest_time_too(seconds: float | None, ids: list[str]) -> None:
    assert broken(draft("Hello", video(size_bytes=100_000, duration_seconds=seconds))) == ids


def test_an_odd_ratio_is_said_and_stops_nothing() -> None:
    report = check(
        PLATFORM.rules, draft("Hello", video(size_bytes=100_000, width_px=300, height_px=721))
    )
    assert report.violations == ()
    assert [each.rule.id for each in report.warnings] == ["linkedin.video.aspect_ratio"]


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("Hello (world)", r"Hello \(world\)"),
        (r"a\b|c{d}e<f>g*h_i~j", r"a\\b\|c\{d\}e\<f\>g\*h\_i\~j"),
        ("#bridges #köln_2 #", r"#bridges #köln_2 \#"),
        ("C# a#b &#39;", r"C\# a\#b &\#39;"),
        ("@ada and ada@example.com", r"\@ada and ada\@example.com"),
        ("@[Ada L](urn:li:person:Ab3_x-9)!", "@[Ada L](urn:li:person:Ab3_x-9)!"),
        ("@[Acme (UK)](urn:li:organization:12)", "@[Acme (UK)](urn:li:organization:12)"),
        ("@[Ada](https://example.com/a_b)", r"\@\[Ada\]\(https://example.com/a_b\)"),
        (r"{hashtag|\#|bridges}", r"{hashtag|\#|bridges}"),
        ("{x|y}", r"\{x\|y\}"),
        ("https://a.example/b_c_(d)?e=@f#g", r"https://a.example/b_c_\(d\)?e=@f#g"),
    ],
)
def test_what_has_a_meaning_is_kept_and_the_rest_is_escaped(text: str, sent: str) -> None:
    assert escape(text) == sent


def test_the_length_is_that_of_what_is_sent() -> None:
    assert broken(draft("(" * 1500)) == []
    found = check(PLATFORM.rules, draft("(" * 1501)).violations
    assert [each.rule.id for each in found] == ["linkedin.text.max_graphemes"]
    assert found[0].actual == 3002
    assert "1501 of them backslashes" in found[0].message


def test_the_limit_is_counted_in_utf16() -> None:
    assert broken(draft("😀" * 1500)) == []
    assert broken(draft("😀" * 1500 + "a")) == ["linkedin.text.max_graphemes"]


def test_an_article_needs_a_web_address() -> None:
    with pytest.raises(ValidationError, match="web address"):
        options(article={"url": "example.com", "title": "Bridges"})


PIECES = st.sampled_from(["@[", "](", "urn:li:person:a", ")", "{hashtag|", "#", "}", "a", "😀", "\\", "https://", " "])  # fmt: skip  # noqa: E501


@given(st.one_of(st.text(), st.lists(PIECES).map("".join)))
def test_escaping_adds_backslashes_and_nothing_else(text: str) -> None:
    sent = escape(text)
    assert sent.replace("\\", "") == text.replace("\\", "")
    assert utf16_units(text) <= utf16_units(sent) <= 2 * utf16_units(text)
    assert all(each in text for each in lookalikes(text))
    checked = draft(text, image(alt_text=text))
    assert check(PLATFORM.rules, checked) == check(PLATFORM.rules, checked)
