"""Small documents, made on the spot: PDFs written object by object, and Office archives."""

import io
import zipfile
import zlib
from collections.abc import Iterable, Sequence

from PIL import Image
from pypdf import PdfReader, PdfWriter

FORMATS = "application/vnd.openxmlformats-officedocument"
PRESENTATION = f"{FORMATS}.presentationml.presentation"
TEXT = f"{FORMATS}.wordprocessingml.document"
PROPERTIES = f"{FORMATS}.extended-properties+xml"
HEADER = b"%PDF-1.7\n"


def pdf(pages: int) -> bytes:
    """A PDF of pages of one pixel."""
    buffer = io.BytesIO()
    page = Image.new("L", (1, 1))
    page.save(buffer, "PDF", save_all=True, append_images=[page] * (pages - 1))
    return buffer.getvalue()


def locked_pdf(pages: int, password: str) -> bytes:
    """A PDF that is encrypted; with an empty password everybody reads it, and nobody prints it."""
    writer = PdfWriter(PdfReader(io.BytesIO(pdf(pages))))
    writer.encrypt(password, "owner", algorithm="AES-256")
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def pdf_of(objects: Iterable[bytes]) -> bytes:
    """A PDF of these objects, the first of them its catalogue, with a plain table at its end."""
    body = HEADER
    places = []
    for number, each in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
    table += b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    return body + table + trailer % (len(places) + 1, len(body))


def tree(kids: Sequence[int], *, count: int | None = None) -> list[bytes]:
    """A catalogue and the root of its pages, objects 1 and 2; `kids` are those from 3 on."""
    named = b" ".join(b"%d 0 R" % each for each in kids)
    root = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(kids) if count is None else count, named)
    return [b"<</Type/Catalog/Pages 2 0 R>>", root]


PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"


def packed_pdf(pages: int) -> bytes:
    """A PDF whose objects lie in an object stream, found by a cross-reference stream."""
    objects = [*tree(range(3, 3 + pages)), *[PAGE] * pages]
    offsets, packed = [], b""
    for number, each in enumerate(objects, 1):
        offsets.append(b"%d %d " % (number, len(packed)))
        packed += each + b" "
    index = b"".join(offsets)
    first, last = len(objects) + 1, len(objects) + 2
    body = HEADER
    places = {first: len(body)}
    body += stream(
        first, b"/Type/ObjStm/N %d/First %d" % (len(objects), len(index)), index + packed
    )
    places[last] = len(body)
    rows = [b"\0" * 7]
    rows += [b"\2%s%s" % (first.to_bytes(4), number.to_bytes(2)) for number in range(len(objects))]
    rows += [b"\1%s\0\0" % places[each].to_bytes(4) for each in (first, last)]
    header = b"/Type/XRef/W[1 4 2]/Root 1 0 R/Size %d" % len(rows)
    body += stream(last, header, b"".join(rows))
    return body + b"startxref\n%d\n%%%%EOF\n" % places[last]


def stream(number: int, header: bytes, data: bytes) -> bytes:
    """An object that is a compressed stream."""
    packed = zlib.compress(data, 9)
    head = b"%d 0 obj\n<<%s/Filter/FlateDecode/Length %d>>\n" % (number, header, len(packed))
    return head + b"stream\n" + packed + b"\nendstream\nendobj\n"


def presentation(slides: int) -> bytes:
    """A PowerPoint file, its slides listed once more for a section, as PowerPoint does."""
    main = "http://schemas.openxmlformats.org/presentationml/2006/main"
    sections = "http://schemas.microsoft.com/office/powerpoint/2010/main"
    listed = "".join(f'<p:sldId id="{256 + number}"/>' for number in range(slides))
    again = "".join(f'<s:sldId id="{256 + number}"/>' for number in range(slides))
    return office(
        {f"{PRESENTATION}.main+xml": "ppt/presentation.xml"},
        {
            "ppt/presentation.xml": f'<p:presentation xmlns:p="{main}" xmlns:s="{sections}">'
            f"<p:sldIdLst>{listed}</p:sldIdLst><s:sectionLst>{again}</s:sectionLst>"
            "</p:presentation>"
        },
    )


def text_document(pages: str | None) -> bytes:
    """A Word file that says how many pages it had when it was written, or does not say."""
    namespace = "http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"
    said = f"<Pages>{pages}</Pages>" if pages is not None else ""
    return office(
        {f"{TEXT}.main+xml": "word/document.xml", PROPERTIES: "docProps/app.xml"},
        {
            "word/document.xml": "<document/>",
            "docProps/app.xml": f'<Properties xmlns="{namespace}">{said}</Properties>',
        },
    )


def office(types: dict[str, str], parts: dict[str, str | bytes]) -> bytes:
    """An archive whose parts have these types."""
    namespace = "http://schemas.openxmlformats.org/package/2006/content-types"
    overrides = "".join(
        f'<Override PartName="/{name}" ContentType="{kind}"/>' for kind, name in types.items()
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", f'<Types xmlns="{namespace}">{overrides}</Types>')
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()
