"""Pinterest: its rules; it has no publisher yet."""

from letmepost.platform_kit.platform import Platform, PlatformVersion
from letmepost.platforms.pinterest.options import PinterestOptions
from letmepost.platforms.pinterest.rules import RULES
from letmepost.platforms.pinterest.settings import PinterestSettings

PLATFORM = Platform(
    name="pinterest",
    title="Pinterest",
    maturity="rules only",
    version=PlatformVersion(
        current="v5 (OpenAPI 5.28)",
        released_at=None,
        sunset_at=None,
        changelog_url="https://developers.pinterest.com/docs/changelog/changelog/",
    ),
    settings=PinterestSettings,
    options=PinterestOptions,
    rules=RULES,
    limit_settings={"image_max_bytes": "pinterest.image.size_max"},
)
