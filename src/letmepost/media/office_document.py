"""The type and the pages of a Word or PowerPoint file, read from the archive that it is.

A presentation names its slides. A text has no pages before it is laid out: its number is the one
that the program which wrote it found, and is unknown where that program wrote none.
Source: ECMA-376, part 1 (19.2.1.33, 22.2.2.22) and part 2 (Open Packaging Conventions).
"""

from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, Final, NoReturn
from xml.parsers.expat import ParserCreate
from zipfile import ZipFile

# The lists that are read here have some thousand bytes; a bomb has no end.
MAX_PART_BYTES: Final = 4 * 1024 * 1024
MAX_PAGES_DIGITS: Final = 6

_FORMATS: Final = "application/vnd.openxmlformats-officedocument"
_PRESENTATION: Final = f"{_FORMATS}.presentationml.presentation"
_TEXT: Final = f"{_FORMATS}.wordprocessingml.document"
_PROPERTIES: Final = f"{_FORMATS}.extended-properties+xml"
_CONTENT_TYPES: Final = "[Content_Types].xml"
_CHUNK_BYTES: Final = 64 * 1024
# The second of each is the one of the strict variant. PowerPoint lists slides once more for its
# sections, under a name of Microsoft's own.
_SLIDES: Final = {
    "http://schemas.openxmlformats.org/presentationml/2006/main sldId",
    "http://purl.oclc.org/ooxml/presentationml/main sldId",
}
_PAGES: Final = {
    "http://schemas.openxmlformats.org/officeDocument/2006/extended-properties Pages",
    "http://purl.oclc.org/ooxml/officeDocument/extendedProperties Pages",
}

Facts = dict[str, Any]
Started = Callable[[str, Mapping[str, str]], None]


def read_office(file: BinaryIO, facts: Facts) -> bool:
    """Add `content_type` and `pages`; False, and nothing added, for an archive of another kind.

    Raises `zipfile.BadZipFile`, `expat.ExpatError` or `ValueError` for a damaged or hostile one.
    """
    with ZipFile(file) as archive:
        if _CONTENT_TYPES not in archive.namelist():
            return False
        parts = _parts(archive)
        if (slides := parts.get(f"{_PRESENTATION}.main+xml")) is not None:
            facts["content_type"] = _PRESENTATION
            facts["pages"] = _slides(archive, slides)
            return True
        if f"{_TEXT}.main+xml" not in parts:
            return False
        facts["content_type"] = _TEXT
        properties = parts.get(_PROPERTIES)
        pages = _pages(archive, properties) if properties in archive.namelist() else None
        if pages:
            facts["pages"] = pages
        return True


def _parts(archive: ZipFile) -> dict[str, str]:
    """The name of a part by its content type."""
    parts: dict[str, str] = {}

    def started(name: str, attributes: Mapping[str, str]) -> None:
        if name.endswith(" Override"):
            kind = attributes.get("ContentType", "")
            parts.setdefault(kind, attributes.get("PartName", "").removeprefix("/"))

    _parse(archive, _CONTENT_TYPES, started)
    return parts


def _slides(archive: ZipFile, part: str) -> int:
    found = 0

    def started(name: str, _attributes: Mapping[str, str]) -> None:
        nonlocal found
        found += name in _SLIDES

    _parse(archive, part, started)
    return found


def _pages(archive: ZipFile, part: str) -> int | None:
    inside = False
    written = ""

    def started(name: str, _attributes: Mapping[str, str]) -> None:
        nonlocal inside
        inside = name in _PAGES

    def said(text: str) -> None:
        nonlocal written
        if inside and len(written) <= MAX_PAGES_DIGITS:
            written += text.strip()

    def ended(_name: str) -> None:
        nonlocal inside
        inside = False

    _parse(archive, part, started, said, ended)
    number = written.isascii() and written.isdigit() and len(written) <= MAX_PAGES_DIGITS
    return int(written) if number else None


def _parse(
    archive: ZipFile,
    part: str,
    started: Started,
    said: Callable[[str], None] | None = None,
    ended: Callable[[str], None] | None = None,
) -> None:
    parser = ParserCreate(namespace_separator=" ")
    # Entities that multiply are declared there, and the standard forbids it: part 2, 6.2.5.
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = started
    parser.CharacterDataHandler = said
    parser.EndElementHandler = ended
    read_bytes = 0
    with archive.open(part) as content:
        while chunk := content.read(_CHUNK_BYTES):
            read_bytes += len(chunk)
            if read_bytes > MAX_PART_BYTES:
                raise ValueError(f"{part} is longer than that of any document")
            parser.Parse(chunk, False)
    parser.Parse(b"", True)


def _refuse_doctype(*_: object) -> NoReturn:
    raise ValueError("a part of the document declares entities")
