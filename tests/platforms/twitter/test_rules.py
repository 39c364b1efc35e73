"""The rules of X that are no plain thresholds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letmepost.content.draft import Draft, DraftMedia
from letmepost.platforms import platforms
from letmepost.platforms.twitter.options import TwitterOptions, TwitterThreadPost
from letmepost.preflight.example import draft, image, video
from letmepost.preflight.run import check

PLATFORM = platforms()["twitter"]
FAMILY = "👨‍👩‍👧‍👦"
GIF = image("image/gif", animated=True, frames=12)
STILL_GIF = image("image/gif", animated=False, frames=1)


def broken(checked: Draft) -> list[str]:
    return [each.rule.id for each in check(PLATFORM.rules, checked).violations]


def options(**fields: object) -> TwitterOptions:
    return TwitterOptions.model_validate({"platform": "twitter", **fields})


@pytest.mark.parametrize(
    ("media", "ids"),
    [
        ([image()] * 4, []),
        ([image()] * 5, ["twitter.media.count_max"]),
        ([video()], []),
        ([video()] * 2, ["twitter.media.count_max"]),
        ([image(), video()], ["twitter.media.image_video_exclusive"]),
        ([video(), image()], ["twitter.media.image_video_exclusive"]),
        ([GIF], []),
        ([GIF, image()], ["twitter.media.gif_exclusive"]),
        ([image(), GIF], ["twitter.media.gif_exclusive"]),
        ([STILL_GIF, image()], []),
        ([GIF, video()], ["twitter.media.image_video_exclusive", "twitter.media.gif_exclusive"]),
    ],
)
def test_four_images_or_one_video_or_one_gif(media: list[DraftMedia], ids: list[str]) -> None:
    assert broken(draft("Hello", *media)) == ids


def test_mixed_media_still_report_the_size_of_each_file() -> None:
    mixed = draft("Hello", image(size_bytes=5_000_001), video(size_bytes=512_000_001))
    assert broken(mixed) == [
        "twitter.media.image_video_exclusive",
        "twitter.media.image_size_max",
        "twitter.media.video_size_max",
    ]


@pytest.mark.parametrize(
    ("item", "ids"),
    [
        (STILL_GIF, []),
        (
            image("image/gif", animated=False, size_bytes=5_000_001),
            ["twitter.media.image_size_max"],
        ),
        (image("image/gif", animated=True, frames=2, size_bytes=15_000_000), []),
        (image("image/heic"), ["twitter.media.mime_allowed"]),
        (image("image/webp"), []),
        (video("video/quicktime"), ["twitter.media.mime_allowed"]),
        (video(frames_per_second=23.976), []),
        (video(frames_per_second=59.94), []),
        (video(width_px=900, height_px=300), []),
        (video(width_px=300, height_px=901), ["twitter.video.aspect_ratio"]),
        (video(audio_codec=None), []),
        (video(audio_codec="mp3"), ["twitter.video.audio_codec"]),
        (video(pixel_aspect_ratio=0.0), []),
    ],
)
def test_files_are_judged_by_what_they_are(item: DraftMedia, ids: list[str]) -> None:
    assert broken(draft("Hello", item)) == ids


def test_an_account_with_long_posts_is_under_the_larger_limit_alone() -> None:
    long_text = "a" * 281
    assert broken(draft(long_text)) == ["twitter.text.max_graphemes"]
    assert broken(draft(long_text, account={"verifiedType": "blue"})) == []
    assert broken(draft(long_text, account={"verifiedType": "none"})) == [
        "twitter.text.max_graphemes"
    ]


def test_every_post_of_a_thread_is_checked() -> None:
    thread = options(thread=[{"text": "a" * 281}, {"text": " "}, {"mediaIds": ["med_1"] * 5}])
    found = check(PLATFORM.rules, draft("One", options=thread)).violations
    assert [(each.rule.id, each.at) for each in found] == [
        ("twitter.text.non_empty", "options.thread[1].text"),
        ("twitter.text.max_graphemes", "options.thread[0].text"),
        ("twitter.thread.text_only", "options.thread[2].mediaIds"),
        ("twitter.media.count_max", "options.thread[2].mediaIds"),
    ]


@pytest.mark.parametrize(
    ("text", "cashtags"),
    [("$A $B", 2), ("$A, ($B)", 1), ("$20 $ACME", 1), ("US$ACME $B", 1), ("$toolong1 $A", 1)],
)
def test_cashtags_begin_after_a_space_and_with_a_letter(text: str, cashtags: int) -> None:
    assert broken(draft(text)) == (["twitter.text.cashtags_max"] if cashtags > 1 else [])


@pytest.mark.parametrize("value", ["0", "1" * 19])
def test_ids_are_digits(value: str) -> None:
    assert broken(draft(options=options(replyToTweetId=value))) == []


@pytest.mark.parametrize(
    "value", ["", "12a", "1" * 20, "-1", " 1", "1\n", "\uff11\uff12", "https://x.com/1"]
)
def test_what_is_no_id_is_refused(value: str) -> None:
    assert broken(draft(options=options(replyToTweetId=value))) == ["twitter.reply.id_format"]
    assert broken(draft(options=options(quoteTweetId=value))) == ["twitter.quote.id_format"]


def test_warnings_let_the_post_go_out() -> None:
    report = check(PLATFORM.rules, draft("", video(width_px=1920, height_px=1080, interlaced=True)))
    assert report.violations == ()
    assert [each.rule.id for each in report.warnings] == [
        "twitter.video.dimensions_max",
        "twitter.video.gop",
    ]


@given(st.text(), st.lists(st.text(), max_size=3))
def test_checking_never_raises_and_always_says_the_same(text: str, thread: list[str]) -> None:
    further = TwitterOptions.model_construct(
        platform="twitter",
        thread=tuple(TwitterThreadPost.model_construct(text=each) for each in thread),
    )
    checked = draft(text, image(alt_text=text), options=further)
    assert check(PLATFORM.rules, checked) == check(PLATFORM.rules, checked)
