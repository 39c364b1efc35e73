"""Rules of Instagram that are more than a threshold."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from letmepost.content.draft import Draft, DraftMedia
from letmepost.platforms import platforms
from letmepost.platforms.instagram.options import InstagramOptions
from letmepost.preflight.example import draft, image, video
from letmepost.preflight.run import check

RULES = platforms()["instagram"].rules
SQUARE = image(width_px=1080, height_px=1080)
UPRIGHT = video(width_px=1080, height_px=1920)


def broken(checked: Draft) -> list[str]:
    return [found.rule.id.removeprefix("instagram.") for found in check(RULES, checked).violations]


def warned(checked: Draft) -> list[str]:
    return [found.rule.id.removeprefix("instagram.") for found in check(RULES, checked).warnings]


def options(**fields: object) -> InstagramOptions:
    return InstagramOptions.model_validate({"platform": "instagram", **fields})


def sized(width_px: int, height_px: int) -> DraftMedia:
    return image(width_px=width_px, height_px=height_px)


@pytest.mark.parametrize(
    ("count", "expected"),
    [(0, ["media.required"]), (1, []), (2, []), (10, []), (11, ["media.count_max"])],
)
def test_from_one_file_to_ten(count: int, expected: list[str]) -> None:
    assert broken(draft("Hello", *[SQUARE] * count)) == expected


def test_images_and_videos_may_be_mixed_in_any_order() -> None:
    assert broken(draft("", SQUARE, video(), SQUARE)) == []
    assert broken(draft("", video(), SQUARE)) == []


@pytest.mark.parametrize(
    ("kind", "files", "expected"),
    [
        ("carousel", [SQUARE], ["media.carousel_min"]),
        ("carousel", [SQUARE, SQUARE], []),
        ("reel", [UPRIGHT], []),
        ("reel", [SQUARE], ["media_type.media"]),
        ("reel", [UPRIGHT, UPRIGHT], ["carousel.no_reels"]),
        ("story", [SQUARE], []),
        ("story", [UPRIGHT], []),
        ("story", [SQUARE, SQUARE], ["media.count_max"]),
        ("post", [UPRIGHT], []),
        ("post", [SQUARE, UPRIGHT], []),
        ("reel", [], ["media.required"]),
        ("carousel", [], ["media.required"]),
    ],
)
def test_where_a_post_appears_must_fit_its_files(
    kind: str, files: list[DraftMedia], expected: list[str]
) -> None:
    assert broken(draft("", *files, options=options(mediaType=kind))) == expected


@pytest.mark.parametrize(
    ("size", "passes"),
    [
        ((1080, 1350), True),
        ((1080, 1351), False),
        ((1910, 1000), True),
        ((1911, 1000), False),
        ((191, 100), True),
        ((4, 5), True),
        ((1_080_000, 1_350_001), False),
    ],
)
def test_ratios_of_images_are_exact(size: tuple[int, int], passes: bool) -> None:  # noqa: FBT001
    assert broken(draft("", sized(*size))) == ([] if passes else ["media.aspect_ratio"])
    assert broken(draft("", sized(*size), options=options(mediaType="story"))) == []


def test_an_image_is_measured_as_it_is_seen() -> None:
    # What the inspector says of a photo of 1350 by 1080 with EXIF orientation 6.
    turned = image(width_px=1080, height_px=1350, exif_orientation=6)
    assert broken(draft("", turned)) == []


def test_a_carousel_is_cropped_to_its_first_item() -> None:
    assert warned(draft("", sized(1080, 1350), sized(540, 675))) == []
    found = check(RULES, draft("", sized(1080, 1350), SQUARE, sized(1350, 1080))).warnings
    assert [(each.rule.id, each.at) for each in found] == [
        ("instagram.carousel.aspect_consistent", "media[1]"),
        ("instagram.carousel.aspect_consistent", "media[2]"),
    ]


@pytest.mark.parametrize(
    ("facts", "reel", "story"),
    [
        ({"duration_seconds": 2.999}, ["reel.duration_min"], ["reel.duration_min"]),
        ({"duration_seconds": 3.0}, [], []),
        ({"duration_seconds": 60.0}, [], []),
        ({"duration_seconds": 60.001}, [], ["story.duration_max"]),
        ({"duration_seconds": 900.001}, ["reel.duration_max"], ["story.duration_max"]),
        ({"size_bytes": 100_000_001}, [], ["story.video_size_max"]),
        ({"size_bytes": 300_000_001}, ["media.video_size_max"], ["story.video_size_max"]),
        ({"width_px": 10, "height_px": 1000}, [], ["story.aspect_ratio"]),
        ({"width_px": 10, "height_px": 1001}, ["reel.aspect_ratio"], ["story.aspect_ratio"]),
        ({"frames_per_second": 23.976}, [], []),
        ({"frames_per_second": 59.94}, [], []),
        ({"frames_per_second": 60.01}, ["video.frame_rate"], ["video.frame_rate"]),
        ({"video_codec": "h264", "pixel_format": "nv12"}, [], []),
        (
            {"video_codec": "prores", "pixel_format": "yuv422p10le"},
            ["video.codec"] * 2,
            ["video.codec"] * 2,
        ),
        (
            {"audio_codec": "aac", "audio_channels": 4},
            ["video.audio_channels"],
            ["video.audio_channels"],
        ),
        ({"moov_first": False}, ["video.moov_first"], ["video.moov_first"]),
    ],
)
def test_reels_and_stories_have_limits_of_their_own(
    facts: dict[str, object], reel: list[str], story: list[str]
) -> None:
    usual: dict[str, object] = {"width_px": 1080, "height_px": 1920}
    movie = video(**(usual | facts))  # type: ignore[arg-type]
    assert broken(draft("", movie)) == reel
    assert broken(draft("", movie, SQUARE)) == reel
    assert broken(draft("", movie, options=options(mediaType="story"))) == story


def test_advice_does_not_stop_a_post() -> None:
    movie = video(
        has_edit_list=True,
        audio_codec="aac",
        audio_bitrate_bits_per_second=192_000,
        alt_text="A bridge",
    )
    assert broken(draft("", movie)) == []
    assert warned(draft("", movie)) == [
        "media.alt_text_images_only",
        "reel.portrait_advised",
        "video.audio_bitrate",
        "video.edit_list",
    ]
    story = draft("Hello", image(alt_text="A bridge"), options=options(mediaType="story"))
    assert broken(story) == []
    assert warned(story) == ["story.no_caption", "media.alt_text_images_only"]


def test_people_are_tagged_at_places_in_images_only() -> None:
    def tagged(*tags: dict[str, object]) -> Draft:
        return draft("", SQUARE, UPRIGHT, options=options(userTags=tags))

    assert broken(tagged({"username": "a", "x": 0, "y": 1}, {"username": "b", "media": 1})) == []
    assert broken(tagged({"username": "a"})) == ["user_tags.position"]
    assert broken(tagged({"username": "a", "x": 0.5, "y": -0.1})) == ["user_tags.position"]
    assert broken(tagged({"username": "a", "media": 7})) == []
    many = [{"username": "a", "media": 1}] * 21
    assert broken(tagged(*many)) == ["text.mentions_max"]


def test_the_frame_of_a_cover_lies_in_the_video() -> None:
    def covered(**fields: object) -> Draft:
        return draft("", video(duration_seconds=3.0), options=options(**fields))

    assert broken(covered(thumbOffsetMs=2999)) == []
    assert broken(covered(thumbOffsetMs=3000)) == ["thumb_offset.within_video"]
    assert broken(covered(thumbOffsetMs=3000, coverUrl="https://example.com/a.jpg")) == []


def test_a_cover_is_checked_when_it_was_read() -> None:
    cover = image("image/png", size_bytes=8_000_001)
    chosen = options(coverUrl="https://example.com/cover.png")
    assert broken(draft("", UPRIGHT, options=chosen)) == []
    assert broken(draft("", UPRIGHT, options=chosen, cover=cover)) == [
        "cover.mime",
        "cover.size_max",
    ]


@pytest.mark.parametrize("container", ["mpo", "jps"])
def test_an_extended_jpeg_is_refused(container: str) -> None:
    extended = image(width_px=1080, height_px=1080, container=container)
    assert broken(draft("", extended)) == ["image.jpeg_extended"]


@settings(max_examples=60, deadline=None)
@given(
    text=st.text(max_size=300) | st.text("#@a ", max_size=300),
    files=st.lists(
        st.sampled_from(
            [SQUARE, UPRIGHT, image(width_px=0), video(height_px=None), image(problem="cut")]
        )
    ),
    kind=st.sampled_from([None, "post", "carousel", "reel", "story"]),
    offset=st.none() | st.integers(0, 20_000),
    place=st.none() | st.floats(allow_nan=False),
)
def test_rules_never_raise_and_always_agree(
    text: str, files: list[DraftMedia], kind: str | None, offset: int | None, place: float | None
) -> None:
    chosen = options(
        mediaType=kind, thumbOffsetMs=offset, userTags=[{"username": "a", "x": place, "y": 0}]
    )
    checked = draft(text, *files, options=chosen)
    assert check(RULES, checked) == check(RULES, checked)
