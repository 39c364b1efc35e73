"""What is told of an answer that is an error."""

from typing import Any

import pytest

from letmepost.platform_kit.http import Answer
from letmepost.platforms.bluesky.errors import error_words


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"error": "InvalidRecord", "message": "Record/text must not be empty"}, "Record/text"),
        # A message is optional in atproto: the error's name says more than a status.
        ({"error": "InvalidRecord"}, "InvalidRecord"),
        ({"error": "InvalidRecord", "message": ""}, "InvalidRecord"),
        ({"error": 7}, "HTTP 400"),
        (["InvalidRecord"], "HTTP 400"),
        (None, "HTTP 400"),
    ],
)
def test_an_error_is_told_in_words_else_by_its_name_else_by_its_status(
    document: Any, words: str
) -> None:
    assert error_words(Answer(400, {}, b"", document)).startswith(words)
