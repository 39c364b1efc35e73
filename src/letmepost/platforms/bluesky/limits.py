"""The numbers of Bluesky, each with its unit, its source and the day it was read."""

from datetime import date

from letmepost.preflight.rule import Limit

_LEXICONS = "https://github.com/bluesky-social/atproto/blob/main/lexicons"
POST = f"{_LEXICONS}/app/bsky/feed/post.json"
FACET = f"{_LEXICONS}/app/bsky/richtext/facet.json"
IMAGES = f"{_LEXICONS}/app/bsky/embed/images.json"
GALLERY = f"{_LEXICONS}/app/bsky/embed/gallery.json"
VIDEO = f"{_LEXICONS}/app/bsky/embed/video.json"
EXTERNAL = f"{_LEXICONS}/app/bsky/embed/external.json"
UPLOAD_LIMITS = f"{_LEXICONS}/app/bsky/video/getUploadLimits.json"
RATE_LIMITS = "https://docs.bsky.app/docs/advanced-guides/rate-limits"
VIDEO_TUTORIAL = "https://docs.bsky.app/docs/tutorials/video"
APP_PASSWORDS = "https://bsky.app/settings/app-passwords"

READ = date(2026, 11, 24)

TEXT_GRAPHEMES = Limit(300, "graphemes", POST, READ)
TEXT_BYTES = Limit(3000, "bytes", POST, READ)
ALT_TEXT_GRAPHEMES = Limit(2000, "graphemes", IMAGES, READ)
IMAGES_COUNT = Limit(4, "images", IMAGES, READ)
GALLERY_COUNT = Limit(20, "images", GALLERY, READ)
GALLERY_COUNT_SOFT = Limit(10, "images", GALLERY, READ)
GALLERY_SIDE = Limit(1, "pixels", GALLERY, READ)
IMAGE_BYTES = Limit(1_000_000, "bytes", IMAGES, READ, setting="BLUESKY_IMAGE_MAX_BYTES")
VIDEO_BYTES = Limit(300_000_000, "bytes", VIDEO, READ)
VIDEO_SECONDS = Limit(600, "seconds", VIDEO_TUTORIAL, READ, setting="BLUESKY_VIDEO_MAX_SECONDS")
BLOB_BYTES = Limit(52_428_800, "bytes", RATE_LIMITS, READ)
IMAGE_TYPES = Limit(
    frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"}), "content type", IMAGES, READ
)
VIDEO_TYPES = Limit(frozenset({"video/mp4"}), "content type", VIDEO, READ)
MEDIA_TYPES = Limit(IMAGE_TYPES.value | VIDEO_TYPES.value, "content type", IMAGES, READ)
CAPTIONS_COUNT = Limit(20, "files", VIDEO, READ)
CAPTION_BYTES = Limit(20_000, "bytes", VIDEO, READ)
LANGS_COUNT = Limit(3, "languages", POST, READ)
TAGS_COUNT = Limit(8, "tags", POST, READ)
TAG_GRAPHEMES = Limit(64, "graphemes", FACET, READ)
TAG_BYTES = Limit(640, "bytes", FACET, READ)
THUMB_BYTES = Limit(1_000_000, "bytes", EXTERNAL, READ)
VIDEOS_PER_DAY = Limit(25, "videos per day", UPLOAD_LIMITS, READ)
VIDEO_BYTES_PER_DAY = Limit(10_000_000_000, "bytes per day", UPLOAD_LIMITS, READ)
CREATES_PER_HOUR = Limit(1666, "records per hour", RATE_LIMITS, READ)
CREATES_PER_DAY = Limit(11_666, "records per day", RATE_LIMITS, READ)
SESSIONS_PER_DAY = Limit(300, "logins per day", RATE_LIMITS, READ)
APP_PASSWORD_CHARACTERS = Limit(19, "characters", APP_PASSWORDS, READ)
