"""The pages of documents: counted where they can be, unknown where not, and never a crash."""

import io
import struct
import zipfile
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from letmepost.media.inspect_file import read_facts
from letmepost.media.office_document import MAX_PART_BYTES
from letmepost.media.pdf_pages import MAX_PAGES
from tests.media import documents
from tests.media.documents import PAGE, PRESENTATION, TEXT

PDF = "application/pdf"


def facts_of(data: bytes) -> dict[str, Any]:
    return read_facts(io.BytesIO(data))


@pytest.mark.parametrize("make", [documents.pdf, documents.packed_pdf])
@pytest.mark.parametrize("pages", [1, 7, 300])
def test_the_pages_of_a_pdf_are_counted(make: Any, pages: int) -> None:
    assert facts_of(make(pages)) == {"content_type": PDF, "pages": pages}


def test_pages_are_counted_in_every_branch_of_their_tree() -> None:
    branch = b"<</Type/Pages/Count 2/Kids[5 0 R 6 0 R]>>"
    made = documents.pdf_of([*documents.tree([3, 4, 5]), branch, PAGE, PAGE, PAGE])
    assert facts_of(made) == {"content_type": PDF, "pages": 4}


def test_the_number_that_a_pdf_claims_is_not_believed() -> None:
    claims = documents.tree([3] * 301, count=12)
    assert facts_of(documents.pdf_of([*claims, PAGE]))["pages"] == 301


def test_an_encrypted_pdf_is_counted_where_everybody_may_read_it() -> None:
    assert facts_of(documents.locked_pdf(3, "")) == {"content_type": PDF, "pages": 3}


def test_the_pages_of_a_pdf_with_a_password_are_unknown_and_it_is_not_damaged() -> None:
    assert facts_of(documents.locked_pdf(3, "secret")) == {"content_type": PDF}


def test_more_pages_than_any_platform_takes_are_not_counted_to_their_end() -> None:
    bomb = documents.pdf_of([*documents.tree([3] * (MAX_PAGES + 5)), PAGE])
    assert facts_of(bomb)["pages"] == MAX_PAGES


def test_a_pdf_whose_pages_contain_each_other_is_damaged() -> None:
    knot = b"<</Type/Pages/Count 9/Kids[2 0 R 3 0 R]>>"
    assert (
        "contain each other" in facts_of(documents.pdf_of([*documents.tree([3]), knot]))["problem"]
    )


@pytest.mark.parametrize("make", [documents.pdf, documents.packed_pdf])
def test_a_pdf_that_is_cut_off_is_damaged(make: Any) -> None:
    whole = make(40)
    facts = facts_of(whole[: len(whole) * 2 // 3])
    assert facts["content_type"] == PDF
    assert facts["problem"]


@pytest.mark.parametrize("slides", [1, 42, 301])
def test_the_slides_of_a_presentation_are_counted_once(slides: int) -> None:
    facts = facts_of(documents.presentation(slides))
    assert facts == {"content_type": PRESENTATION, "pages": slides}


def test_the_pages_of_a_text_are_those_that_its_program_found() -> None:
    assert facts_of(documents.text_document("301")) == {"content_type": TEXT, "pages": 301}


@pytest.mark.parametrize("said", [None, "", "0", "many", "-4", "9" * 400, "\u0663"])
def test_a_text_that_does_not_say_its_pages_is_a_text_all_the_same(said: str | None) -> None:
    assert facts_of(documents.text_document(said)) == {"content_type": TEXT}


def test_another_archive_is_no_document() -> None:
    sheet = {f"{documents.FORMATS}.spreadsheetml.sheet.main+xml": "xl/workbook.xml"}
    for made in (documents.office(sheet, {}), _archive("a.txt", b"text")):
        facts = facts_of(made)
        assert facts["content_type"] not in (PRESENTATION, TEXT)
        assert "problem" not in facts


@pytest.mark.parametrize("cut", [0.3, 0.9])
def test_a_presentation_that_is_cut_off_is_damaged(cut: float) -> None:
    whole = documents.presentation(300)
    assert facts_of(whole[: int(len(whole) * cut)])["problem"]


def test_a_list_of_slides_without_end_is_not_read_to_its_end() -> None:
    facts = facts_of(_presentation_of(b" " * (2 * MAX_PART_BYTES)))
    assert "longer than" in facts["problem"]


def test_entities_that_multiply_are_refused_where_they_are_declared() -> None:
    laughs = b'<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'
    assert "entities" in facts_of(_presentation_of(laughs))["problem"]


def test_an_archive_that_names_a_part_and_has_none_is_damaged() -> None:
    types = {f"{PRESENTATION}.main+xml": "ppt/presentation.xml"}
    assert facts_of(documents.office(types, {}))["problem"]


def test_an_archive_that_claims_more_names_than_it_has_is_damaged() -> None:
    whole = documents.presentation(2)
    end = whole.index(b"PK\x05\x06")
    many = whole[:end] + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 65535, 65535, 9, 0, 0)
    assert facts_of(many)["problem"]


WHOLE = {
    "pdf": documents.pdf(3),
    "packed": documents.packed_pdf(3),
    "locked": documents.locked_pdf(2, ""),
    "slides": documents.presentation(3),
    "text": documents.text_document("3"),
}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from(sorted(WHOLE)),
    cut=st.floats(0.1, 1),
    changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=5),
)
def test_a_mutated_document_has_pages_or_a_problem_or_neither(
    name: str, cut: float, changes: list[tuple[float, int]]
) -> None:
    data = bytearray(WHOLE[name])
    for where, value in changes:
        data[int(where * (len(data) - 1))] = value
    facts = facts_of(bytes(data[: int(cut * len(data))]))
    assert "/" in facts["content_type"]
    if "problem" in facts:
        assert facts["problem"].isprintable()


def _presentation_of(slides: bytes) -> bytes:
    part = "ppt/presentation.xml"
    return documents.office({f"{PRESENTATION}.main+xml": part}, {part: slides})


def _archive(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, content)
    return buffer.getvalue()
