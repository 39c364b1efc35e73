"""What photos carry, and access that ends before a post is due."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from letmepost.content.draft import Draft
from letmepost.preflight.cross_rules import CROSS_RULES
from letmepost.preflight.example import draft, image, video
from letmepost.preflight.run import check

DUE = datetime(2026, 12, 1, 9, tzinfo=UTC)
LATER = DUE + timedelta(seconds=1)


def warned(checked: Draft) -> list[str]:
    report = check(CROSS_RULES, checked)
    assert report.violations == ()
    return [found.rule.id for found in report.warnings]


def test_a_photo_as_a_telephone_writes_it_brings_two_warnings() -> None:
    photo = image(color_space="RGB", exif_orientation=6, has_gps=True)
    assert warned(draft("", photo)) == ["media.image.orientation", "media.image.gps_metadata"]
    assert warned(draft("", image(), image("image/png", color_space="L"), video())) == []


@pytest.mark.parametrize("space", ["CMYK", "YCbCr", "LAB"])
def test_colors_that_no_screen_shows_are_warned_of(space: str) -> None:
    assert warned(draft("", image(color_space=space))) == ["media.image.color_space"]


@pytest.mark.parametrize(
    ("ends", "warns"),
    [
        (DUE, False),
        (DUE - timedelta(seconds=1), True),
        ("2026-12-01T08:59:59+00:00", True),
        ("2026-12-01T09:00:00Z", False),
        (datetime(2026, 12, 1, 9, 30, tzinfo=timezone(timedelta(hours=1))), True),
        (None, False),
        ("soon", False),
        (5, False),
    ],
)
def test_access_that_ends_before_the_post_is_due(ends: object, warns: bool) -> None:  # noqa: FBT001
    account = {"tokenExpiresAt": ends}
    expected = ["account.token.expires_before_schedule"] if warns else []
    assert warned(draft(account=account, scheduled_at=DUE)) == expected
    assert warned(draft(account=account)) == []
