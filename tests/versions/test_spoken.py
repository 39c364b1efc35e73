"""Which version is spoken with a platform, and how near its end is."""

from datetime import date, timedelta

import pytest

from letmepost.configuration import read_configuration
from letmepost.platform_kit.platform import PlatformVersion
from letmepost.platforms import platforms
from letmepost.versions.spoken import days_until_sunset, spoken_versions, status_of

SUNSET = date(2027, 3, 1)


def _version(sunset_at: date | None) -> PlatformVersion:
    return PlatformVersion(
        current="v1", released_at=None, sunset_at=sunset_at, changelog_url="https://app.example/"
    )


@pytest.mark.parametrize(
    ("days_before", "status"),
    [(91, "supported"), (90, "sunset_soon"), (1, "sunset_soon"), (0, "gone"), (-1, "gone")],
)
def test_the_status_follows_from_the_days_that_are_left(days_before: int, status: str) -> None:
    today = SUNSET - timedelta(days=days_before)
    assert days_until_sunset(_version(SUNSET), today) == days_before
    assert status_of(_version(SUNSET), today) == status


def test_a_version_without_an_announced_end_is_supported() -> None:
    assert days_until_sunset(_version(None), SUNSET) is None
    assert status_of(_version(None), SUNSET) == "supported"


def test_without_a_setting_the_declared_versions_are_spoken() -> None:
    spoken = spoken_versions(platforms(), read_configuration({}).platforms)
    assert spoken == {name: platform.version for name, platform in platforms().items()}


def test_every_setting_that_moves_a_version_is_one_of_the_platform_and_holds_its_pin() -> None:
    moved = [each for each in platforms().values() if each.version.setting is not None]
    assert moved
    for platform in moved:
        assert platform.version.setting is not None
        declared = platform.settings.model_fields[platform.version.setting]
        assert declared.default == platform.version.current


def test_declared_days_are_in_order() -> None:
    for name, platform in platforms().items():
        version = platform.version
        assert version.next != version.current, name
        assert version.changelog_url.startswith("https://"), name
        assert version.current not in version.earlier, name
        if version.sunset_at is not None:
            assert all(each < version.sunset_at for each in version.earlier.values()), name
            if version.released_at is not None:
                assert version.released_at < version.sunset_at, name


def test_an_earlier_version_that_the_operator_set_is_shown_with_its_own_end() -> None:
    spoken = _set("202601")
    assert (spoken.current, spoken.sunset_at, spoken.next) == (
        "202601",
        date(2027, 1, 15),
        "202609",
    )


def test_of_a_version_that_this_release_does_not_know_no_day_is_claimed() -> None:
    for chosen in ("202609", "202701"):
        spoken = _set(chosen)
        assert (spoken.current, spoken.sunset_at, spoken.next) == (chosen, None, None)
        assert status_of(spoken, SUNSET) == "supported"


def _set(chosen: str) -> PlatformVersion:
    configuration = read_configuration({"LETMEPOST_LINKEDIN_VERSION": chosen})
    return spoken_versions(platforms(), configuration.platforms)["linkedin"]
