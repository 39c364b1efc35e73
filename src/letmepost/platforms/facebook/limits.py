"""The numbers of Facebook Pages, each with its unit, its source and the day it was read."""

from datetime import date

from letmepost.preflight.rule import Limit

_META = "https://developers.facebook.com/docs"
PHOTOS = f"{_META}/graph-api/reference/page/photos"
FEED = f"{_META}/graph-api/reference/page/feed"
VIDEOS = f"{_META}/video-api/guides/publishing"
REELS = f"{_META}/video-api/guides/reels-publishing"
STORIES = f"{_META}/page-stories-api"
# Where Meta's own pages state no figure, the pages that do.
TEXT = "https://github.com/letmepost/letmepost.dev/blob/main/docs/platforms/facebook.mdx"
COUNT = "https://docs.letmepost.dev/preflight/facebook-media-count_max"
SIZE = "https://docs.letmepost.dev/preflight/facebook-media-video_size_max"
DURATION = "https://www.ayrshare.com/docs/media-guidelines/facebook-pages.md"

COMMENTS = f"{_META}/graph-api/reference/object/comments"

READ = date(2026, 11, 24)

TEXT_UTF16 = Limit(63_206, "UTF-16 units", TEXT, READ)
IMAGES_COUNT = Limit(10, "images", COUNT, READ, setting="FACEBOOK_IMAGES_MAX_COUNT")
IMAGE_TYPES = frozenset({"image/jpeg", "image/png", "image/gif", "image/bmp", "image/tiff"})
VIDEO_TYPES = frozenset({"video/mp4", "video/quicktime"})
MEDIA_TYPES = Limit(IMAGE_TYPES | VIDEO_TYPES, "content type", PHOTOS, READ)
IMAGE_BYTES = Limit(10_000_000, "bytes", PHOTOS, READ, setting="FACEBOOK_IMAGE_MAX_BYTES")
PNG_BYTES = Limit(1_000_000, "bytes", PHOTOS, READ)
VIDEO_BYTES = Limit(4_000_000_000, "bytes", SIZE, READ, setting="FACEBOOK_VIDEO_MAX_BYTES")
VIDEO_SECONDS = Limit(14_400, "seconds", DURATION, READ, setting="FACEBOOK_VIDEO_MAX_SECONDS")
STORY_PHOTO_BYTES = Limit(10_000_000, "bytes", STORIES, READ)
REEL_SECONDS = Limit((3, 90), "seconds", REELS, READ)
REEL_RATIO = Limit(0.5625, "width / height", REELS, READ)
REEL_WIDTH = Limit(540, "pixels", REELS, READ)
REEL_HEIGHT = Limit(960, "pixels", REELS, READ)
REEL_FRAME_RATE = Limit((24, 60), "frames per second", REELS, READ)
REEL_CODECS = Limit(frozenset({"h264", "hevc", "vp9", "av1"}), "video codec", REELS, READ)
REELS_PER_DAY = Limit(30, "reels per day", REELS, READ)
PAGES_COUNT = Limit(1, "Facebook Pages", TEXT, READ)
SCHEDULE_SECONDS = Limit((600, 6_480_000), "seconds ahead", FEED, READ)
