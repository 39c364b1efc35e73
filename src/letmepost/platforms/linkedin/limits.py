"""The numbers of LinkedIn, each with its unit, its source and the day it was read."""

from datetime import date

from letmepost.content.media_facts import DOCUMENT_TYPES as KNOWN_DOCUMENT_TYPES
from letmepost.preflight.rule import Limit

_SHARES = "https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares"
POSTS = f"{_SHARES}/posts-api"
LITTLE_TEXT = f"{_SHARES}/little-text-format"
IMAGES = f"{_SHARES}/images-api"
MULTI_IMAGE = f"{_SHARES}/multiimage-post-api"
VIDEOS = f"{_SHARES}/videos-api"
DOCUMENTS = f"{_SHARES}/documents-api"
COMMENTS = f"{_SHARES}/comments-api"
POLLS = f"{_SHARES}/poll-post-api"
RATE_LIMITS = "https://learn.microsoft.com/en-us/linkedin/shared/api-guide/concepts/rate-limits"
MIGRATIONS = "https://learn.microsoft.com/en-us/linkedin/marketing/integrations/migrations"
TOO_LONG_ERROR = "https://github.com/n8n-io/n8n/issues/22899"
DUPLICATES = "https://github.com/Arisamiga/Linkedin-RSS/issues/5"
CUT_TEXT = "https://github.com/ComposioHQ/composio/issues/2710"
RATIO_GUIDE = "https://www.ayrshare.com/docs/media-guidelines/linkedin.md"
ORIGINAL_UNRESOLVED = "https://docs.letmepost.dev/preflight/linkedin-author-unresolved"
ORIGINAL_AUTHOR = "https://docs.letmepost.dev/preflight/linkedin-author-urn_format"
ORIGINAL_ORGANIZATION = "https://docs.letmepost.dev/preflight/linkedin-author-org_not_supported"

READ = date(2026, 11, 24)

TEXT_CHARACTERS = Limit(1, "visible characters", POSTS, READ)
TEXT_UNITS = Limit(3000, "UTF-16 units", TOO_LONG_ERROR, READ, setting="LINKEDIN_TEXT_MAX_UNITS")
VISIBILITIES = Limit(frozenset({"PUBLIC", "CONNECTIONS"}), "value", POSTS, READ)
IMAGES_COUNT = Limit(20, "images", MULTI_IMAGE, READ)
VIDEOS_COUNT = Limit(1, "videos", POSTS, READ)
MEDIA_TYPES = Limit(
    frozenset({"image/jpeg", "image/png", "image/gif", "video/mp4"}), "content type", IMAGES, READ
)
IMAGE_PIXELS = Limit(36_152_320, "pixels", IMAGES, READ)
GIF_FRAMES = Limit(250, "frames", IMAGES, READ)
ALT_TEXT_UNITS = Limit(4086, "UTF-16 units", MULTI_IMAGE, READ)
ALT_TEXT_RECOMMENDED = Limit(120, "characters", MULTI_IMAGE, READ)
VIDEO_SECONDS_MIN = Limit(3, "seconds", VIDEOS, READ)
VIDEO_SECONDS_MAX = Limit(1800, "seconds", VIDEOS, READ)
VIDEO_BYTES_MIN = Limit(76_800, "bytes", VIDEOS, READ)
VIDEO_BYTES_MAX = Limit(500_000_000, "bytes", VIDEOS, READ, setting="LINKEDIN_VIDEO_MAX_BYTES")
VIDEO_RATIO = Limit(2.4, "times the shorter side", RATIO_GUIDE, READ)
DOCUMENT_BYTES = Limit(100_000_000, "bytes", DOCUMENTS, READ)
DOCUMENT_PAGES = Limit(300, "pages", DOCUMENTS, READ)
DOCUMENT_TYPES = Limit(KNOWN_DOCUMENT_TYPES, "content type", DOCUMENTS, READ)
POLL_OPTIONS = Limit(4, "options", POLLS, READ)
POLL_QUESTION = Limit(140, "characters", POLLS, READ)
POLL_OPTION = Limit(30, "characters", POLLS, READ)
MEMBER_REQUESTS_PER_DAY = Limit(150, "requests per day", RATE_LIMITS, READ)
