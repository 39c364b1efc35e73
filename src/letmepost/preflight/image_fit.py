"""What an image would have to become for the rules of a platform to accept it.

Like other fixes it is tried against the rules themselves, so whatever a platform limits, an image
that became this passes. What an image says is never changed: no cropping, nothing of animations.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import regex

from letmepost.content.draft import Draft
from letmepost.content.media_facts import MediaFacts
from letmepost.preflight.rule import Rule
from letmepost.preflight.run import Finding, check

READ_TYPES: Final = frozenset(
    {
        "image/jpeg",
        "image/png",
        "image/gif",
        "image/webp",
        "image/avif",
        "image/bmp",
        "image/tiff",
    }
)
WRITTEN_TYPES: Final = ("image/jpeg", "image/png")
# A side that was longer is not made shorter than this.
LEAST_SIDE_PX: Final = 320
# What can be decoded, scaled and encoded within the memory that one file gets. A JPEG is decoded
# at a fraction of its size.
DECODED_PIXELS: Final = 40_000_000
DECODED_JPEG_PIXELS: Final = 100_000_000
MOST_BYTES: Final = 32 * 1024 * 1024
_STEP: Final = 0.97
_PLACE = regex.compile(r"media\[(\d+)\](?:\.(\w+))?")
# What is said of a file's use, not of its bytes.
_NOT_OF_BYTES: Final = ("altText", "kind", "mediaId", "url", "bytesBase64")


@dataclass(frozen=True, slots=True)
class ImageTarget:
    """One type that would be accepted, with the most that an image of it may have."""

    content_type: str
    width_px: int
    height_px: int
    max_bytes: int

    def to_json(self) -> dict[str, Any]:
        """As it is handed to the process that makes the image."""
        return asdict(self)


def fitting(
    rules: Sequence[Rule], draft: Draft
) -> Iterator[tuple[int, tuple[str, ...], list[ImageTarget]]]:
    """Each image that can be mended: its place, the rules that it breaks, what it may become.

    The target that changes least is the first.
    """
    if not draft.images:
        return
    of_media = [each for each in rules if each.field.startswith("media")]
    broken: dict[int, list[str]] = {}
    for each in check(of_media, draft).violations:
        number = _number(each)
        if number is not None:
            broken.setdefault(number, []).append(each.rule.id)
    for number, ids in sorted(broken.items()):
        targets = _targets(of_media, draft, number)
        if targets:
            yield number, tuple(ids), targets


def accepted(rules: Sequence[Rule], draft: Draft, number: int, facts: MediaFacts) -> bool:
    """Whether an image of these facts would break no rule of its bytes."""
    of_media = [each for each in rules if each.field.startswith("media")]
    report = check(of_media, with_facts(draft, number, facts))
    return not any(_number(each) == number for each in report.violations)


def with_facts(draft: Draft, number: int, facts: MediaFacts) -> Draft:
    """The draft with another image in the place of one."""
    media = list(draft.media)
    # The declared type was said of the old bytes.
    media[number] = replace(media[number], facts=facts, declared_type=None)
    return replace(draft, media=tuple(media))


def foreseen(facts: MediaFacts, target: ImageTarget) -> MediaFacts:
    """The facts that the image would have at most."""
    return MediaFacts(
        content_type=target.content_type,
        size_bytes=min(facts.size_bytes, target.max_bytes),
        sha256=facts.sha256,
        width_px=target.width_px,
        height_px=target.height_px,
        animated=False,
        frames=1,
        color_space="L" if facts.color_space == "L" else "RGB",
    )


def in_words(before: MediaFacts, after: MediaFacts, *, planned: bool = False) -> str:
    """What has become of an image, or would."""
    most = "at most " if planned else ""
    becomes = "would become" if planned else "became"
    return f"{_words(before)} {becomes} {most}{_words(after)}"


def _words(facts: MediaFacts) -> str:
    return (
        f"{facts.size_bytes:,} bytes of {facts.content_type}, "
        f"{facts.width_px} x {facts.height_px} pixels"
    )


def _number(finding: Finding) -> int | None:
    match = _PLACE.fullmatch(finding.at)
    if match is None or match[2] in _NOT_OF_BYTES:
        return None
    return int(match[1])


def _targets(rules: Sequence[Rule], draft: Draft, number: int) -> list[ImageTarget]:
    item = draft.media[number]
    facts = item.facts
    if item.kind != "image" or facts is None or not _is_readable(facts):
        return []
    found = [
        target
        for content_type in WRITTEN_TYPES
        if (target := _target(rules, draft, number, facts, content_type)) is not None
    ]
    return sorted(found, key=lambda each: each.content_type != facts.content_type)


def _is_readable(facts: MediaFacts) -> bool:
    pixels = (facts.width_px or 0) * (facts.height_px or 0)
    most = DECODED_JPEG_PIXELS if facts.content_type == "image/jpeg" else DECODED_PIXELS
    return (
        facts.content_type in READ_TYPES
        and facts.problem is None
        and facts.animated is False
        and 0 < pixels <= most
    )


def _target(
    rules: Sequence[Rule], draft: Draft, number: int, facts: MediaFacts, content_type: str
) -> ImageTarget | None:
    def passes(target: ImageTarget, size_bytes: int) -> bool:
        become = replace(foreseen(facts, target), size_bytes=size_bytes)
        return accepted(rules, draft, number, become)

    for width_px, height_px in _sizes(facts.width_px or 0, facts.height_px or 0):
        target = ImageTarget(content_type, width_px, height_px, MOST_BYTES)
        if passes(target, 1):
            return replace(target, max_bytes=_largest(lambda size, it=target: passes(it, size)))
    return None


def _largest(passes: Any) -> int:  # noqa: ANN401 - a callable of a number of bytes
    """The largest size that passes, where every smaller one does too."""
    low, high = 1, MOST_BYTES
    if passes(high):
        return high
    while high - low > 1:
        middle = (low + high) // 2
        if passes(middle):
            low = middle
        else:
            high = middle
    return low


def _sizes(width_px: int, height_px: int) -> Iterator[tuple[int, int]]:
    """The size of an image, and smaller ones of the same ratio."""
    yield width_px, height_px
    scale = _STEP
    while min(width_px, height_px) * scale >= LEAST_SIDE_PX:
        yield round(width_px * scale), round(height_px * scale)
        scale *= _STEP
