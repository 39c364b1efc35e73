"""Warnings that hold on every platform for what a photo carries besides its pixels."""

from collections.abc import Iterator
from datetime import date

from letmepost.content.draft import Draft
from letmepost.preflight.attached import attached_images, fact_unlike
from letmepost.preflight.example import draft, image
from letmepost.preflight.rule import Limit, Rule, Violation, rule

_CHECKED = date(2026, 11, 24)
_META = (
    "https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/"
    "ig-user/media"
)
_EXIF = (("https://www.cipa.jp/std/documents/e/DC-008-Translation-2019-E.pdf", _CHECKED),)
_SCREEN_COLORS = Limit(frozenset({"RGB", "L"}), "color space", _META, _CHECKED)
_UPRIGHT = Limit(1, "EXIF orientation", _META, _CHECKED)


@rule(
    "media.image.color_space",
    everywhere=True,
    limit=_SCREEN_COLORS,
    severity="warning",
    field="media",
    message="The colors of the image are {actual}; screens show {limit}.",
    remediation="Convert the image to sRGB before you upload it, and look at it once.",
    accepts=lambda _: draft("", image(color_space="RGB")),
    refuses=lambda _: draft("", image(color_space="CMYK")),
    only_with="media",
)
def colors_are_for_print(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Pictures made for print name the inks of a press, and platforms convert them as they like.

    Bright greens and blues turn dull on the way, since no ink reaches them. L is plain gray.
    """
    return fact_unlike(attached_images(checked), "color_space", limit.value)


@rule(
    "media.image.orientation",
    everywhere=True,
    limit=_UPRIGHT,
    severity="warning",
    field="media",
    message="The photo is stored turned (EXIF orientation {actual}) and is shown upright.",
    remediation="Nothing, if it looks right once published; else save it upright in an editor.",
    accepts=lambda limit: draft("", image(exif_orientation=limit)),
    refuses=lambda limit: draft("", image(exif_orientation=limit + 5)),
    only_with="media",
)
def photo_is_turned(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """A telephone stores every photo as its sensor saw it and notes how it was held.

    Limits of width, height and ratio are applied to the photo as it is shown, so a photo of 4032
    by 3024 that was held upright counts as 3024 by 4032.
    """
    return fact_unlike(attached_images(checked), "exif_orientation", {limit.value})


@rule(
    "media.image.gps_metadata",
    everywhere=True,
    severity="warning",
    field="media",
    message="The photo carries the place where it was taken.",
    remediation="Remove the location before you upload the photo, unless it may be known.",
    sources=_EXIF,
    accepts=lambda _: draft("", image(has_gps=False)),
    refuses=lambda _: draft("", image(has_gps=True)),
    only_with="media",
)
def photo_tells_its_place(checked: Draft) -> Iterator[Violation]:
    """The place in a photo's EXIF block is exact to a few meters: enough to find a house.

    Most platforms remove it when they make their own sizes, and none promises to.
    """
    for found in fact_unlike(attached_images(checked), "has_gps", {False}):
        yield Violation(at=found.at)


PHOTO_RULES: tuple[Rule, ...] = (colors_are_for_print, photo_is_turned, photo_tells_its_place)
