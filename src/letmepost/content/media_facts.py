"""What a file truly is, read once from its bytes and kept: rules ask this, never the file name."""

from dataclasses import asdict, dataclass, fields
from typing import Any, Self

DOCUMENT_TYPES = frozenset(
    {
        "application/pdf",
        "application/msword",
        "application/vnd.ms-powerpoint",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFacts:
    """The facts of one file. A fact that was not or could not be read is None.

    `width_px` and `height_px` are as a viewer sees them: EXIF orientation and rotation applied.
    `container` of an image is `mpo` or `jps` for a JPEG that holds several pictures.
    `bitrate_bits_per_second` is of the whole file. `audio_profile` is as FFmpeg names it: `LC`,
    `HE-AAC`. `pages` are those of a document.
    `problem` is a sentence when the file is damaged; then only type, size and hash are reliable.
    """

    content_type: str
    size_bytes: int
    sha256: str
    width_px: int | None = None
    height_px: int | None = None
    animated: bool | None = None
    frames: int | None = None
    color_space: str | None = None
    exif_orientation: int | None = None
    has_gps: bool | None = None
    container: str | None = None
    video_codec: str | None = None
    pixel_format: str | None = None
    pixel_aspect_ratio: float | None = None
    interlaced: bool | None = None
    audio_codec: str | None = None
    audio_profile: str | None = None
    audio_bitrate_bits_per_second: int | None = None
    audio_channels: int | None = None
    audio_sample_rate_hz: int | None = None
    duration_seconds: float | None = None
    frames_per_second: float | None = None
    constant_frame_rate: bool | None = None
    bitrate_bits_per_second: int | None = None
    rotation_degrees: int | None = None
    moov_first: bool | None = None
    pages: int | None = None
    has_edit_list: bool | None = None
    problem: str | None = None

    @property
    def kind(self) -> str:
        """`image`, `video`, `document`, or `file` for anything else."""
        if self.content_type in DOCUMENT_TYPES:
            return "document"
        major = self.content_type.partition("/")[0]
        return major if major in ("image", "video") else "file"

    def to_json(self) -> dict[str, Any]:
        """The facts that are known, for a JSON column."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """Read what `to_json` wrote; names of a newer version are left out."""
        known = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in stored.items() if name in known})
