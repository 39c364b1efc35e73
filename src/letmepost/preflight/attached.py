"""The attached files whose bytes have been read, each with its place in the request."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from letmepost.content.draft import Draft
from letmepost.content.media_facts import MediaFacts
from letmepost.preflight.rule import Violation

# What graphics cards call 4:2:0, with 8 and with 10 bits.
_NV12 = ("nv12", "nv21", "p010")

Attached = Iterator[tuple[str, MediaFacts]]


def attached_files(draft: Draft) -> Attached:
    """Every file that could be read to its end; a damaged one is one violation, not ten."""
    for number, item in enumerate(draft.media):
        if item.facts is not None and item.facts.problem is None:
            yield f"media[{number}]", item.facts


def attached_images(draft: Draft) -> Attached:
    """Every file whose bytes are an image."""
    return ((at, facts) for at, facts in attached_files(draft) if facts.kind == "image")


def attached_videos(draft: Draft) -> Attached:
    """Every file whose bytes are a video."""
    return ((at, facts) for at, facts in attached_files(draft) if facts.kind == "video")


def attached_sounds(draft: Draft) -> Attached:
    """Every video that has sound."""
    return ((at, facts) for at, facts in attached_videos(draft) if facts.audio_codec is not None)


def fact_above(attached: Attached, name: str, most: float) -> Iterator[Violation]:
    """A violation for every file whose fact is above a maximum."""
    for at, facts in attached:
        actual = getattr(facts, name)
        if actual is not None and actual > most:
            yield Violation(at=at, actual=actual)


def fact_below(attached: Attached, name: str, least: float) -> Iterator[Violation]:
    """A violation for every file whose fact is below a minimum."""
    for at, facts in attached:
        actual = getattr(facts, name)
        if actual is not None and actual < least:
            yield Violation(at=at, actual=actual)


def fact_outside(attached: Attached, name: str, limits: tuple[float, float]) -> Iterator[Violation]:
    """A violation for every file whose fact is not within two numbers, both included."""
    least, most = limits
    for at, facts in attached:
        actual = getattr(facts, name)
        if actual is not None and not least <= actual <= most:
            yield Violation(at=at, actual=actual)


def fact_unlike(attached: Attached, name: str, accepted: Any) -> Iterator[Violation]:  # noqa: ANN401
    """A violation for every file whose fact is known and not among the accepted ones."""
    for at, facts in attached:
        actual = getattr(facts, name)
        if actual is not None and actual not in accepted:
            yield Violation(at=at, actual=actual)


def aspect_ratio(facts: MediaFacts) -> Fraction | None:
    """Width over height as an exact fraction; None where the sides are not known."""
    if not facts.width_px or not facts.height_px:
        return None
    return Fraction(facts.width_px, facts.height_px)


def ratio_outside(attached: Attached, limits: tuple[float, float]) -> Iterator[Violation]:
    """A violation for every file whose width over height is not within two decimal numbers.

    Compared as fractions: in binary floating point 1910 by 1000 would not be 1.91.
    """
    least, most = (Fraction(str(each)) for each in limits)
    for at, facts in attached:
        ratio = aspect_ratio(facts)
        if ratio is not None and not least <= ratio <= most:
            yield Violation(
                at=at,
                actual=round(float(ratio), 4),
                more={"size": f"{facts.width_px} by {facts.height_px}"},
            )


def unusual_picture(attached: Attached) -> Iterator[Violation]:
    """A violation for every video whose frames are interlaced or whose colors are not 4:2:0."""
    for at, facts in attached:
        if facts.interlaced:
            yield Violation(at=at, actual="interlaced", more={"limit": ["progressive"]})
        pixels = facts.pixel_format
        if pixels is not None and "420" not in pixels and not pixels.startswith(_NV12):
            yield Violation(at=at, actual=pixels, more={"limit": ["4:2:0 colors"]})
