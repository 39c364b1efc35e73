"""What a Range header means."""

import pytest

from letmepost.api.media_file import Part, part_of
from letmepost.content.errors import LetmepostError


def test_a_range_of_an_endless_number_is_no_range() -> None:
    assert part_of("bytes=" + "9" * 5000 + "-", 10) is None


def test_spaces_do_not_matter() -> None:
    assert part_of("bytes = 2 - 3", 10) == Part(2, 4)


def test_the_last_byte_is_a_range_and_the_one_behind_it_is_not() -> None:
    assert part_of("bytes=9-", 10) == Part(9, 10)
    with pytest.raises(LetmepostError):
        part_of("bytes=10-", 10)
