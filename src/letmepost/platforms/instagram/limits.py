"""The numbers of Instagram, each with its unit, its source and the day it was read."""

from datetime import date

from letmepost.preflight.rule import Limit

_META = "https://developers.facebook.com/docs/instagram-platform"
MEDIA = f"{_META}/instagram-graph-api/reference/ig-user/media"
PUBLISHING = f"{_META}/content-publishing"
PUBLISHING_LIMIT = f"{_META}/instagram-graph-api/reference/ig-user/content_publishing_limit"
ERRORS = f"{_META}/instagram-graph-api/reference/error-codes"
PROFESSIONAL = "https://docs.letmepost.dev/preflight/instagram-account_type-requires_professional"

READ = date(2026, 11, 24)

CAPTION_UTF16 = Limit(2200, "UTF-16 units", MEDIA, READ)
HASHTAGS_COUNT = Limit(30, "hashtags", MEDIA, READ)
MENTIONS_COUNT = Limit(20, "mentions", MEDIA, READ)
COLLABORATORS_COUNT = Limit(3, "usernames", MEDIA, READ)
PRODUCT_TAGS_COUNT = Limit(5, "product tags", MEDIA, READ)
MEDIA_MIN = Limit(1, "items", MEDIA, READ)
CAROUSEL_MAX = Limit(10, "items", MEDIA, READ)
CAROUSEL_MIN = Limit(2, "items", PUBLISHING, READ)
ALT_TEXT_UTF16 = Limit(1000, "UTF-16 units", MEDIA, READ)
MEDIA_TYPES = Limit(
    frozenset({"image/jpeg", "video/mp4", "video/quicktime"}), "content type", PUBLISHING, READ
)
IMAGE_BYTES = Limit(8_000_000, "bytes", MEDIA, READ)
IMAGE_RATIO = Limit((0.8, 1.91), "width / height", MEDIA, READ)
IMAGE_RATIO_MIN = Limit(0.8, "width / height", MEDIA, READ)
IMAGE_RATIO_MAX = Limit(1.91, "width / height", MEDIA, READ)
IMAGE_WIDTH_MIN = Limit(320, "pixels", MEDIA, READ)
IMAGE_WIDTH_MAX = Limit(1440, "pixels", MEDIA, READ)
REEL_BYTES = Limit(300_000_000, "bytes", MEDIA, READ)
REEL_SECONDS_MIN = Limit(3, "seconds", MEDIA, READ)
REEL_SECONDS_MAX = Limit(900, "seconds", MEDIA, READ)
REEL_RATIO = Limit((0.01, 10), "width / height", MEDIA, READ)
REEL_RATIO_ADVISED = Limit(0.5625, "width / height", MEDIA, READ)
STORY_SECONDS = Limit(60, "seconds", MEDIA, READ)
STORY_VIDEO_BYTES = Limit(100_000_000, "bytes", MEDIA, READ)
STORY_RATIO = Limit((0.1, 10), "width / height", MEDIA, READ)
VIDEO_WIDTH = Limit(1920, "pixels", MEDIA, READ)
VIDEO_FRAME_RATE = Limit((23, 60), "frames per second", MEDIA, READ)
VIDEO_CODECS = Limit(frozenset({"h264", "hevc"}), "video codec", MEDIA, READ)
VIDEO_BITRATE = Limit(25_000_000, "bits per second", MEDIA, READ)
AUDIO_CODECS = Limit(frozenset({"aac"}), "audio codec", MEDIA, READ)
AUDIO_SAMPLE_RATE = Limit(48_000, "hertz", MEDIA, READ)
AUDIO_CHANNELS = Limit((1, 2), "channels", MEDIA, READ)
AUDIO_BITRATE = Limit(128_000, "bits per second", MEDIA, READ)
COVER_TYPES = Limit(frozenset({"image/jpeg"}), "content type", MEDIA, READ)
COVER_BYTES = Limit(8_000_000, "bytes", MEDIA, READ)
CONTAINER_HOURS = Limit(24, "hours", MEDIA, READ)
CONTAINERS_PER_DAY = Limit(400, "containers per day", MEDIA, READ)
POSTS_PER_DAY = Limit(50, "posts per day", PUBLISHING_LIMIT, READ)
