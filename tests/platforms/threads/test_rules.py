"""Rules of Threads that are more than a threshold."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from letmepost.content.draft import Draft
from letmepost.platforms import platforms
from letmepost.platforms.threads.options import ThreadsOptions
from letmepost.preflight.example import draft, image, video
from letmepost.preflight.run import check

RULES = platforms()["threads"].rules
FAMILY = "👨‍👩‍👧‍👦"


def broken(checked: Draft) -> list[str]:
    return [found.rule.id.removeprefix("threads.") for found in check(RULES, checked).violations]


def options(**fields: object) -> ThreadsOptions:
    return ThreadsOptions.model_validate({"platform": "threads", **fields})


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("a" * 500, True),
        ("a" * 501, False),
        (FAMILY * 20, True),
        (FAMILY * 21, False),
        ("漢" * 500, True),
        ("😀" * 125, True),
        ("😀" * 125 + "a", False),
    ],
)
def test_the_length_of_a_text(text: str, passes: bool) -> None:  # noqa: FBT001
    assert broken(draft(text)) == ([] if passes else ["text.max_graphemes"])


def test_every_post_of_a_thread_is_checked_by_itself() -> None:
    thread = options(thread=[{"text": "a" * 500}, {"text": "a" * 501}, {"text": " "}])
    found = check(RULES, draft(options=thread)).violations
    assert [(each.rule.id, each.at) for each in found] == [
        ("threads.text.required", "options.thread[2].text"),
        ("threads.text.max_graphemes", "options.thread[1].text"),
    ]


def _pages(count: int) -> str:
    return " ".join(f"https://example.com/{number}" for number in range(count))


@pytest.mark.parametrize(
    ("text", "attached", "passes"),
    [
        (_pages(5), None, True),
        (_pages(6), None, False),
        (_pages(5), "https://example.com/0", True),
        (_pages(5), "https://example.com/9", False),
        (_pages(5) + " example.com/0 https://example.com/1/ http://Example.com/2", None, True),
        ("a.com b.com c.com d.com e.com f.com", None, False),
        ("a.com b.com c.com d.com e.com f.jpg", None, True),
        ("https://example.com " * 20, None, True),
    ],
)
def test_different_links_are_counted(text: str, attached: str | None, passes: bool) -> None:  # noqa: FBT001
    checked = draft(text, options=options(linkAttachment=attached))
    assert broken(checked) == ([] if passes else ["links.max"])


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("a", []),
        ("a" * 50, []),
        ("a" * 51, ["topic_tag.length"]),
        ("", ["topic_tag.length"]),
        ("R & B.", ["topic_tag.chars"]),
        ("C#", []),
    ],
)
def test_topics(tag: str, expected: list[str]) -> None:
    assert broken(draft(options=options(topicTag=tag))) == expected


def test_what_hangs_on_a_text_does_not_go_with_media() -> None:
    chosen = options(
        linkAttachment="https://example.com", poll=["a", "b"], textAttachment={"text": "Long"}
    )
    assert broken(draft("Hello", image(), options=chosen)) == [
        "text_attachment.text_only",
        "link_attachment.text_only",
        "poll.text_only",
    ]
    assert broken(draft("Hello", options=chosen)) == ["text_attachment.text_only"]


def test_images_and_videos_mix_up_to_twenty() -> None:
    assert broken(draft("", *[image(), video()] * 10)) == []
    assert broken(draft("", *[image(), video()] * 10, image())) == ["media.count_max"]
    assert broken(draft("")) == ["text.required"]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"frames_per_second": 22.999}, ["video.frame_rate"]),
        ({"frames_per_second": 23.976}, []),
        ({"frames_per_second": 59.94}, []),
        ({"frames_per_second": 60.0}, []),
        ({"frames_per_second": 60.01}, ["video.frame_rate"]),
        ({"video_codec": "h264", "pixel_format": "yuv420p"}, []),
        ({"video_codec": "h264", "pixel_format": "yuvj420p"}, []),
        ({"video_codec": "hevc", "pixel_format": "yuv420p10le"}, []),
        ({"video_codec": "h264", "pixel_format": "yuv444p"}, ["video.codec"]),
        ({"video_codec": "h264", "interlaced": True}, ["video.codec"]),
        ({"video_codec": "av1"}, ["video.codec"]),
        ({"audio_codec": None, "audio_channels": 6}, []),
        ({"audio_codec": "aac", "audio_channels": 1}, []),
        ({"audio_codec": "aac", "audio_channels": 6}, ["video.audio_channels"]),
        (
            {"audio_codec": "opus", "audio_sample_rate_hz": 96_000},
            ["video.audio_codec", "video.audio_sample_rate"],
        ),
        ({"moov_first": None}, []),
        ({"moov_first": False}, ["video.moov_first"]),
        ({"width_px": 1080, "height_px": 1920}, []),
        ({"width_px": 10, "height_px": 1000}, []),
        ({"width_px": 10, "height_px": 1001}, ["video.aspect_ratio"]),
        ({"width_px": 1000, "height_px": 100}, []),
        ({"width_px": 1001, "height_px": 100}, ["video.aspect_ratio"]),
        ({"duration_seconds": 0.0}, ["video.duration_min"]),
        ({"duration_seconds": 300.0}, []),
        ({"duration_seconds": None, "bitrate_bits_per_second": None}, []),
    ],
)
def test_what_a_video_may_be(facts: dict[str, object], expected: list[str]) -> None:
    assert broken(draft("", video(**facts))) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize("sides", [(4000, 400), (400, 4000)])
def test_an_image_may_be_ten_times_as_long_either_way(sides: tuple[int, int]) -> None:
    width, height = sides
    assert broken(draft("", image(width_px=width, height_px=height))) == []
    longer = image(width_px=width + (width > height), height_px=height + (height > width))
    assert broken(draft("", longer)) == ["image.aspect_ratio_max"]


def test_edit_lists_and_widths_are_warned_of_only() -> None:
    checked = draft(
        "", video(has_edit_list=True), image(width_px=100), image(width_px=2000, height_px=1000)
    )
    report = check(RULES, checked)
    assert report.violations == ()
    assert [found.rule.id for found in report.warnings] == [
        "threads.image.width_min",
        "threads.image.width_max",
        "threads.video.edit_list",
    ]


@pytest.mark.parametrize(
    "piece", ["a", "a.", "x.y ", "https://", "😀\u200d", "e\u0301", ".a", "@a."]
)
def test_ten_thousand_characters_take_little_time(piece: str) -> None:
    checked = draft(piece * (10_000 // len(piece)))
    check(RULES, draft("a.com b.com c.com d.com e.com f.com"))
    started = time.process_time()
    check(RULES, checked)
    assert time.process_time() - started < 0.05


@settings(max_examples=60, deadline=None)
@given(
    text=st.text(max_size=300),
    tag=st.none() | st.text(max_size=60),
    further=st.lists(st.text(max_size=50), max_size=3),
    files=st.lists(st.sampled_from([image(), video(), image(width_px=0), video(height_px=None)])),
)
def test_rules_never_raise_and_always_agree(
    text: str, tag: str | None, further: list[str], files: list[object]
) -> None:
    chosen = options(topicTag=tag, thread=[{"text": each} for each in further])
    checked = draft(text, *files, options=chosen)  # type: ignore[arg-type]
    assert check(RULES, checked) == check(RULES, checked)
