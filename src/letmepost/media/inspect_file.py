"""The child process that reads a stranger's file: limited, without names, and mortal.

It gets the file as its standard input, writes the facts as JSON to its standard output, and may
die of anything in between; `inspect` runs it. Decoders written in C see the file only here.
"""

import json
import os
import resource
import struct
import sys
from typing import Any, BinaryIO, Final

from letmepost.media.mp4_boxes import HEADER_BYTES, MAX_INDEX_BYTES, read_layout
from letmepost.media.mp4_tracks import UnusualFileError, movie_facts
from letmepost.media.sniff import ARCHIVE_MARK, HEAD_SIZE_BYTES, UNKNOWN, sniff

MEMORY_LIMIT_BYTES: Final = 512 * 1024 * 1024
CPU_LIMIT_SECONDS: Final = 10
OPEN_FILES_LIMIT: Final = 16
TRUSTED_CONFIDENCE: Final = 0.8
PROBLEM_LENGTH: Final = 300
# Those whose index is read here, without FFmpeg; our name of each.
MP4_CONTAINERS: Final = {"video/mp4": "mp4", "video/quicktime": "mov", "video/3gpp": "3gp"}

Facts = dict[str, Any]


def read_facts(file: BinaryIO, *, limited: bool = False) -> Facts:
    """The facts of an open file, `problem` among them where it is damaged; never raises.

    With `limited`, this process is limited for good before a decoder sees the file.
    """
    facts: Facts = {"content_type": UNKNOWN}
    try:
        _read(file, facts, limited=limited)
    except MemoryError:
        facts["problem"] = "Reading the file takes more memory than this server gives to one file."
    except Exception as error:  # noqa: BLE001 - decoders raise anything, and the file is to blame
        facts["problem"] = _sentence(error)
    return facts


def _read(file: BinaryIO, facts: Facts, *, limited: bool) -> None:
    head = file.read(HEAD_SIZE_BYTES)
    content_type = sniff(head)
    if head.startswith(ARCHIVE_MARK) and _read_archive(file, facts, limited=limited):
        return
    if content_type == UNKNOWN:
        content_type = _sniff_rare(head)
    facts["content_type"] = content_type
    if content_type.startswith("image/"):
        _read_image(file, content_type, facts, limited=limited)
    elif content_type.startswith("video/"):
        _read_video(file, content_type, facts, limited=limited)
    elif content_type == "application/pdf":
        _read_pdf(file, facts, limited=limited)


# Each library is imported for its own kind only, and before it sees a byte of the file.
def _read_image(file: BinaryIO, content_type: str, facts: Facts, *, limited: bool) -> None:
    from letmepost.media.image_facts import image_opener, read_image  # noqa: PLC0415

    if opener := image_opener(content_type):
        if limited:
            limit_this_process()
        read_image(file, content_type, opener, facts)


def _read_video(file: BinaryIO, content_type: str, facts: Facts, *, limited: bool) -> None:
    if content_type in MP4_CONTAINERS:
        if limited:
            limit_this_process()
        if _read_index(file, content_type, facts):
            return
    from letmepost.media.video_facts import CONTAINERS, read_video  # noqa: PLC0415

    if content_type in CONTAINERS:
        if limited:
            limit_this_process()
        read_video(file, content_type, facts)


def _read_pdf(file: BinaryIO, facts: Facts, *, limited: bool) -> None:
    from letmepost.media.pdf_pages import pdf_pages  # noqa: PLC0415

    if limited:
        limit_this_process()
    if (pages := pdf_pages(file)) is not None:
        facts["pages"] = pages


def _read_archive(file: BinaryIO, facts: Facts, *, limited: bool) -> bool:
    from letmepost.media.office_document import read_office  # noqa: PLC0415

    if limited:
        limit_this_process()
    return read_office(file, facts)


def _read_index(file: BinaryIO, content_type: str, facts: Facts) -> bool:
    """Read an MP4 file without FFmpeg; False where FFmpeg has to look at it."""
    layout = read_layout(file)
    if layout.moov_first is not None:
        facts["moov_first"] = layout.moov_first
    if layout.moov_at is None or layout.moov_bytes > MAX_INDEX_BYTES or layout.fragmented:
        return False
    file.seek(layout.moov_at + HEADER_BYTES)
    index = memoryview(file.read(layout.moov_bytes - HEADER_BYTES))
    try:
        found = movie_facts(index)
    except (UnusualFileError, LookupError, ValueError, struct.error):
        return False
    size_bytes = file.seek(0, os.SEEK_END)
    facts |= found | {
        "container": MP4_CONTAINERS[content_type],
        "bitrate_bits_per_second": int(size_bytes * 8 / found["duration_seconds"]),
    }
    if layout.cut_short:
        raise EOFError("the file is shorter than its boxes say")
    return True


def limit_this_process() -> None:
    """Take from this process what a decoder does not need; it cannot be given back."""
    for what, limit in (
        (resource.RLIMIT_AS, MEMORY_LIMIT_BYTES),
        (resource.RLIMIT_CPU, CPU_LIMIT_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES_LIMIT),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        if hard != resource.RLIM_INFINITY:
            limit = min(limit, hard)  # noqa: PLW2901 - the operator's own limit is the lower one
        resource.setrlimit(what, (limit, limit))


def _sniff_rare(head: bytes) -> str:
    import puremagic  # noqa: PLC0415 - 10 ms, and only for files that hardly anyone sends

    try:
        found = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError, IndexError):
        return UNKNOWN
    for match in found[:1]:
        if match.confidence >= TRUSTED_CONFIDENCE and "/" in match.mime_type:
            return str(match.mime_type)
    return UNKNOWN


def _sentence(error: Exception) -> str:
    # FFmpeg's errors are operating system errors, whose text begins with a number of its own.
    text = getattr(error, "strerror", None) or str(error)
    reason = " ".join(text.split()) or type(error).__name__
    return f"The file cannot be read to its end: {reason}"[:PROBLEM_LENGTH]


def main() -> None:
    """Read the facts of standard input and write them to standard output."""
    with os.fdopen(0, "rb", closefd=False) as file:
        facts = read_facts(file, limited=True)
    sys.stdout.write(json.dumps(facts))
    sys.stdout.flush()
    # Without the interpreter's farewell: what a broken decoder left behind could still crash it.
    os._exit(0)


if __name__ == "__main__":
    main()
