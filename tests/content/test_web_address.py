"""What counts as a web address, held to the cases of twitter-text."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letmepost.content.web_address import ADDRESS_CHARACTERS_MAX, is_web_address

CASES = [
    json.loads(line)
    for line in (Path(__file__).parent / "web_address_cases.jsonl").read_text().splitlines()
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["description"])
def test_agrees_with_the_conformance_cases(case: dict[str, Any]) -> None:
    found = is_web_address(case["text"], scheme_optional=case["section"] != "urls")
    assert found is case["expected"]


@pytest.mark.parametrize(
    "text",
    [
        "http://localhost:8000/x",
        "https://xn--q9jyb4c.example/",
        "https://a-b.example.co.uk/a%20b?c=d#e",
        "https://example.com/(brackets)",
    ],
)
def test_takes_what_a_browser_opens(text: str) -> None:
    assert is_web_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example",
        "https://",
        "https://example.com:99999/",
        "https://example.com/a b",
        "https://example.com/100%",
        "javascript:alert(1)",
        "https://example.com\n",
        "//example.com/",
        "https://example.com/" + "a" * ADDRESS_CHARACTERS_MAX,
    ],
)
def test_refuses_what_no_browser_opens(text: str) -> None:
    assert not is_web_address(text, scheme_optional=True)


@given(st.text())
def test_never_raises(text: str) -> None:
    is_web_address(text)
    is_web_address(f"https://{text}", scheme_optional=True)
