"""Instagram, over Meta's content publishing API."""

from datetime import date, timedelta

from letmepost.platform_kit.platform import Platform, PlatformVersion, Quota
from letmepost.platforms.instagram import limits
from letmepost.platforms.instagram.options import InstagramOptions
from letmepost.platforms.instagram.rules import RULES
from letmepost.platforms.instagram.settings import InstagramSettings

PLATFORM = Platform(
    name="instagram",
    title="Instagram",
    maturity="rules only",
    version=PlatformVersion(
        current="v25.0",
        released_at=date(2026, 2, 18),
        sunset_at=date(2028, 7, 29),
        changelog_url="https://developers.facebook.com/docs/graph-api/changelog/versions/",
        next="v26.0",
    ),
    settings=InstagramSettings,
    options=InstagramOptions,
    rules=RULES,
    fetches_media_urls=True,
    quotas=(Quota(limit=limits.POSTS_PER_DAY, window=timedelta(days=1)),),
)
