"""The version that is spoken with each platform, and how long it will still be answered."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Literal

from letmepost.kit.settings import SettingsModel
from letmepost.platform_kit.platform import Platform, PlatformVersion

SUNSET_SOON_DAYS = 90

VersionStatus = Literal["supported", "sunset_soon", "gone"]


def spoken_versions(
    platforms: Mapping[str, Platform], settings: Mapping[str, SettingsModel]
) -> Mapping[str, PlatformVersion]:
    """The version that is spoken with each platform, by its name, with the operator's settings."""
    return {name: spoken_version(platform, settings[name]) for name, platform in platforms.items()}


def spoken_version(platform: Platform, settings: SettingsModel) -> PlatformVersion:
    """The declared version, or what is known of the one that the operator set in its place."""
    declared = platform.version
    if declared.setting is None:
        return declared
    chosen = getattr(settings, declared.setting)
    if chosen == declared.current:
        return declared
    earlier = chosen in declared.earlier
    return replace(
        declared,
        current=chosen,
        released_at=None,
        sunset_at=declared.earlier.get(chosen),
        # Of a version that this release does not know, nobody here can say what follows it.
        next=(declared.next or declared.current) if earlier else None,
    )


def days_until_sunset(version: PlatformVersion, today: date) -> int | None:
    """Whole days until the sunset of the version, negative afterwards.

    None where no day is announced.
    """
    return None if version.sunset_at is None else (version.sunset_at - today).days


def status_of(version: PlatformVersion, today: date) -> VersionStatus:
    """`gone` from the day of its sunset on, and `sunset_soon` in the 90 days before.

    Every other version is `supported`, whether or not a newer one is out.
    """
    days = days_until_sunset(version, today)
    if days is None or days > SUNSET_SOON_DAYS:
        return "supported"
    return "sunset_soon" if days > 0 else "gone"


def as_spoken(
    platforms: Mapping[str, Platform], settings: Mapping[str, SettingsModel]
) -> Mapping[str, Platform]:
    """The platforms by name, each with the version that is spoken with it."""
    spoken = spoken_versions(platforms, settings)
    return {name: replace(each, version=spoken[name]) for name, each in platforms.items()}
