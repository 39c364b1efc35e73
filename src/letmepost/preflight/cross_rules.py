"""Rules that hold on every platform: of the text and of the attached files themselves."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

from letmepost.content.draft import Draft, DraftMedia
from letmepost.content.errors import ErrorCode
from letmepost.content.text import has_lone_surrogate_or_nul
from letmepost.preflight.example import draft, file, image, video
from letmepost.preflight.photo_rules import PHOTO_RULES
from letmepost.preflight.rule import Limit, Rule, Violation, rule

_OURS = (("https://www.rfc-editor.org/rfc/rfc3629", date(2026, 11, 24)),)
_SNIFFING = (("https://mimesniff.spec.whatwg.org/", date(2026, 11, 24)),)
_PIXELS = Limit(
    100_000_000,
    "pixels",
    "https://pillow.readthedocs.io/en/stable/reference/Image.html",
    date(2026, 11, 24),
)
_BYTES = Limit(1, "bytes", "https://mimesniff.spec.whatwg.org/", date(2026, 11, 24))
_VIDEO_TRACKS = Limit(1, "tracks", "https://mimesniff.spec.whatwg.org/", date(2026, 11, 24))
UNKNOWN_TYPE = "application/octet-stream"


@rule(
    "text.lone_surrogate",
    everywhere=True,
    field="text",
    code=ErrorCode.VALIDATION_FAILED,
    message="The text holds half of a character pair or a NUL, which is not valid text.",
    remediation="Send the text as valid UTF-8; cut strings between characters, not inside one.",
    sources=_OURS,
    accepts=lambda _: draft("👋"),
    refuses=lambda _: draft("a\0b"),
)
def text_is_not_unicode(checked: Draft) -> Iterator[Violation]:
    r"""JSON can carry half of an emoji, such as "\ud83d" alone; no platform accepts it.

    It comes from programs that cut a string by UTF-16 units in the middle of a pair.
    """
    for at, text in (("text", checked.text), ("firstComment.text", checked.first_comment or "")):
        if has_lone_surrogate_or_nul(text):
            yield Violation(at=at)


@rule(
    "media.file.empty",
    everywhere=True,
    limit=_BYTES,
    field="media",
    only_with="media",
    message="The file is empty.",
    remediation="Check how the file was read; upload it again.",
    accepts=lambda limit: draft("", image(size_bytes=limit)),
    refuses=lambda limit: draft("", image(size_bytes=limit - 1)),
)
def file_is_empty(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """A file of no bytes is a failed read on the sender's side, never a picture."""
    for number, item in enumerate(checked.media):
        if item.facts and item.facts.size_bytes < limit.value:
            yield Violation(at=f"media[{number}]", actual=item.facts.size_bytes)


@rule(
    "media.mime.unrecognised",
    everywhere=True,
    field="media",
    only_with="media",
    message="The bytes are not of a known type of image or video.",
    remediation="Save the file as JPEG, PNG or MP4 and upload it again.",
    sources=_SNIFFING,
    accepts=lambda _: draft("", image("image/png")),
    refuses=lambda _: draft("", image(UNKNOWN_TYPE)),
)
def type_is_unknown(checked: Draft) -> Iterator[Violation]:
    """The type is read from the first bytes; a file that begins like nothing known is refused."""
    for number, item in enumerate(checked.media):
        if item.facts and item.facts.size_bytes and item.facts.content_type == UNKNOWN_TYPE:
            yield Violation(at=f"media[{number}]", actual=item.facts.content_type)


@rule(
    "media.file.corrupt",
    everywhere=True,
    field="media",
    only_with="media",
    message="The file is damaged: {actual}",
    remediation="Open the file, save it again, and upload it anew.",
    sources=_SNIFFING,
    accepts=lambda _: draft("", image()),
    refuses=lambda _: draft("", image(problem="the image ends too early.")),
)
def file_is_damaged(checked: Draft) -> Iterator[Violation]:
    """A file is read to its end once, so an upload that was cut is found before a platform does."""
    for number, item in enumerate(checked.media):
        if item.facts and item.facts.problem:
            yield Violation(at=f"media[{number}]", actual=item.facts.problem)


@rule(
    "media.mime.mismatch",
    everywhere=True,
    severity="warning",
    field="media",
    only_with="media",
    message="The file was called {declared} and is {actual}; what it is counts.",
    remediation="Send the right Content-Type, or none.",
    sources=_SNIFFING,
    accepts=lambda _: draft("", _declared("image/jpeg")),
    refuses=lambda _: draft("", _declared("image/png")),
)
def type_is_misnamed(checked: Draft) -> Iterator[Violation]:
    """A wrong declared type is common and harmless here, and refused by other services."""
    for number, item in enumerate(checked.media):
        named = (item.declared_type or "").partition(";")[0].strip().lower()
        if item.facts and named and named not in (item.facts.content_type, UNKNOWN_TYPE):
            yield Violation(
                at=f"media[{number}]", actual=item.facts.content_type, more={"declared": named}
            )


@rule(
    "media.kind.mismatch",
    everywhere=True,
    field="media.kind",
    only_with="media",
    message="The item is called {kind}, and its bytes are {actual}.",
    remediation="Set kind to what the file is: image, video or document.",
    sources=_SNIFFING,
    accepts=lambda _: draft("", image("image/png")),
    refuses=lambda _: draft("", file("image", "video/mp4")),
)
def kind_is_wrong(checked: Draft) -> Iterator[Violation]:
    """A video sent as an image would take the platform's road for images, and fail at its end."""
    for number, item in enumerate(checked.media):
        # An unknown type is one violation, that of media.mime.unrecognised.
        if item.facts and item.facts.kind != item.kind and item.facts.content_type != UNKNOWN_TYPE:
            yield Violation(
                at=f"media[{number}].kind",
                actual=item.facts.content_type,
                more={"kind": item.kind},
            )


@rule(
    "media.image.pixels_max",
    everywhere=True,
    limit=_PIXELS,
    field="media",
    only_with="media",
    message="The image has {actual} pixels; up to {limit} are accepted.",
    remediation="Scale the image down.",
    accepts=lambda limit: draft("", image(width_px=limit // 10_000, height_px=10_000)),
    refuses=lambda limit: draft("", image(width_px=limit // 10_000 + 1, height_px=10_000)),
)
def image_has_too_many_pixels(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """A small file can unfold to gigabytes of pixels; no platform shows such an image."""
    for number, item in enumerate(checked.media):
        if item.facts and item.facts.kind == "image":
            pixels = (item.facts.width_px or 0) * (item.facts.height_px or 0)
            if pixels > limit.value:
                yield Violation(at=f"media[{number}]", actual=pixels)


@rule(
    "media.video.no_video_stream",
    everywhere=True,
    limit=_VIDEO_TRACKS,
    field="media",
    only_with="media",
    message="The video file has no picture, only sound.",
    remediation="Add a picture track; platforms take no audio files.",
    accepts=lambda _: draft("", video()),
    refuses=lambda _: draft("", video(video_codec=None, audio_codec="aac")),
)
def video_has_no_picture(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """An MP4 with sound alone is an audio file, whatever its name."""
    for number, item in enumerate(checked.media):
        facts = item.facts
        if facts and facts.kind == "video" and not facts.problem and not facts.video_codec:
            yield Violation(at=f"media[{number}]", actual=limit.value - 1)


@rule(
    "account.token.expires_before_schedule",
    everywhere=True,
    severity="warning",
    field="account",
    needs_account=True,
    message="The access to the account ends at {actual}, before the post is due.",
    remediation="Connect the account again before then; the post waits.",
    sources=(
        (
            "https://github.com/letmepost/letmepost.dev/blob/main/docs/platforms/linkedin.mdx",
            date(2026, 11, 24),
        ),
    ),
    accepts=lambda _: _expiring("2026-12-01T09:00:00Z"),
    refuses=lambda _: _expiring("2026-12-01T08:59:59Z"),
    only_with="scheduled_at",
)
def access_will_have_ended(checked: Draft) -> Iterator[Violation]:
    """Some platforms grant access for sixty days and no program can prolong it.

    A post for the ninetieth day is accepted all the same: a person may connect the account again
    in the meantime. Access that is renewed by itself is not warned of.
    """
    ends = checked.account.get("tokenExpiresAt")
    if isinstance(ends, str):
        try:
            ends = datetime.fromisoformat(ends)
        except ValueError:
            return
    due = checked.scheduled_at
    if isinstance(ends, datetime) and due is not None and _aware(ends) < _aware(due):
        yield Violation(at="account", actual=_aware(ends).strftime("%Y-%m-%dT%H:%M:%SZ"))


def _aware(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _expiring(ends: str) -> Draft:
    due = datetime(2026, 12, 1, 9, tzinfo=UTC)
    return draft(account={"tokenExpiresAt": ends}, scheduled_at=due)


def _declared(content_type: str) -> DraftMedia:
    return DraftMedia(
        kind="image", declared_type=content_type, facts=image().facts, media_id="med_x"
    )


CROSS_RULES: tuple[Rule, ...] = (
    text_is_not_unicode,
    file_is_empty,
    type_is_unknown,
    file_is_damaged,
    type_is_misnamed,
    kind_is_wrong,
    image_has_too_many_pixels,
    video_has_no_picture,
    access_will_have_ended,
    *PHOTO_RULES,
)
