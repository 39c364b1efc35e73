"""LinkedIn: its rules; it has no publisher yet."""

from datetime import date, timedelta

from letmepost.platform_kit.platform import Platform, PlatformVersion, Quota
from letmepost.platforms.linkedin import limits
from letmepost.platforms.linkedin.options import LinkedInOptions
from letmepost.platforms.linkedin.rules import RULES
from letmepost.platforms.linkedin.settings import LinkedInSettings

PLATFORM = Platform(
    name="linkedin",
    title="LinkedIn",
    maturity="rules only",
    version=PlatformVersion(
        current="202607",
        released_at=None,
        sunset_at=date(2027, 7, 15),
        changelog_url="https://learn.microsoft.com/en-us/linkedin/marketing/integrations/"
        "recent-changes",
    ),
    settings=LinkedInSettings,
    options=LinkedInOptions,
    rules=RULES,
    quotas=(Quota(limit=limits.MEMBER_REQUESTS_PER_DAY, window=timedelta(days=1)),),
    limit_settings={
        "text_max_units": "linkedin.text.max_graphemes",
        "video_max_bytes": "linkedin.video.size_max",
    },
)
