"""The rules of Pinterest that are no plain thresholds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from letmepost.content.draft import Draft, DraftMedia
from letmepost.platforms import platforms
from letmepost.platforms.pinterest.options import PinterestOptions
from letmepost.preflight.example import draft, file, image, video
from letmepost.preflight.run import check

PLATFORM = platforms()["pinterest"]
BOARD = {"boardId": "549755885175"}
CAROUSEL = "pinterest.media.carousel_count"


def broken(checked: Draft) -> list[str]:
    return [each.rule.id for each in check(PLATFORM.rules, checked).violations]


def options(**fields: object) -> PinterestOptions:
    return PinterestOptions.model_validate({"platform": "pinterest", **fields})


def pin(*media: DraftMedia, **fields: object) -> Draft:
    return draft("Hello", *(media or (image(),)), options=options(**{**BOARD, **fields}))


@pytest.mark.parametrize(
    ("board", "default", "ids"),
    [
        ("12", None, []),
        (None, "34", []),
        ("", "34", []),
        ("12", "34", []),
        (None, None, ["pinterest.board.required"]),
        ("", None, ["pinterest.board.required"]),
        ("jane/bridges", "34", ["pinterest.board.id_format"]),
        ("12\n", None, ["pinterest.board.id_format"]),
        ("\uff11\uff12", None, ["pinterest.board.id_format"]),
    ],
)
def test_a_pin_is_on_a_board(board: str | None, default: str | None, ids: list[str]) -> None:
    account = {"defaultBoardId": default} if default else {}
    checked = draft("Hello", image(), options=options(boardId=board), account=account)
    assert broken(checked) == ids


def test_without_options_the_default_board_is_taken() -> None:
    assert broken(draft("Hello", image(), account={"defaultBoardId": "34"})) == []
    assert broken(draft("Hello", image())) == ["pinterest.board.required"]


@pytest.mark.parametrize(
    ("media", "ids"),
    [
        ([image()], []),
        ([image()] * 2, []),
        ([image()] * 5, []),
        ([image()] * 6, [CAROUSEL]),
        ([video()], []),
        ([video()] * 2, [CAROUSEL]),
        ([image(), video()], [CAROUSEL]),
        ([video(), image()], [CAROUSEL]),
        ([file("document", "application/pdf")], ["pinterest.image.mime_allowed"]),
        ([image("image/webp")], ["pinterest.image.mime_allowed"]),
        ([image("image/gif")], ["pinterest.image.mime_allowed"]),
        ([video("video/webm")], ["pinterest.video.mime_allowed"]),
        ([video("video/x-m4v")], []),
    ],
)
def test_a_pin_is_one_image_a_carousel_or_a_video(media: list[DraftMedia], ids: list[str]) -> None:
    assert broken(pin(*media, coverKeyFrameSeconds=0)) == ids


def test_a_pin_without_picture_is_refused() -> None:
    assert broken(draft("Hello", options=options(**BOARD))) == ["pinterest.media.required"]


def test_a_pin_needs_no_text() -> None:
    assert broken(draft("", image(), options=options(**BOARD))) == []


@pytest.mark.parametrize(
    ("cover", "ids"),
    [
        ({"coverImageUrl": "https://example.com/cover.jpg"}, []),
        ({"coverMediaId": "med_1"}, []),
        ({"coverKeyFrameSeconds": 0}, []),
        ({}, ["pinterest.video.cover_required"]),
        ({"coverMediaId": "med_1", "coverKeyFrameSeconds": 1}, ["pinterest.video.cover_required"]),
    ],
)
def test_a_video_has_exactly_one_cover(cover: dict[str, object], ids: list[str]) -> None:
    assert broken(pin(video(), **cover)) == ids
    assert broken(pin(image(), **cover)) == []


def test_a_video_without_options_has_no_cover() -> None:
    checked = draft("Hello", video(), account={"defaultBoardId": "34"})
    assert broken(checked) == ["pinterest.video.cover_required"]


@pytest.mark.parametrize(
    ("width", "height", "passes"),
    [(1910, 1000, True), (1911, 1000, False), (500, 1000, True), (500, 1001, False)],
)
def test_a_video_is_measured_in_whole_pixels(width: int, height: int, *, passes: bool) -> None:
    ids = broken(pin(video(width_px=width, height_px=height), coverKeyFrameSeconds=0))
    assert ids == ([] if passes else ["pinterest.video.aspect_ratio"])


def test_warnings_let_the_pin_go_out() -> None:
    tall = image(width_px=1000, height_px=1501)
    checked = draft("a" * 501, tall, image(width_px=1000, height_px=1500), options=options(**BOARD))
    report = check(PLATFORM.rules, checked)
    assert report.violations == ()
    assert [each.rule.id for each in report.warnings] == [
        "pinterest.description.recommended",
        "pinterest.carousel.same_dimensions",
        "pinterest.image.aspect_recommended",
    ]


def test_a_cover_after_the_end_is_said() -> None:
    late = pin(video(duration_seconds=10.0), coverKeyFrameSeconds=10.01)
    assert [each.rule.id for each in check(PLATFORM.rules, late).warnings] == [
        "pinterest.video.cover_key_frame"
    ]
    assert check(PLATFORM.rules, pin(video(), coverKeyFrameSeconds=10.0)).warnings == ()


@pytest.mark.parametrize("field", ["destinationUrl", "coverImageUrl"])
@pytest.mark.parametrize("value", ["example.com", "ftp://example.com/", "", "https://"])
def test_addresses_are_web_addresses(field: str, value: str) -> None:
    with pytest.raises(ValidationError, match="web address"):
        options(**{field: value})


@given(st.text(), st.text())
def test_checking_never_raises_and_always_says_the_same(text: str, title: str) -> None:
    chosen = PinterestOptions.model_construct(
        platform="pinterest", board_id=text, title=title, board_section_id=text
    )
    checked = draft(text, image(alt_text=text), options=chosen)
    assert check(PLATFORM.rules, checked) == check(PLATFORM.rules, checked)
