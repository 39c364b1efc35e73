"""LinkedIn, over its versioned REST API."""

from datetime import date, timedelta

from letmepost.platform_kit.platform import Platform, PlatformVersion, Quota
from letmepost.platforms.linkedin import limits
from letmepost.platforms.linkedin.connect import LinkedInConnect
from letmepost.platforms.linkedin.delete import LinkedInDeleter
from letmepost.platforms.linkedin.examine import LinkedInExaminer
from letmepost.platforms.linkedin.options import LinkedInOptions
from letmepost.platforms.linkedin.publish import LinkedInPublisher
from letmepost.platforms.linkedin.rules import RULES
from letmepost.platforms.linkedin.settings import (
    EARLIER_VERSIONS,
    PINNED_VERSION,
    LinkedInSettings,
)

PLATFORM = Platform(
    name="linkedin",
    title="LinkedIn",
    maturity="simulated",
    version=PlatformVersion(
        current=PINNED_VERSION,
        released_at=None,
        sunset_at=date(2027, 7, 15),
        changelog_url="https://learn.microsoft.com/en-us/linkedin/marketing/integrations/"
        "recent-changes",
        next="202609",
        setting="version",
        earlier=EARLIER_VERSIONS,
    ),
    settings=LinkedInSettings,
    options=LinkedInOptions,
    rules=RULES,
    connector=LinkedInConnect(),
    publishes_by=LinkedInPublisher(),
    deletes_by=LinkedInDeleter(),
    examined_by=LinkedInExaminer(),
    takes_first_comment=True,
    # Only a reviewed app may read posts, so a later look would tell most accounts nothing.
    reads_back=False,
    # The list of an author's posts may lag.
    settles_within_seconds=60.0,
    quotas=(Quota(limit=limits.MEMBER_REQUESTS_PER_DAY, window=timedelta(days=1)),),
    limit_settings={
        "text_max_units": "linkedin.text.max_graphemes",
        "video_max_bytes": "linkedin.video.size_max",
    },
)
