"""When signed addresses end, and for whom rules of addresses hold."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letmepost.content.draft import Draft, DraftMedia
from letmepost.platforms import platforms, rules_for
from letmepost.preflight.run import check
from letmepost.preflight.url_rules import URL_RULES, address_expiry

DUE = datetime(2026, 12, 1, 9, tzinfo=UTC)
SECONDS = int(DUE.timestamp())


def broken(url: str, due: datetime | None = None) -> list[str]:
    item = DraftMedia(kind="image", url=url)
    report = check(URL_RULES, Draft(media=(item,), scheduled_at=due))
    return [found.rule.id for found in report.violations]


@pytest.mark.parametrize(
    ("query", "ends"),
    [
        ("X-Amz-Date=20261201T080000Z&X-Amz-Expires=3600", DUE),
        ("x-amz-expires=3600&x-amz-date=20261201T080000Z", DUE),
        (f"Expires={SECONDS}&Signature=x", DUE),
        (f"exp={SECONDS}", DUE),
        ("sv=2025&se=2026-12-01T09%3A00%3A00Z&sig=x", DUE),
        ("se=2026-12-01", datetime(2026, 12, 1, tzinfo=UTC)),
        ("X-Amz-Expires=3600", None),
        ("X-Amz-Date=soon&X-Amz-Expires=3600", None),
        ("Expires=never", None),
        ("exp=99999999999999999999999", None),
        ("X-Amz-Date=20261201T080000Z&X-Amz-Expires=99999999999999999", None),
        ("", None),
    ],
)
def test_the_end_of_a_signature_is_read(query: str, ends: datetime | None) -> None:
    assert address_expiry(f"https://media.example/a.jpg?{query}") == ends


def test_only_a_post_after_the_end_is_refused() -> None:
    url = f"https://media.example/a.jpg?Expires={SECONDS - 1}"
    assert broken(url, DUE) == ["media.url.expires_before_publish"]
    assert broken(url) == []
    assert broken(f"https://media.example/a.jpg?Expires={SECONDS}", DUE) == []


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://media.example/a.jpg", []),
        ("HTTPS://media.example/a.jpg", []),
        ("http://media.example/a.jpg", ["media.url.https_required"]),
        ("https://bücher.example/a.jpg", ["media.url.ascii_only"]),
    ],
)
def test_addresses_that_a_platform_can_fetch(url: str, expected: list[str]) -> None:
    assert broken(url) == expected


def test_rules_of_addresses_hold_where_the_platform_fetches() -> None:
    for platform in platforms().values():
        ids = {each.id for each in rules_for(platform)}
        assert ("media.url.https_required" in ids) is platform.fetches_media_urls


@given(st.text(), st.booleans())
def test_no_address_makes_a_rule_raise(url: str, signed: bool) -> None:  # noqa: FBT001
    broken(f"https://[{url}?Expires={url}" if signed else url, DUE)
