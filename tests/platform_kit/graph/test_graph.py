"""The Graph API kit: errors read and told apart, usage, and what simulators share."""

import json
from datetime import UTC, datetime

import pytest
from multidict import CIMultiDict
from starlette.responses import JSONResponse, Response
from structlog.testing import CapturingLogger

from letmepost.content.errors import ErrorCode
from letmepost.platform_kit.graph import failures
from letmepost.platform_kit.graph.client import appsecret_proof
from letmepost.platform_kit.graph.errors import GraphError, graph_error
from letmepost.platform_kit.graph.failures import Failure, FailureTable
from letmepost.platform_kit.graph.simulated import (
    GraphFault,
    app_usage,
    business_usage,
    signed_request,
)
from letmepost.platform_kit.graph.usage import Usage
from letmepost.platform_kit.http import Answer
from letmepost.platform_kit.outcome import TryLater

TABLE = FailureTable("somewhere", "Somewhere", ())


def answered(response: Response) -> Answer:
    body = bytes(response.body)
    headers = CIMultiDict(response.headers.items())
    return Answer(response.status_code, headers, body, json.loads(body))


def fault(code: int, subcode: int | None = None, message: str = "x", status: int = 400) -> Answer:
    return answered(GraphFault(code, message, subcode, status=status).response())


def test_an_error_of_the_envelope_is_read() -> None:
    made = GraphFault(-1, "No.", 33, title="T", words="M", transient=True).response()
    error = graph_error(answered(made))
    assert error == GraphError(-1, 33, "No.", transient=True, user_message="M")
    assert error.words == "M"


def test_an_error_without_an_envelope_is_read_too() -> None:
    flat = {"error_type": "OAuthException", "code": 400, "error_message": "No matching code"}
    assert graph_error(answered(JSONResponse(flat))) == GraphError(400, None, "No matching code")


@pytest.mark.parametrize("document", [{"id": "1"}, [], None, "x", {"error": "text"}])
def test_an_answer_without_an_error_has_none(document: object) -> None:
    assert graph_error(Answer(200, {}, b"", document)) is None


def test_a_token_that_an_error_repeats_is_hidden() -> None:
    token = "EAAB" + "x" * 60
    answer = fault(190, message=f"Malformed access token {token}")
    made = TABLE.refusal(answer, graph_error(answer)).error
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
        (1, None, "later"),
        (2, None, "later"),
        (21, None, "auth"),
        (803, None, "rejected"),
        (3, None, "rejected"),
    ],
)
def test_a_shared_refusal_means_what_the_documents_say(
    code: int, subcode: int | None, ends: str
) -> None:
    row = TABLE.find(GraphError(code, subcode, ""))
    assert row is not None
    assert row.ends == ends


def test_a_code_that_no_row_names_is_not_found() -> None:
    assert TABLE.find(GraphError(300, None, "")) is None
    assert TABLE.find(GraphError(None, None, "")) is None
    assert TABLE.find(None) is None


def test_a_platforms_own_row_goes_before_the_shared_one() -> None:
    own = Failure(codes=(4,), subcodes=(8,), ends="rejected", message="by both")
    table = FailureTable("somewhere", "Somewhere", (own,))
    assert table.find(GraphError(4, 8, "")) is own
    assert table.find(GraphError(4, None, "")) is not own


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (fault(9999, status=500), ErrorCode.PLATFORM_UNAVAILABLE),
        (fault(9999, status=429), ErrorCode.PLATFORM_UNAVAILABLE),
        (fault(9999, status=401), ErrorCode.PLATFORM_AUTH_FAILED),
        (fault(9999), ErrorCode.PLATFORM_REJECTED),
        (Answer(502, {}, b"<html>", None), ErrorCode.PLATFORM_UNAVAILABLE),
        (Answer(200, {}, b"<html>", None), ErrorCode.PLATFORM_UNAVAILABLE),
    ],
)
def test_an_unlisted_refusal_goes_by_its_status(answer: Answer, code: ErrorCode) -> None:
    assert TABLE.refusal(answer, graph_error(answer)).error.code is code


def test_an_error_holds_our_words_and_the_rule_that_missed_it_is_logged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row = Failure(
        codes=(9,), ends="rejected", message="Too big.", rule="somewhere.media.size", missed=True
    )
    table = FailureTable("somewhere", "Somewhere", (row,))
    answer = fault(9, message="raw")
    logger = CapturingLogger()
    monkeypatch.setattr(failures, "log", logger)
    made = table.refusal(answer, graph_error(answer)).error
    assert made.code is ErrorCode.PLATFORM_REJECTED
    assert made.message == "Too big. Somewhere says: raw"
    assert made.rule == "somewhere.media.size"
    [line] = logger.calls
    assert line.args == ("preflight.missed",)
    assert (line.kwargs["rule"], line.kwargs["code"]) == ("somewhere.media.size", 9)


def test_the_platforms_own_word_on_when_to_come_back_counts_before_ours() -> None:
    told = fault(80001)
    headers = CIMultiDict(business_usage("1", "pages", 100, regain_minutes=19))
    told = Answer(told.status, headers, told.body, told.document)
    untold = fault(80001)
    for answer, seconds in ((told, 19 * 60), (untold, 3600)):
        refused = TABLE.refusal(answer, graph_error(answer))
        assert isinstance(refused, TryLater)
        assert refused.retry_after_seconds == seconds


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


def test_the_proof_is_the_hmac_of_the_token_by_the_secret() -> None:
    # Computed with `printf token | openssl dgst -sha256 -hmac secret`.
    expected = "e941110e3d2bfe82621f0e3e1434730d7305d106c5f68c87165d0b27a4611a4a"
    assert appsecret_proof("token", "secret") == expected


def test_a_signed_request_has_a_signature_and_a_payload() -> None:
    made = signed_request("218471", "secret", datetime(2026, 1, 1, tzinfo=UTC))
    assert made.count(".") == 1
    assert "=" not in made
