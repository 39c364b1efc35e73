"""Instagram, over Meta's content publishing API."""

from datetime import date, timedelta

from letmepost.platform_kit.platform import Platform, PlatformVersion, Quota, SignedRequests
from letmepost.platforms.instagram import limits
from letmepost.platforms.instagram.connect import InstagramConnect, from_page
from letmepost.platforms.instagram.delete import InstagramDeleter
from letmepost.platforms.instagram.examine import InstagramExaminer
from letmepost.platforms.instagram.fields import takes_bytes
from letmepost.platforms.instagram.options import InstagramOptions
from letmepost.platforms.instagram.publish import InstagramPublisher
from letmepost.platforms.instagram.rules import RULES
from letmepost.platforms.instagram.settings import VERSION, InstagramSettings

PLATFORM = Platform(
    name="instagram",
    title="Instagram",
    maturity="simulated",
    version=PlatformVersion(
        current=VERSION,
        released_at=date(2026, 2, 18),
        sunset_at=date(2028, 7, 29),
        changelog_url="https://developers.facebook.com/docs/graph-api/changelog/versions/",
        next="v26.0",
        setting="version",
    ),
    settings=InstagramSettings,
    options=InstagramOptions,
    rules=RULES,
    connector=InstagramConnect(),
    takes_links={"instagram_business_account": from_page},
    publishes_by=InstagramPublisher(),
    deletes_by=InstagramDeleter(),
    examined_by=InstagramExaminer(),
    takes_first_comment=True,
    reads_back=True,
    signed_requests=SignedRequests(family="meta", user_detail="metaUserId"),
    fetches_media_urls=True,
    takes_bytes=takes_bytes,
    quotas=(Quota(limit=limits.POSTS_PER_DAY, window=timedelta(days=1)),),
)
