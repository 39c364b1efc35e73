"""Bluesky, over the AT Protocol."""

from datetime import timedelta

from letmepost.platform_kit.platform import Platform, PlatformVersion, Quota
from letmepost.platforms.bluesky import limits
from letmepost.platforms.bluesky.connect import BlueskyConnect
from letmepost.platforms.bluesky.delete import BlueskyDeleter
from letmepost.platforms.bluesky.examine import BlueskyExaminer
from letmepost.platforms.bluesky.options import BlueskyOptions
from letmepost.platforms.bluesky.publish import BlueskyPublisher
from letmepost.platforms.bluesky.rules import RULES
from letmepost.platforms.bluesky.settings import BlueskySettings

PLATFORM = Platform(
    name="bluesky",
    title="Bluesky",
    maturity="simulated",
    version=PlatformVersion(
        current="com.atproto / app.bsky lexicons of 2026-08-20",
        released_at=None,
        sunset_at=None,
        changelog_url="https://docs.bsky.app/blog",
    ),
    settings=BlueskySettings,
    options=BlueskyOptions,
    rules=RULES,
    connector=BlueskyConnect(),
    publishes_by=BlueskyPublisher(),
    deletes_by=BlueskyDeleter(),
    examined_by=BlueskyExaminer(),
    takes_first_comment=True,
    has_record_keys=True,
    reads_back=True,
    quotas=(
        Quota(limit=limits.CREATES_PER_HOUR, window=timedelta(hours=1)),
        Quota(limit=limits.CREATES_PER_DAY, window=timedelta(days=1)),
    ),
    limit_settings={
        "image_max_bytes": "bluesky.media.image_size_max",
        "video_max_seconds": "bluesky.video.duration_max",
    },
)
