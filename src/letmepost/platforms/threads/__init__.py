"""Threads, over Meta's Threads API."""

from datetime import timedelta

from letmepost.platform_kit.platform import Platform, PlatformVersion, Quota, SignedRequests
from letmepost.platforms.threads import limits
from letmepost.platforms.threads.connect import ThreadsConnect
from letmepost.platforms.threads.delete import ThreadsDeleter
from letmepost.platforms.threads.examine import ThreadsExaminer
from letmepost.platforms.threads.options import ThreadsOptions
from letmepost.platforms.threads.publish import ThreadsPublisher
from letmepost.platforms.threads.rules import RULES
from letmepost.platforms.threads.settings import VERSION, ThreadsSettings
from letmepost.platforms.threads.text import threads_length

PLATFORM = Platform(
    name="threads",
    title="Threads",
    maturity="simulated",
    version=PlatformVersion(
        current=VERSION,
        released_at=None,
        sunset_at=None,
        changelog_url="https://developers.facebook.com/docs/threads/changelog/",
        setting="version",
    ),
    settings=ThreadsSettings,
    options=ThreadsOptions,
    rules=RULES,
    connector=ThreadsConnect(),
    publishes_by=ThreadsPublisher(),
    deletes_by=ThreadsDeleter(),
    examined_by=ThreadsExaminer(),
    takes_first_comment=True,
    reads_back=True,
    signed_requests=SignedRequests(family="meta", user_detail="metaUserId"),
    fetches_media_urls=True,
    counters={limits.TEXT_LENGTH.unit: threads_length},
    threads_field="thread",
    quotas=(Quota(limit=limits.POSTS_PER_DAY, window=timedelta(days=1)),),
)
