"""Public ids."""

import re

from hypothesis import given
from hypothesis import strategies as st

from letmepost.kit.ids import ALPHABET, base62, new_id

numbers_of_128_bits = st.integers(min_value=0, max_value=2**128 - 1)


def test_an_id_is_its_prefix_and_22_base62_characters() -> None:
    assert re.fullmatch(r"post_[0-9A-Za-z]{22}", new_id("post"))


def test_ids_made_later_sort_later() -> None:
    ids = [new_id("post") for _ in range(10_000)]
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)


def test_the_alphabet_is_in_ascii_order() -> None:
    assert list(ALPHABET) == sorted(set(ALPHABET))
    assert len(ALPHABET) == 62


@given(numbers_of_128_bits)
def test_base62_loses_nothing(number: int) -> None:
    back = 0
    for character in base62(number):
        back = back * 62 + ALPHABET.index(character)
    assert back == number


@given(numbers_of_128_bits, numbers_of_128_bits)
def test_base62_keeps_the_order_of_numbers(one: int, other: int) -> None:
    assert (base62(one) < base62(other)) == (one < other)


def test_base62_is_padded_with_zeros() -> None:
    assert base62(0) == "0" * 22
    assert len(base62(2**128 - 1)) == 22
