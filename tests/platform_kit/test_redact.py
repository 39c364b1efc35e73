"""What a record hides of an answer, and what it must keep."""

import json
from typing import Any

from letmepost.platform_kit.http import Answer
from letmepost.platform_kit.redaction import redact


def shown(document: Any) -> Any:
    return Answer(400, {}, json.dumps(document).encode(), document).shown()


def test_authorization_code_is_hidden_and_the_number_of_an_error_is_not() -> None:
    assert redact({"code": "a-code"}) == {"code": "***"}
    assert shown({"errors": [{"code": 88, "token": "t"}]}) == {
        "errors": [{"code": 88, "token": "***"}]
    }
