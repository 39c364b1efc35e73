"""The numbers of Pinterest, each with its unit, its source and the day it was read."""

from datetime import date

from letmepost.preflight.rule import Limit

OPENAPI = "https://github.com/pinterest/api-description/blob/main/v5/openapi.yaml"
SPECS = "https://help.pinterest.com/en/business/article/pinterest-product-specs"
ACCESS_TIERS = "https://developers.pinterest.com/docs/key-concepts/access-tiers/"
SIZES_GUIDE = "https://www.ayrshare.com/docs/media-guidelines/pinterest.md"
_ORIGINAL = "https://docs.letmepost.dev/preflight"
ORIGINAL_IMAGE_URL = f"{_ORIGINAL}/pinterest-image_url-reachable"
ORIGINAL_DESTINATION = f"{_ORIGINAL}/pinterest-destination_url-reachable"
ORIGINAL_URL = f"{_ORIGINAL}/pinterest-url-reachable"
ORIGINAL_COVER_URL = f"{_ORIGINAL}/pinterest-cover_image_url-reachable"
ORIGINAL_COVER_TYPE = f"{_ORIGINAL}/pinterest-cover_image-mime_allowed"
ORIGINAL_PUBLISHER = (
    "https://github.com/letmepost/letmepost.dev/blob/main/apps/api/src/platforms/pinterest/"
    "publisher.ts"
)
ORIGINAL_TRIAL = "https://github.com/letmepost/letmepost.dev/blob/main/docs/platforms/pinterest.mdx"

READ = date(2026, 11, 24)

FILES_COUNT = Limit(1, "files", OPENAPI, READ)
CAROUSEL_COUNT = Limit(5, "images", OPENAPI, READ)
TITLE_UNITS = Limit(100, "UTF-16 units", OPENAPI, READ)
DESCRIPTION_UNITS = Limit(800, "UTF-16 units", OPENAPI, READ)
DESCRIPTION_RECOMMENDED = Limit(500, "UTF-16 units", SPECS, READ)
ALT_TEXT_UNITS = Limit(500, "UTF-16 units", OPENAPI, READ)
LINK_UNITS = Limit(2048, "UTF-16 units", OPENAPI, READ)
IMAGE_TYPES = Limit(frozenset({"image/jpeg", "image/png"}), "content type", OPENAPI, READ)
IMAGE_BYTES = Limit(20_000_000, "bytes", SPECS, READ, setting="PINTEREST_IMAGE_MAX_BYTES")
IMAGE_RATIO = Limit(1.5, "times the width", SPECS, READ)
VIDEO_TYPES = Limit(
    frozenset({"video/mp4", "video/quicktime", "video/x-m4v"}), "content type", SPECS, READ
)
VIDEO_BYTES = Limit(2_000_000_000, "bytes", SPECS, READ)
VIDEO_SECONDS_MIN = Limit(4, "seconds", SPECS, READ)
VIDEO_SECONDS_MAX = Limit(900, "seconds", SPECS, READ)
VIDEO_WIDEST = Limit(1.91, "times the height", SPECS, READ)
VIDEO_TALLEST = Limit(2, "times the width", SPECS, READ)
VIDEO_CODECS = Limit(frozenset({"h264", "hevc"}), "codec", SPECS, READ)
COVERS_COUNT = Limit(1, "fields", OPENAPI, READ)
TRANSCODE_SECONDS = Limit(300, "seconds", ORIGINAL_PUBLISHER, READ)
