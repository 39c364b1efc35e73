"""The child process that makes an image smaller or of another type; limited as the reader is.

It gets the image as its standard input and writes the new one to its standard output, or nothing
where none of the targets can be reached.
"""

import io
import json
import os
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from PIL import Image, ImageCms, ImageOps

from letmepost.media.image_facts import image_opener
from letmepost.media.inspect_file import limit_this_process
from letmepost.media.sniff import HEAD_SIZE_BYTES, sniff
from letmepost.preflight.image_fit import LEAST_SIDE_PX

QUALITIES: Final = (90, 80, 70, 60)
SMALLER: Final = 0.9
MUCH_SMALLER: Final = 0.5
# At such a multiple of the limit the qualities between cannot be enough.
FAR_ABOVE: Final = 4
WHITE: Final = "white"

Targets = list[dict[str, Any]]


def refit(file: BinaryIO, targets: Targets, *, limited: bool = False) -> bytes:
    """The image as the first target that it fits into; no bytes where it fits into none.

    The picture is turned as its EXIF orientation says, brought to sRGB, and keeps its ratio; it
    loses its metadata. With `limited`, this process is limited before a decoder sees the file.
    """
    content_type = sniff(file.read(HEAD_SIZE_BYTES))
    file.seek(0)
    opener = image_opener(content_type)
    if opener is None:
        return b""
    # Each imports at its first use, when this process may open no more files.
    Image.init()
    if limited:
        limit_this_process()
    with opener(file) as opened:
        if getattr(opened, "n_frames", 1) > 1 and opened.format != "MPO":
            return b""
        if content_type == "image/jpeg":
            longest = max(max(each["width_px"], each["height_px"]) for each in targets)
            # Decoded at a half, a quarter or an eighth, as long as that is not too small.
            opened.draft(None, (longest, longest))
        picture = _plain(opened)
    see_through = picture.mode in ("RGBA", "LA")
    wanted = [each for each in targets if not see_through or each["content_type"] == "image/png"]
    return next(_fitted(picture, wanted or targets), b"")


def _plain(opened: Image.Image) -> Image.Image:
    """The pixels as a viewer shows them, in sRGB or grey."""
    profile = opened.info.get("icc_profile")
    picture = ImageOps.exif_transpose(opened)
    if picture.mode == "P" or "transparency" in picture.info:
        picture = picture.convert("RGBA")
    if picture.mode in ("RGBA", "LA") and picture.getchannel("A").getextrema() == (255, 255):
        picture = picture.convert("RGB")
    if picture.mode in ("RGB", "CMYK") and profile:
        picture = _to_srgb(picture, profile)
    if picture.mode == "1" or picture.mode.startswith("I;16"):
        picture = picture.convert("L")
    return picture if picture.mode in ("RGB", "RGBA", "L", "LA") else picture.convert("RGB")


def _to_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        turned = ImageCms.profileToProfile(
            picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError):
        # A profile that cannot be read is one that no viewer has used either.
        return picture
    return turned or picture


def _fitted(picture: Image.Image, targets: Targets) -> Iterator[bytes]:
    width, height = (
        min(max(each[side] for each in targets), own)
        for side, own in zip(("width_px", "height_px"), picture.size, strict=True)
    )
    scale = min(width / picture.width, height / picture.height)
    while True:
        size = round(picture.width * scale), round(picture.height * scale)
        # Reduced by whole numbers first: nearly as good, and a fraction of the time.
        smaller = picture if scale == 1 else picture.resize(size, reducing_gap=2)
        least_over = 1.0
        for target in targets:
            if smaller.width > target["width_px"] or smaller.height > target["height_px"]:
                continue
            over = 1.0
            for data in _encoded(smaller, target):
                if len(data) <= target["max_bytes"]:
                    yield data
                over = len(data) / target["max_bytes"]
            least_over = max(least_over, over)
        step = max(MUCH_SMALLER, min(SMALLER, least_over**-0.5))
        if min(smaller.size) * step < LEAST_SIDE_PX:
            return
        scale *= step


def _encoded(picture: Image.Image, target: dict[str, Any]) -> Iterator[bytes]:
    if target["content_type"] == "image/png":
        yield _saved(picture, "PNG", compress_level=9)
        return
    if picture.mode in ("RGBA", "LA"):
        ground = Image.new("RGB", picture.size, WHITE)
        ground.paste(picture, mask=picture.getchannel("A"))
        picture = ground
    for quality in QUALITIES:
        data = _saved(picture, "JPEG", quality=quality, optimize=True)
        yield data
        if len(data) > FAR_ABOVE * target["max_bytes"]:
            return


def _saved(picture: Image.Image, format_name: str, **options: Any) -> bytes:  # noqa: ANN401 - Pillow's
    buffer = io.BytesIO()
    # Of what was read with the picture, such as its comment, nothing is written.
    picture.info = {}
    picture.save(buffer, format_name, **options)
    return buffer.getvalue()


def main(targets: str) -> None:
    """Fit standard input into targets, given as JSON, and write it to standard output."""
    with os.fdopen(0, "rb", closefd=False) as file:
        data = refit(file, json.loads(targets), limited=True)
    sys.stdout.buffer.write(data)
    sys.stdout.flush()
    # Without the interpreter's farewell: what a broken decoder left behind could still crash it.
    os._exit(0)
