"""Where a client takes its key and its address from."""

from datetime import UTC, datetime

import pytest

from letmepost_sdk import AsyncLetmepost, Letmepost, LetmepostError
from letmepost_sdk.operation import _query

VARIABLES = ("LMP_API_KEY", "LETMEPOST_API_KEY", "LMP_API_BASE", "LETMEPOST_API_URL")


@pytest.fixture(autouse=True)
def nothing_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("client", [Letmepost, AsyncLetmepost])
def test_without_a_key_there_is_no_client(client: type[Letmepost | AsyncLetmepost]) -> None:
    with pytest.raises(ValueError, match="LMP_API_KEY or LETMEPOST_API_KEY"):
        client()


@pytest.mark.parametrize("name", ["LMP_API_KEY", "LETMEPOST_API_KEY"])
def test_the_key_may_be_in_the_environment(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "from-there")
    assert Letmepost().posts._settings.api_key == "from-there"
    assert Letmepost(api_key="given").posts._settings.api_key == "given"


@pytest.mark.parametrize("name", ["LMP_API_BASE", "LETMEPOST_API_URL"])
def test_the_address_may_be_in_the_environment(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Letmepost(api_key="k").posts._settings.base_url == "http://127.0.0.1:8000"
    monkeypatch.setenv(name, "https://posts.example/lmp/")
    assert Letmepost(api_key="k").posts._settings.base_url == "https://posts.example/lmp"


def test_the_key_is_not_shown() -> None:
    settings = Letmepost(api_key="lmp_live_secret", default_headers={"X-Also": "hidden"})
    shown = repr(settings.posts._settings)
    assert "secret" not in shown
    assert "hidden" not in shown


def test_a_time_of_a_query_needs_a_zone() -> None:
    at = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
    assert _query({"after": at}) == "?after=2026-12-01T09%3A30%3A00%2B00%3A00"
    with pytest.raises(ValueError, match="time zone"):
        _query({"after": at.replace(tzinfo=None)})


def test_an_error_reads_as_a_sentence_with_its_names() -> None:
    error = LetmepostError(
        {
            "code": "preflight_failed",
            "message": "The text is too long.",
            "remediation": "Shorten it.",
            "rule": "text.max",
            "requestId": "req_1",
        },
        status=400,
    )
    assert str(error) == "The text is too long. Shorten it. (text.max, req_1)"
