"""Facebook Pages, over Meta's Graph API."""

from datetime import date

from letmepost.platform_kit.platform import Platform, PlatformVersion, SignedRequests
from letmepost.platforms.facebook.options import FacebookOptions
from letmepost.platforms.facebook.rules import RULES
from letmepost.platforms.facebook.settings import FacebookSettings

PLATFORM = Platform(
    name="facebook",
    title="Facebook",
    maturity="rules only",
    version=PlatformVersion(
        current="v25.0",
        released_at=date(2026, 2, 18),
        sunset_at=date(2028, 7, 29),
        changelog_url="https://developers.facebook.com/docs/graph-api/changelog/versions/",
        next="v26.0",
    ),
    settings=FacebookSettings,
    options=FacebookOptions,
    rules=RULES,
    signed_requests=SignedRequests(family="meta", user_detail="metaUserId"),
    limit_settings={
        "images_max_count": "facebook.media.count_max",
        "image_max_bytes": "facebook.media.image_size_max",
        "video_max_bytes": "facebook.media.video_size_max",
        "video_max_seconds": "facebook.video.duration_max",
    },
)
