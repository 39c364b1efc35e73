"""X, once Twitter, over its API v2."""

from datetime import timedelta

from letmepost.platform_kit.platform import Platform, PlatformVersion, Quota
from letmepost.platforms.twitter import limits
from letmepost.platforms.twitter.connect import TwitterConnect
from letmepost.platforms.twitter.delete import TwitterDeleter
from letmepost.platforms.twitter.examine import TwitterExaminer
from letmepost.platforms.twitter.options import TwitterOptions
from letmepost.platforms.twitter.publish import TwitterPublisher
from letmepost.platforms.twitter.rules import RULES
from letmepost.platforms.twitter.settings import TwitterSettings
from letmepost.platforms.twitter.weighted_text import weight

PLATFORM = Platform(
    name="twitter",
    title="X",
    aliases=("x",),
    maturity="simulated",
    version=PlatformVersion(
        current="2 (OpenAPI 2.167)",
        released_at=None,
        sunset_at=None,
        changelog_url="https://docs.x.com/changelog",
    ),
    settings=TwitterSettings,
    options=TwitterOptions,
    rules=RULES,
    connector=TwitterConnect(),
    publishes_by=TwitterPublisher(),
    deletes_by=TwitterDeleter(),
    examined_by=TwitterExaminer(),
    takes_first_comment=True,
    reads_back=True,
    settles_within_seconds=30.0,
    counters={limits.TEXT_WEIGHT.unit: weight},
    threads_field="thread",
    quotas=(Quota(limit=limits.POSTS_PER_15_MINUTES, window=timedelta(minutes=15)),),
    limit_settings={
        "long_text_max_weight": "twitter.text.long_form",
        "video_max_seconds": "twitter.video.duration_max",
    },
)
