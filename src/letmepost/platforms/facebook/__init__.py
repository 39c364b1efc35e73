"""Facebook Pages, over Meta's Graph API."""

from datetime import date

from letmepost.platform_kit.platform import Platform, PlatformVersion, SignedRequests
from letmepost.platforms.facebook.connect import FacebookConnect
from letmepost.platforms.facebook.delete import FacebookDeleter
from letmepost.platforms.facebook.examine import FacebookExaminer
from letmepost.platforms.facebook.options import FacebookOptions
from letmepost.platforms.facebook.publish import FacebookPublisher
from letmepost.platforms.facebook.rules import RULES
from letmepost.platforms.facebook.settings import VERSION, FacebookSettings

PLATFORM = Platform(
    name="facebook",
    title="Facebook",
    maturity="simulated",
    version=PlatformVersion(
        current=VERSION,
        released_at=date(2026, 2, 18),
        sunset_at=date(2028, 7, 29),
        changelog_url="https://developers.facebook.com/docs/graph-api/changelog/versions/",
        next="v26.0",
        setting="version",
    ),
    settings=FacebookSettings,
    options=FacebookOptions,
    rules=RULES,
    connector=FacebookConnect(),
    publishes_by=FacebookPublisher(),
    deletes_by=FacebookDeleter(),
    examined_by=FacebookExaminer(),
    takes_first_comment=True,
    reads_back=True,
    signed_requests=SignedRequests(family="meta", user_detail="metaUserId"),
    limit_settings={
        "images_max_count": "facebook.media.count_max",
        "image_max_bytes": "facebook.media.image_size_max",
        "video_max_bytes": "facebook.media.video_size_max",
        "video_max_seconds": "facebook.video.duration_max",
    },
)
