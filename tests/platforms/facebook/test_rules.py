"""Rules of Facebook that are more than a threshold."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from letmepost.content.draft import Draft
from letmepost.platforms import platforms
from letmepost.platforms.facebook.options import FacebookOptions
from letmepost.preflight.example import draft, image, video
from letmepost.preflight.run import check

RULES = platforms()["facebook"].rules


def broken(checked: Draft) -> list[str]:
    return [found.rule.id.removeprefix("facebook.") for found in check(RULES, checked).violations]


def warned(checked: Draft) -> list[str]:
    return [found.rule.id.removeprefix("facebook.") for found in check(RULES, checked).warnings]


def options(**fields: object) -> FacebookOptions:
    return FacebookOptions.model_validate({"platform": "facebook", **fields})


def reel(**facts: object) -> Draft:
    usual: dict[str, object] = {"width_px": 1080, "height_px": 1920}
    movie = video(**(usual | facts))  # type: ignore[arg-type]
    return draft("", movie, options=options(postType="reel"))


@pytest.mark.parametrize(
    ("images", "videos", "expected"),
    [
        (10, 0, []),
        (11, 0, ["media.count_max"]),
        (0, 1, []),
        (0, 2, ["media.count_max"]),
        (1, 1, ["media.image_video_exclusive"]),
        (11, 1, ["media.image_video_exclusive", "media.count_max"]),
    ],
)
def test_images_or_one_video(images: int, videos: int, expected: list[str]) -> None:
    files = [image()] * images + [video()] * videos
    assert broken(draft("", *files)) == expected
    assert broken(draft("", *reversed(files))) == expected


def test_a_post_needs_a_text_a_file_or_a_link() -> None:
    assert broken(draft("")) == ["text.required"]
    assert broken(draft("\u2060\ufeff \u00ad")) == ["text.required"]
    assert broken(draft("", image())) == []
    assert broken(draft("", options=options(link="https://example.com"))) == []


def test_emoji_cost_what_facebook_counts() -> None:
    assert broken(draft("😀" * 31_603)) == []
    assert broken(draft("😀" * 31_603 + "a")) == ["text.max_graphemes"]


@pytest.mark.parametrize(
    ("rate", "passes"),
    [(23.97, False), (23.976, True), (24, True), (59.94, True), (60, True), (60.01, False)],
)
def test_frame_rates_of_reels(rate: float, passes: bool) -> None:  # noqa: FBT001
    assert broken(reel(frames_per_second=rate)) == ([] if passes else ["reel.frame_rate"])


@pytest.mark.parametrize(("seconds", "passes"), [(2.999, False), (3.0, True), (90.0, True)])
def test_durations_of_reels(seconds: float, passes: bool) -> None:  # noqa: FBT001
    assert broken(reel(duration_seconds=seconds)) == ([] if passes else ["reel.duration"])


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((540, 960), []),
        ((720, 1280), []),
        ((1080, 1920), []),
        ((606, 1080), ["reel.aspect_ratio"]),
        ((607, 1080), []),
        ((608, 1080), []),
        ((609, 1080), ["reel.aspect_ratio"]),
        ((1920, 1080), ["reel.aspect_ratio"]),
        ((538, 956), ["reel.min_width", "reel.min_height"]),
    ],
)
def test_sizes_of_reels(size: tuple[int, int], expected: list[str]) -> None:
    width, height = size
    assert broken(reel(width_px=width, height_px=height)) == expected


def test_only_a_reel_is_held_to_the_limits_of_reels() -> None:
    wide = video(width_px=1920, height_px=1080, duration_seconds=600.0, frames_per_second=120.0)
    assert broken(draft("", wide)) == []
    assert broken(draft("", wide, options=options(postType="video"))) == []


@pytest.mark.parametrize(
    ("kind", "files", "passes"),
    [
        ("photo", [image(), image()], True),
        ("photo", [], False),
        ("photo", [video()], False),
        ("video", [video()], True),
        ("video", [image()], False),
        ("reel", [video(width_px=1080, height_px=1920)], True),
        ("reel", [], False),
        ("story", [image()], True),
        ("story", [video()], True),
        ("story", [image(), image()], False),
    ],
)
def test_a_post_type_needs_its_files(kind: str, files: list[object], passes: bool) -> None:  # noqa: FBT001
    found = broken(draft("Hello", *files, options=options(postType=kind)))  # type: ignore[arg-type]
    assert ("post_type.media" in found) is not passes


def test_a_story_photo_over_the_limit_is_one_violation() -> None:
    photo = image(size_bytes=10_000_001)
    assert broken(draft("", photo, options=options(postType="story"))) == ["story.photo_size_max"]
    assert broken(draft("", photo)) == ["media.image_size_max"]


def test_a_damaged_file_is_left_to_the_rule_of_damaged_files() -> None:
    assert broken(draft("", image("image/webp", size_bytes=10**9, problem="cut off."))) == []


def test_a_link_beside_media_and_a_large_png_are_warned_of() -> None:
    checked = draft(
        "", image("image/png", size_bytes=2_000_000), options=options(link="https://example.com")
    )
    assert broken(checked) == []
    assert warned(checked) == ["link.with_media", "image.png_size_recommended"]


@settings(max_examples=60, deadline=None)
@given(
    text=st.text(max_size=300),
    files=st.lists(st.sampled_from([image(), image("image/png"), video(), video(width_px=0)])),
    kind=st.sampled_from([None, "photo", "video", "reel", "story"]),
)
def test_rules_never_raise_and_always_agree(
    text: str,
    files: list[object],
    kind: str | None,
) -> None:
    checked = draft(text, *files, options=options(postType=kind))  # type: ignore[arg-type]
    assert check(RULES, checked) == check(RULES, checked)
