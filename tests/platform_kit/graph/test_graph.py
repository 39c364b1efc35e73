"""The Graph API kit: errors read and told apart, usage, calls, and what simulators share."""

import json
from datetime import UTC, datetime

import pytest
from multidict import CIMultiDict
from starlette.responses import JSONResponse
from structlog.testing import CapturingLogger

from letmepost.content.errors import ErrorCode
from letmepost.platform_kit.graph import failures
from letmepost.platform_kit.graph.client import appsecret_proof
from letmepost.platform_kit.graph.errors import GraphError, graph_error
from letmepost.platform_kit.graph.failures import (
    SHARED_FAILURES,
    Failure,
    FailureTable,
    as_error,
    unlisted,
)
from letmepost.platform_kit.graph.simulated import (
    PageToken,
    app_usage,
    business_usage,
    error_answer,
    flat_error_answer,
    page_token,
    read_page_token,
    signed_request,
)
from letmepost.platform_kit.graph.usage import Usage
from letmepost.platform_kit.http import Answer

TABLE = FailureTable(*SHARED_FAILURES)


def answered(response: JSONResponse) -> Answer:
    body = bytes(response.body)
    headers = CIMultiDict(response.headers.items())
    return Answer(response.status_code, headers, body, json.loads(body))


def test_an_error_of_the_envelope_is_read_whole() -> None:
    response = error_answer(
        "No.", code=-1, subcode=33, transient=True, user_title="T", user_message="M"
    )
    error = graph_error(answered(response))
    assert error is not None
    assert (error.code, error.subcode, error.message) == (-1, 33, "No.")
    assert (error.transient, error.user_title, error.user_message) == (True, "T", "M")
    assert error.type == "OAuthException"
    assert error.trace_id


def test_an_error_without_an_envelope_is_read_too() -> None:
    error = graph_error(answered(flat_error_answer("Matching code was not found")))
    assert error == GraphError(
        code=400, message="Matching code was not found", type="OAuthException"
    )


@pytest.mark.parametrize("document", [{"id": "1"}, [], None, "x"])
def test_an_answer_without_an_error_has_none(document: object) -> None:
    assert graph_error(Answer(200, {}, b"", document)) is None


def test_a_token_that_an_error_repeats_is_hidden() -> None:
    token = "EAAB" + "x" * 60
    answer = answered(error_answer(f"Malformed access token {token}", code=190))
    error = graph_error(answer)
    assert error is not None
    row = TABLE.find(error)
    assert row is not None
    made = as_error(row, error, answer, "somewhere")
    assert token not in made.message
    assert token not in json.dumps(made.platform_response)


@pytest.mark.parametrize(
    ("code", "subcode", "ends"),
    [
        (190, None, "auth"),
        (190, 463, "auth"),
        (190, 999, "auth"),
        (102, None, "auth"),
        (10, None, "auth"),
        (200, None, "auth"),
        (283, None, "auth"),
        (299, 5, "auth"),
        (4, None, "later"),
        (17, None, "later"),
        (32, None, "later"),
        (613, None, "later"),
        (80001, None, "later"),
        (80002, None, "later"),
        (341, None, "later"),
        (368, None, "rejected"),
        (368, 1346003, "rejected"),
        (368, 1390008, "later"),
        (368, 1404078, "auth"),
        (1, None, "unsure"),
        (2, None, "unsure"),
        (21, None, "auth"),
        (803, None, "rejected"),
        (3, None, "rejected"),
    ],
)
def test_a_shared_refusal_means_what_the_documents_say(
    code: int, subcode: int | None, ends: str
) -> None:
    row = TABLE.find(GraphError(code=code, subcode=subcode, message=""))
    assert row is not None
    assert row.ends == ends


def test_a_code_that_no_row_names_is_not_found() -> None:
    assert TABLE.find(GraphError(code=300, message="")) is None
    assert TABLE.find(GraphError(code=None, message="")) is None


def test_the_most_specific_row_counts_and_a_later_one_overrides() -> None:
    table = FailureTable(
        *SHARED_FAILURES,
        Failure(subcode=7, ends="rejected", message="by subcode"),
        Failure(code=4, subcode=8, ends="rejected", message="by both"),
        Failure(code=4, ends="auth", message="instead"),
    )

    def said(code: int, subcode: int | None) -> str:
        row = table.find(GraphError(code=code, subcode=subcode, message=""))
        assert row is not None
        return row.message

    assert said(4, None) == "instead"
    assert said(4, 7) == "by subcode"
    assert said(4, 8) == "by both"
    assert said(1, 8).startswith("The platform failed")


@pytest.mark.parametrize(
    ("response", "ends"),
    [
        (error_answer("x", code=9999, transient=True), "unsure"),
        (error_answer("x", code=9999, status=500), "unsure"),
        (error_answer("x", code=9999), "rejected"),
        (error_answer("x", code=9999, status=429), "later"),
        (JSONResponse({}), "unsure"),
    ],
)
def test_an_unlisted_refusal_goes_by_the_platforms_word_then_by_the_status(
    response: JSONResponse, ends: str
) -> None:
    answer = answered(response)
    assert unlisted(graph_error(answer), answer).ends == ends


def test_an_error_holds_our_words_the_rule_and_logs_the_missed_prediction(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row = Failure(code=9, ends="rejected", message="Too big.", rule="somewhere.media.size")
    answer = answered(error_answer("raw", code=9, user_message="It is big"))
    logger = CapturingLogger()
    monkeypatch.setattr(failures, "log", logger)
    made = as_error(row, graph_error(answer), answer, "somewhere")
    assert made.code == ErrorCode.PLATFORM_REJECTED
    assert made.message == 'Too big. ("It is big")'
    assert made.rule == "somewhere.media.size"
    (line,) = logger.calls
    assert line.args == ("preflight.missed",)
    said = line.kwargs
    assert (said["rule"], said["platform"], said["code"]) == (row.rule, "somewhere", 9)


def test_the_platforms_own_word_on_when_to_come_back_counts_before_ours() -> None:
    throttled = GraphError(code=80001, message="")
    row = TABLE.find(throttled)
    assert row is not None
    headers = business_usage("1", "pages", 100, regain_minutes=19)
    told = answered(error_answer("x", code=80001, headers=headers))
    untold = answered(error_answer("x", code=80001))
    assert as_error(row, throttled, told, "p").retry_after_seconds == 19 * 60
    assert as_error(row, throttled, untold, "p").retry_after_seconds == 3600


@pytest.mark.parametrize(
    ("headers", "percent", "seconds"),
    [
        ({}, 0, 0),
        (app_usage(94), 94, 0),
        (app_usage(95), 95, 600),
        (business_usage("1", "pages", 97), 97, 600),
        (business_usage("1", "pages", 100, regain_minutes=19), 100, 1140),
        (business_usage("1", "pages", 100, regain_minutes=9999), 100, 86_400),
        ({"X-App-Usage": "not json"}, 0, 0),
        ({"X-App-Usage": "[]", "X-Business-Use-Case-Usage": '{"1":[3],"2":4}'}, 0, 0),
        ({"X-App-Usage": '{"call_count":"99","total_time":true}'}, 0, 0),
    ],
)
def test_usage_is_the_highest_percent_and_slows_from_95(
    headers: dict[str, str], percent: float, seconds: float
) -> None:
    usage = Usage.of(CIMultiDict(headers))
    assert (usage.percent, usage.slow_for_seconds) == (percent, seconds)


def test_a_page_token_tells_its_page_and_user_to_every_simulator() -> None:
    token = page_token("104", "1015")
    assert token.startswith("EAAP")
    assert read_page_token(token) == PageToken("104", "1015")
    assert read_page_token("EAAB123") is None
    assert read_page_token("EAAP!!!") is None


def test_the_proof_is_the_hmac_of_the_token_by_the_secret() -> None:
    # Computed with `printf token | openssl dgst -sha256 -hmac secret`.
    expected = "e941110e3d2bfe82621f0e3e1434730d7305d106c5f68c87165d0b27a4611a4a"
    assert appsecret_proof("token", "secret") == expected


def test_a_signed_request_has_a_signature_and_a_payload() -> None:
    made = signed_request("218471", "secret", datetime(2026, 1, 1, tzinfo=UTC))
    assert made.count(".") == 1
    assert "=" not in made
