"""`letmepost doctor` warns of a version that ends soon or has ended."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from letmepost.checkup import Found, examine
from letmepost.configuration import read_configuration
from letmepost.kit.database import sqlite_url
from letmepost.platforms import platforms
from tests.clock import FakeClock


async def _found(folder: Path, now: datetime, **settings: str) -> list[Found]:
    settings |= {
        "LETMEPOST_DATA_DIR": str(folder),
        "LETMEPOST_DATABASE_URL": sqlite_url(folder / "letmepost.sqlite"),
    }
    found = await examine(read_configuration(settings), FakeClock(now))
    return [each for each in found if each.subject.startswith("platform version")]


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (
            datetime(2026, 10, 17, tzinfo=UTC),
            "LinkedIn ends 202601 on 2027-01-15 (days left: 90)",
        ),
        (
            datetime(2027, 1, 15, tzinfo=UTC),
            "LinkedIn ended 202601 on 2027-01-15",
        ),
    ],
)
async def test_a_version_near_its_end_or_past_it_is_a_warning_with_its_remedy(
    tmp_path: Path, day: datetime, words: str
) -> None:
    remedy = "set LETMEPOST_LINKEDIN_VERSION to 202609, or update this server."
    found = await _found(tmp_path, day, LETMEPOST_LINKEDIN_VERSION="202601")
    assert found == [Found("warning", "platform version", f"{words}: {remedy}")]


async def test_a_version_that_no_setting_moves_is_left_to_an_update(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fixed = replace(platforms()["facebook"].version, setting=None)
    monkeypatch.setattr("letmepost.checkup.spoken_versions", lambda *_: {"facebook": fixed})
    found = await _found(tmp_path, datetime(2028, 7, 1, tzinfo=UTC))
    words = "Facebook ends v25.0 on 2028-07-29 (days left: 28): update this server."
    assert found == [Found("warning", "platform version", words)]


async def test_where_nothing_ends_one_line_says_so(tmp_path: Path) -> None:
    (found,) = await _found(tmp_path, datetime(2026, 10, 16, tzinfo=UTC))
    assert found.level == "ok"
    assert "none ends within 90 days" in found.words
