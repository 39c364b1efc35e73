"""What X would refuse: every rule of the platform, in the order in which it is reported."""

from functools import partial

from letmepost.content.errors import ErrorCode
from letmepost.platforms.twitter import limits
from letmepost.platforms.twitter.rules_media import MEDIA_RULES
from letmepost.platforms.twitter.rules_options import OPTION_RULES
from letmepost.platforms.twitter.rules_published import PUBLISHED_RULES
from letmepost.platforms.twitter.rules_text import TEXT_RULES
from letmepost.platforms.twitter.rules_video import VIDEO_RULES
from letmepost.preflight.rule import Rule, declared

_declared = partial(declared, platform="twitter")

MEDIA_REACHABLE = _declared(
    "twitter.media.reachable",
    field="media.url",
    code=ErrorCode.PREFLIGHT_FAILED,
    message="The address of the file answered {actual}; a file must answer 2xx without a login.",
    remediation="Use an address that opens in a private browser window, or upload the file first.",
    why="X takes bytes and fetches nothing, so the file is fetched here before anything is sent. "
    "A link to a file in a cloud drive mostly answers with a page about the file.",
    sources=((limits.MEDIA_UPLOAD, limits.READ),),
)
VIDEO_PROCESSING_FAILED = _declared(
    "twitter.media.video_processing_failed",
    phase="publish",
    field="media",
    code=ErrorCode.PLATFORM_REJECTED,
    message="X could not convert the video: {actual}.",
    remediation="Encode the video again as H.264 with AAC-LC sound in an MP4 file.",
    why="X converts videos and animated GIFs after the upload and before the post. It may refuse "
    "a file then which it took byte by byte; no post has been made.",
    sources=((limits.MEDIA_UPLOAD, limits.READ),),
)
PROCESSING_TIMEOUT = _declared(
    "twitter.media.processing_timeout",
    phase="publish",
    field="media",
    code=ErrorCode.PLATFORM_UNAVAILABLE,
    message="X has not finished the video after {actual} seconds.",
    remediation="Retry later. X forgets an uploaded file after 24 hours; it is then sent again.",
    why="X says itself how long to wait before the next look. No post is made before it is done, "
    "so a retry cannot make a second one.",
    sources=((limits.MEDIA_UPLOAD, limits.READ),),
)
MUST_BE_SUMMONED = _declared(
    "twitter.reply.must_be_summoned",
    phase="publish",
    severity="warning",
    field="options.replyToTweetId",
    message="X takes the reply only if the author of that post mentioned or quoted this account.",
    remediation="Reply to own posts, or to posts that mention the account.",
    why="Since February 2026 apps of the self-serve plans may answer only those who called for "
    "it. Whether somebody did cannot be seen without reading the post, which X bills.",
    sources=((limits.INTEGRATE, limits.READ),),
)
POSTS_PER_USER = _declared(
    "twitter.rate.posts_user",
    phase="publish",
    field="account",
    code=ErrorCode.RATE_LIMITED,
    limit=limits.POSTS_PER_15_MINUTES,
    message="X takes no more posts of this account in this quarter of an hour.",
    remediation="Nothing: the post is tried again when the window is over.",
    why="X counts for each account in windows of 15 minutes. Another of its own pages says 200, "
    "and 300 in three hours; the table of rate limits is the one that is used.",
)
POSTS_PER_APP = _declared(
    "twitter.rate.posts_app",
    phase="publish",
    field="account",
    code=ErrorCode.RATE_LIMITED,
    limit=limits.APP_POSTS_PER_DAY,
    message="X takes no more posts of this app today.",
    remediation="Nothing: the post is tried again when the day is over.",
    why="All accounts that are connected through one app share this number. The headers of the "
    "15-minute window may still show plenty left while the day is used up.",
)
LAUNCH_CAP = _declared(
    "twitter.launch_cap.per_account",
    phase="publish",
    field="account",
    code=ErrorCode.RATE_LIMITED,
    status="retired",
    successor="twitter.rate.posts_user",
    limit=limits.LAUNCH_CAP_POSTS,
    message="The account has used the posts that its operator pays for.",
    remediation="Wait until the oldest of them is 30 days old.",
    why="X bills every post to the owner of the app, up to $0.20 for one with a link, so the "
    "hosted service of the original caps its accounts. Whoever runs this server pays X directly "
    "and sets a spending limit there.",
    difference="The original refuses the 51st post in 30 days; this server has no such cap.",
)
WEIGHTED_LENGTH = _declared(
    "twitter.text.weighted_length",
    field="text",
    code=ErrorCode.PREFLIGHT_FAILED,
    status="alias",
    successor="twitter.text.max_graphemes",
    limit=limits.TEXT_WEIGHT,
    message="The text weighs more characters than X accepts.",
    remediation="Shorten the text.",
    why="The same limit as twitter.text.max_graphemes, which is the id that is raised, and which "
    "counts weight in spite of its name.",
)
REQUIRED_WITHOUT_MEDIA = _declared(
    "twitter.text.required_without_media",
    field="text",
    code=ErrorCode.PREFLIGHT_FAILED,
    status="alias",
    successor="twitter.text.non_empty",
    message="The text is empty and the post has no media.",
    remediation="Write a text, or attach something.",
    why="The same limit as twitter.text.non_empty, which is the id that is raised.",
    sources=((limits.OPENAPI, limits.READ),),
)
ALT_TEXT_CHARACTERS = _declared(
    "twitter.media.alt_text_max_chars",
    field="media.altText",
    code=ErrorCode.PREFLIGHT_FAILED,
    status="alias",
    successor="twitter.media.alt_text_max_graphemes",
    limit=limits.ALT_TEXT_UNITS,
    message="The alt text is longer than X accepts.",
    remediation="Shorten the alt text.",
    why="The same limit as twitter.media.alt_text_max_graphemes, which is the id that is raised, "
    "and which counts UTF-16 units in spite of its name.",
)
SINGLE_ONLY = _declared(
    "twitter.media.single_only",
    field="media",
    code=ErrorCode.PREFLIGHT_FAILED,
    status="retired",
    successor="twitter.media.count_max",
    message="The post has more than one file.",
    remediation="Nothing: up to four images go together.",
    why="The first version of the original took one file a post. X takes up to four images.",
    sources=((limits.BEST_PRACTICES, limits.READ),),
    difference="X's own document allows four images, so one file is no limit any more.",
)
POLL_OPTIONS = _declared(
    "twitter.poll.options",
    field="options",
    limit=limits.POLL_OPTIONS,
    message="A poll has 2 to {limit} answers of 1 to 25 characters each.",
    remediation="Publish polls in X's own app; posts here have no field for one.",
    why="The number is kept for the day on which posts can hold a poll. Until then a poll in "
    "`options` is refused as a field that does not exist.",
)
POLL_DURATION = _declared(
    "twitter.poll.duration",
    field="options",
    limit=limits.POLL_MINUTES,
    message="A poll is open for 5 to {limit} minutes.",
    remediation="Publish polls in X's own app; posts here have no field for one.",
    why="The number is kept for the day on which posts can hold a poll: 10,080 minutes are seven "
    "days to the minute.",
)
POLL_BESIDE_MEDIA = _declared(
    "twitter.poll.media_exclusive",
    field="options",
    message="A post has a poll or media, not both.",
    remediation="Publish polls in X's own app; posts here have no field for one.",
    why="A poll takes the place in which media are shown. Posts here cannot hold a poll yet.",
    sources=((limits.CREATE_POST, limits.READ),),
)

RULES: tuple[Rule, ...] = (
    *TEXT_RULES,
    *OPTION_RULES,
    *MEDIA_RULES,
    *VIDEO_RULES,
    MEDIA_REACHABLE,
    VIDEO_PROCESSING_FAILED,
    PROCESSING_TIMEOUT,
    MUST_BE_SUMMONED,
    POSTS_PER_USER,
    POSTS_PER_APP,
    LAUNCH_CAP,
    WEIGHTED_LENGTH,
    REQUIRED_WITHOUT_MEDIA,
    ALT_TEXT_CHARACTERS,
    SINGLE_ONLY,
    POLL_OPTIONS,
    POLL_DURATION,
    POLL_BESIDE_MEDIA,
    *PUBLISHED_RULES,
)
