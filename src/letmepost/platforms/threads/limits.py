"""The numbers of Threads, each with its unit, its source and the day it was read."""

from datetime import date

from letmepost.preflight.rule import Limit

_META = "https://developers.facebook.com"
OVERVIEW = f"{_META}/docs/threads/overview"
POSTS = f"{_META}/docs/threads/posts"
ACCESSIBILITY = f"{_META}/documentation/threads/posts/accessibility"
TEXT_ATTACHMENTS = f"{_META}/documentation/threads/create-posts/text-attachments"

READ = date(2026, 11, 24)

TEXT_LENGTH = Limit(500, "Threads characters", POSTS, READ)
LINKS_COUNT = Limit(5, "links", TEXT_ATTACHMENTS, READ)
TOPIC_TAG_CHARACTERS = Limit((1, 50), "characters", POSTS, READ)
TEXT_ATTACHMENT_CHARACTERS = Limit(10_000, "characters", TEXT_ATTACHMENTS, READ)
MEDIA_COUNT = Limit(20, "items", OVERVIEW, READ)
ALT_TEXT_UTF16 = Limit(1000, "UTF-16 units", ACCESSIBILITY, READ)
MEDIA_TYPES = Limit(
    frozenset({"image/jpeg", "image/png", "video/mp4", "video/quicktime"}),
    "content type",
    OVERVIEW,
    READ,
)
IMAGE_BYTES = Limit(8_000_000, "bytes", OVERVIEW, READ)
IMAGE_RATIO = Limit(10, "times the shorter side", OVERVIEW, READ)
IMAGE_WIDTH_MIN = Limit(320, "pixels", OVERVIEW, READ)
IMAGE_WIDTH_MAX = Limit(1440, "pixels", OVERVIEW, READ)
VIDEO_BYTES = Limit(1_000_000_000, "bytes", OVERVIEW, READ)
VIDEO_SECONDS_MAX = Limit(300, "seconds", OVERVIEW, READ)
VIDEO_SECONDS_MIN = Limit(0, "seconds", OVERVIEW, READ)
VIDEO_WIDTH = Limit(1920, "pixels", OVERVIEW, READ)
VIDEO_RATIO = Limit((0.01, 10), "width / height", OVERVIEW, READ)
VIDEO_FRAME_RATE = Limit((23, 60), "frames per second", OVERVIEW, READ)
VIDEO_CODECS = Limit(frozenset({"h264", "hevc"}), "video codec", OVERVIEW, READ)
VIDEO_BITRATE = Limit(100_000_000, "bits per second", OVERVIEW, READ)
AUDIO_CODECS = Limit(frozenset({"aac"}), "audio codec", OVERVIEW, READ)
AUDIO_SAMPLE_RATE = Limit(48_000, "hertz", OVERVIEW, READ)
AUDIO_CHANNELS = Limit((1, 2), "channels", OVERVIEW, READ)
CONTAINER_HOURS = Limit(24, "hours", POSTS, READ)
POSTS_PER_DAY = Limit(250, "posts per day", OVERVIEW, READ)
REPLIES_PER_DAY = Limit(1000, "replies per day", OVERVIEW, READ)
