"""The facts of one image, read by Pillow; runs in the child process of `inspect_file` only."""

from collections.abc import Callable
from importlib import import_module
from typing import Any, BinaryIO, Final

from PIL import Image, ImageFile

from letmepost.media.image_structure import gif_structure, webp_structure

# Above this the header alone is read: no platform takes such an image, and decoding it is how
# a few kilobytes become gigabytes.
HEADER_ONLY_PIXELS: Final = 100_000_000
# A plain JPEG is decoded line by line at an eighth of its size and a PNG is only walked; these
# are held whole in memory while they are checked.
WHOLE_IN_MEMORY_PIXELS: Final = 25_000_000

ORIENTATION_TAG: Final = 0x0112
GPS_IFD: Final = 0x8825
# The third application segment of a JPEG that holds the views of both eyes side by side.
STEREO_MARK: Final = b"_JPSJPS_"
SIDEWAYS: Final = frozenset({5, 6, 7, 8})

COLOR_SPACES: Final = {
    "1": "L",
    "LA": "L",
    "La": "L",
    "I": "L",
    "F": "L",
    "I;16": "L",
    "I;16B": "L",
    "P": "RGB",
    "PA": "RGB",
    "RGBA": "RGB",
    "RGBX": "RGB",
    "RGBa": "RGB",
}

# The plugins are called by name: `Image.open` imports five of them to use one.
PLUGINS: Final = {
    "image/jpeg": ("PIL.JpegImagePlugin", "jpeg_factory"),
    "image/png": ("PIL.PngImagePlugin", "PngImageFile"),
    "image/gif": ("PIL.GifImagePlugin", "GifImageFile"),
    "image/webp": ("PIL.WebPImagePlugin", "WebPImageFile"),
    "image/avif": ("PIL.AvifImagePlugin", "AvifImageFile"),
    "image/bmp": ("PIL.BmpImagePlugin", "BmpImageFile"),
    "image/tiff": ("PIL.TiffImagePlugin", "TiffImageFile"),
}

Facts = dict[str, Any]
Opener = Callable[[BinaryIO], ImageFile.ImageFile]


def image_opener(content_type: str) -> Opener | None:
    """Import what opens an image of this type; None for a type that Pillow does not read."""
    if content_type not in PLUGINS:
        return None
    module, name = PLUGINS[content_type]
    opener: Opener = getattr(import_module(module), name)
    if content_type == "image/jpeg":
        # Pillow would import it at the first EXIF block, when this process is already limited.
        import_module("PIL.TiffImagePlugin")
    # Our own limits stand before every decoder; Pillow's would hide the dimensions.
    Image.MAX_IMAGE_PIXELS = None
    if content_type == "image/avif":
        # A thread's stack for every core would count against the memory limit.
        import_module(module).DEFAULT_MAX_THREADS = 1  # type: ignore[attr-defined]
    return opener


def read_image(file: BinaryIO, content_type: str, opener: Opener, facts: Facts) -> None:
    """Add the facts of an image to `facts` as they are found; raise where the file is damaged."""
    structure: Facts = {}
    if content_type == "image/gif":
        structure = gif_structure(file)
    elif content_type == "image/webp":
        structure = webp_structure(file)
        facts.update(structure)
        if structure["width_px"] * structure["height_px"] > WHOLE_IN_MEMORY_PIXELS:
            return
    file.seek(0)
    with opener(file) as image:
        facts["width_px"], facts["height_px"] = image.size
        facts["color_space"] = COLOR_SPACES.get(image.mode, image.mode)
        frames: int = structure["frames"] if structure else getattr(image, "n_frames", 1)
        if image.format == "MPO":
            # Several pictures in one JPEG file, of which viewers show the first.
            facts["container"] = "mpo"
            frames = 1
        elif any(data.startswith(STEREO_MARK) for _, data in getattr(image, "applist", ())):
            facts["container"] = "jps"
        facts["frames"] = frames
        facts["animated"] = frames > 1
        _read_exif(image, facts)
        pixels = image.size[0] * image.size[1]
        if pixels <= HEADER_ONLY_PIXELS:
            _check_to_the_end(file, image, pixels, opener)
    if structure.get("cut_short"):
        raise EOFError("the file ends before its last block")


def _read_exif(image: ImageFile.ImageFile, facts: Facts) -> None:
    if image.format == "PNG" and "exif" not in image.info:
        # Pillow would decode the whole picture to look for EXIF behind it.
        return
    exif = image.getexif()
    facts["has_gps"] = bool(exif.get_ifd(GPS_IFD))
    orientation = exif.get(ORIENTATION_TAG)
    if isinstance(orientation, int) and 1 <= orientation <= max(SIDEWAYS):
        facts["exif_orientation"] = orientation
        if orientation in SIDEWAYS:
            facts["width_px"], facts["height_px"] = facts["height_px"], facts["width_px"]


def _check_to_the_end(
    file: BinaryIO, image: ImageFile.ImageFile, pixels: int, opener: Opener
) -> None:
    if image.format == "PNG":
        file.seek(0)
        opener(file).verify()
    elif image.format in ("JPEG", "MPO"):
        if not image.info.get("progressive") or pixels <= WHOLE_IN_MEMORY_PIXELS:
            image.draft(image.mode, (1, 1))
            image.load()
    elif pixels <= WHOLE_IN_MEMORY_PIXELS:
        image.load()
