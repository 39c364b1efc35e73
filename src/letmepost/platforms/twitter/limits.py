"""The numbers of X, each with its unit, its source and the day it was read."""

from datetime import date

from letmepost.preflight.rule import Limit

_DOCS = "https://docs.x.com/x-api"
OPENAPI = "https://github.com/xdevplatform/docs/blob/main/openapi.json"
COUNTING = "https://docs.x.com/fundamentals/counting-characters"
CONFIG_V3 = "https://github.com/twitter/twitter-text/blob/master/config/v3.json"
EXTRACT_URLS = (
    "https://github.com/twitter/twitter-text/blob/master/js/src/extractUrlsWithIndices.js"
)
INVALID_CHARACTERS = (
    "https://github.com/twitter/twitter-text/blob/master/js/src/regexp/invalidCharsGroup.js"
)
INTEGRATE = f"{_DOCS}/posts/manage-tweets/integrate"
CREATE_POST = f"{_DOCS}/posts/create-post"
BEST_PRACTICES = f"{_DOCS}/media/quickstart/best-practices"
MEDIA_UPLOAD = f"{_DOCS}/media/quickstart/media-upload-chunked"
RATE_LIMITS = f"{_DOCS}/fundamentals/rate-limits"
RESPONSE_CODES = f"{_DOCS}/fundamentals/response-codes-and-errors"
PRICING = f"{_DOCS}/getting-started/pricing"
ORIGINAL_CHANGELOG = "https://github.com/letmepost/letmepost.dev/blob/main/docs/changelog.mdx"
ORIGINAL_SCHEMA = (
    "https://github.com/letmepost/letmepost.dev/blob/main/packages/schemas/src/post.ts"
)
LAUNCH_CAP = "https://docs.letmepost.dev/preflight/twitter-launch_cap-per_account"

READ = date(2026, 11, 24)

TEXT_WEIGHT = Limit(280, "weighted characters", CONFIG_V3, READ)
LONG_TEXT_WEIGHT = Limit(
    25_000,
    "weighted characters",
    ORIGINAL_CHANGELOG,
    READ,
    setting="TWITTER_LONG_TEXT_MAX_WEIGHT",
)
LINK_CHARACTERS = Limit(4096, "address characters", EXTRACT_URLS, READ)
CASHTAGS_COUNT = Limit(1, "cashtags", INTEGRATE, READ)
ID_DIGITS = Limit(19, "digits", OPENAPI, READ)
IMAGES_COUNT = Limit(4, "images", BEST_PRACTICES, READ)
GIFS_COUNT = Limit(1, "files", BEST_PRACTICES, READ)
TAGGED_USERS_COUNT = Limit(10, "users", OPENAPI, READ)
ALT_TEXT_UNITS = Limit(1000, "UTF-16 units", OPENAPI, READ)
MEDIA_TYPES = Limit(
    frozenset({"image/jpeg", "image/png", "image/webp", "image/gif", "video/mp4"}),
    "content type",
    BEST_PRACTICES,
    READ,
)
IMAGE_BYTES = Limit(5_000_000, "bytes", BEST_PRACTICES, READ)
GIF_BYTES = Limit(15_000_000, "bytes", BEST_PRACTICES, READ)
VIDEO_BYTES = Limit(512_000_000, "bytes", BEST_PRACTICES, READ)
GIF_FRAMES = Limit(350, "frames", BEST_PRACTICES, READ)
GIF_PIXELS = Limit(300_000_000, "pixels of all frames", BEST_PRACTICES, READ)
GIF_WIDTH = Limit(1280, "pixels", BEST_PRACTICES, READ)
GIF_HEIGHT = Limit(1080, "pixels", BEST_PRACTICES, READ)
VIDEO_SECONDS_MIN = Limit(0.5, "seconds", BEST_PRACTICES, READ)
VIDEO_SECONDS_MAX = Limit(140, "seconds", BEST_PRACTICES, READ, setting="TWITTER_VIDEO_MAX_SECONDS")
VIDEO_SIDE_MIN = Limit(32, "pixels", BEST_PRACTICES, READ)
VIDEO_LONG_SIDE = Limit(1280, "pixels", BEST_PRACTICES, READ)
VIDEO_SHORT_SIDE = Limit(1024, "pixels", BEST_PRACTICES, READ)
VIDEO_RATIO = Limit(3, "times the shorter side", BEST_PRACTICES, READ)
FRAMES_PER_SECOND = Limit(60, "frames per second", BEST_PRACTICES, READ)
VIDEO_CODECS = Limit(frozenset({"h264"}), "codec", BEST_PRACTICES, READ)
PIXEL_FORMATS = Limit(frozenset({"yuv420p", "yuvj420p"}), "pixel format", BEST_PRACTICES, READ)
AUDIO_CODECS = Limit(frozenset({"aac"}), "codec", BEST_PRACTICES, READ)
AUDIO_CHANNELS = Limit(2, "channels", BEST_PRACTICES, READ)
POLL_OPTIONS = Limit(4, "options", OPENAPI, READ)
POLL_MINUTES = Limit(10_080, "minutes", OPENAPI, READ)
POSTS_PER_15_MINUTES = Limit(100, "posts per 15 minutes", RATE_LIMITS, READ)
APP_POSTS_PER_DAY = Limit(10_000, "posts per day", RATE_LIMITS, READ)
LAUNCH_CAP_POSTS = Limit(50, "posts per 30 days", LAUNCH_CAP, READ)
