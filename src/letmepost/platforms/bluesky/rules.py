"""What Bluesky would refuse: every rule of the platform, in the order in which it is reported."""

from letmepost.content.errors import ErrorCode
from letmepost.platforms.bluesky import limits
from letmepost.platforms.bluesky.rules_media import MEDIA_RULES
from letmepost.platforms.bluesky.rules_options import OPTION_RULES
from letmepost.platforms.bluesky.rules_references import REFERENCE_RULES
from letmepost.platforms.bluesky.rules_text import TEXT_RULES
from letmepost.preflight.rule import Rule, declared

MEDIA_REACHABLE = declared(
    "bluesky.media.reachable",
    platform="bluesky",
    field="media.url",
    code=ErrorCode.PREFLIGHT_FAILED,
    message="The address of the file answered {actual}; a file must answer 2xx without a login.",
    remediation="Use an address that opens in a private browser window, or upload the file first.",
    why="The file is fetched here before anything is sent, and its bytes are checked.",
    sources=((limits.IMAGES, limits.READ),),
)
APP_PASSWORD_FORMAT = declared(
    "bluesky.credentials.app_password_format",
    platform="bluesky",
    phase="connect",
    field="appPassword",
    limit=limits.APP_PASSWORD_CHARACTERS,
    message="The password does not look like an app password: xxxx-xxxx-xxxx-xxxx.",
    remediation="Make an app password in Bluesky under Settings, Privacy and security, "
    "App passwords. The account's own password is never needed here.",
    why="An app password can be revoked alone and cannot delete the account or change its "
    "e-mail address. The account's own password would let us do all of that, so it is refused "
    "before it is sent anywhere.",
)
VIDEO_SERVICE_MISSING = declared(
    "bluesky.video.service_unavailable",
    platform="bluesky",
    phase="publish",
    field="media",
    code=ErrorCode.PLATFORM_REJECTED,
    message="The account's server cannot publish videos: {actual}.",
    remediation="Publish images instead, or move the account to a server with a video service.",
    why="Videos are turned into streams by a video service, which asks the account's server for "
    "permission. A self-hosted server without one would keep the bytes and show no video.",
    sources=((limits.VIDEO_TUTORIAL, limits.READ),),
)
VIDEO_QUOTA = declared(
    "bluesky.video.quota_exhausted",
    platform="bluesky",
    phase="publish",
    field="media",
    code=ErrorCode.PLATFORM_UNAVAILABLE,
    message="The account may upload no more videos today: {actual}.",
    remediation="Wait until tomorrow, or publish images.",
    why="The video service is asked before the bytes are sent, so a full quota costs no upload.",
    sources=((limits.UPLOAD_LIMITS, limits.READ),),
)
VIDEO_COUNT_PER_DAY = declared(
    "bluesky.video.count_per_day",
    platform="bluesky",
    phase="publish",
    field="media",
    status="alias",
    successor="bluesky.video.quota_exhausted",
    limit=limits.VIDEOS_PER_DAY,
    message="The account has uploaded its videos of the day.",
    remediation="Wait until tomorrow.",
    why="The video service counts videos a day; its live answer is used, not this figure.",
)
VIDEO_BYTES_PER_DAY = declared(
    "bluesky.video.bytes_per_day",
    platform="bluesky",
    phase="publish",
    field="media",
    status="alias",
    successor="bluesky.video.quota_exhausted",
    limit=limits.VIDEO_BYTES_PER_DAY,
    message="The account has uploaded its video bytes of the day.",
    remediation="Wait until tomorrow.",
    why="The video service counts bytes a day; its live answer is used, not this figure.",
)
VIDEO_JOB_FAILED = declared(
    "bluesky.video.job_failed",
    platform="bluesky",
    phase="publish",
    field="media",
    code=ErrorCode.PLATFORM_REJECTED,
    message="Bluesky could not turn the video into a stream: {actual}.",
    remediation="Encode the video again as H.264 with AAC sound in an MP4 file.",
    why="The service names the step that failed; the file is uploaded once more before we stop.",
    sources=((limits.VIDEO_TUTORIAL, limits.READ),),
)
VIDEO_TRANSCODE_TIMEOUT = declared(
    "bluesky.video.transcode_timeout",
    platform="bluesky",
    phase="publish",
    field="media",
    code=ErrorCode.PLATFORM_UNAVAILABLE,
    message="Bluesky has not finished the video after {actual} seconds.",
    remediation="Retry later; the upload is found again by its bytes.",
    why="Long videos take minutes. No post is made before the stream is ready.",
    sources=((limits.VIDEO_TUTORIAL, limits.READ),),
)
EMAIL_VERIFIED = declared(
    "bluesky.account.email_verified",
    platform="bluesky",
    phase="publish",
    field="media",
    code=ErrorCode.PLATFORM_REJECTED,
    message="Bluesky takes videos only from accounts with a verified e-mail address.",
    remediation="Verify the address in Bluesky under Settings, Account, then retry.",
    why="The video service refuses uploads of unverified accounts; text and images still work.",
    sources=((limits.VIDEO_TUTORIAL, limits.READ),),
)
EXTERNAL_THUMB = declared(
    "bluesky.external.thumb_size_max",
    platform="bluesky",
    severity="warning",
    field="options.card",
    code=ErrorCode.PREFLIGHT_FAILED,
    limit=limits.THUMB_BYTES,
    message="The picture of the linked page is larger than {limit} bytes and is left out.",
    remediation="Give the page a smaller og:image, or attach an image to the post.",
    why="A link card's picture is capped in bytes. The card is published without it: the picture "
    "of somebody else's page never stops a post.",
)
VIDEO_CONTAINER = declared(
    "bluesky.video.container",
    platform="bluesky",
    field="media",
    status="alias",
    successor="bluesky.media.mime_allowed",
    code=ErrorCode.PREFLIGHT_FAILED,
    message="The video is not an MP4 file.",
    remediation="Convert the video to MP4.",
    why="The container is part of the type that is read from the bytes.",
    sources=((limits.VIDEO, limits.READ),),
)
REQUIRED_WITHOUT_EMBED = declared(
    "bluesky.text.required_without_embed",
    platform="bluesky",
    field="text",
    status="alias",
    successor="bluesky.text.non_empty",
    code=ErrorCode.PREFLIGHT_FAILED,
    message="The text is empty and the post has nothing else.",
    remediation="Write a text, or attach something.",
    why="The same limit as bluesky.text.non_empty, which is the id that is raised.",
    sources=((limits.POST, limits.READ),),
)
CREATES_PER_HOUR = declared(
    "bluesky.rate.creates_per_hour",
    platform="bluesky",
    phase="publish",
    field="account",
    code=ErrorCode.PLATFORM_UNAVAILABLE,
    limit=limits.CREATES_PER_HOUR,
    message="Bluesky takes no more posts of this account this hour.",
    remediation="Nothing: the post is tried again when the hour is over.",
    why="A server counts 5,000 points an hour for an account, and a new record costs three.",
)
CREATES_PER_DAY = declared(
    "bluesky.rate.creates_per_day",
    platform="bluesky",
    phase="publish",
    field="account",
    code=ErrorCode.PLATFORM_UNAVAILABLE,
    limit=limits.CREATES_PER_DAY,
    message="Bluesky takes no more posts of this account today.",
    remediation="Nothing: the post is tried again when the day is over.",
    why="A server counts 35,000 points a day for an account, and a new record costs three.",
)
SESSIONS_PER_DAY = declared(
    "bluesky.rate.sessions_per_day",
    platform="bluesky",
    phase="publish",
    field="account",
    code=ErrorCode.PLATFORM_UNAVAILABLE,
    limit=limits.SESSIONS_PER_DAY,
    message="Bluesky takes no more logins of this account today.",
    remediation="Wait; sessions are renewed without logging in, so this is rare.",
    why="Logins are counted for the account and the address that they come from.",
)
MENTION_UNRESOLVED = declared(
    "bluesky.mention.unresolved",
    platform="bluesky",
    phase="publish",
    severity="warning",
    field="text",
    message="@{actual} is not a known handle, so it is published as plain text.",
    remediation="Correct the handle; it must be whole, such as alice.bsky.social.",
    why="A mention is a link to an account's DID. A handle that leads to none stays text, as in "
    "Bluesky's own client.",
    sources=((limits.FACET, limits.READ),),
)
FIRST_COMMENT_MISSING = declared(
    "bluesky.first_comment.not_published",
    platform="bluesky",
    phase="publish",
    severity="warning",
    field="firstComment",
    message="The post is published, its first comment is not: {actual}",
    remediation="Write the comment by hand, or as a reply with options.replyToUri.",
    why="The post was there already when its comment was refused, and is not taken back.",
    sources=((limits.POST, limits.READ),),
)

RULES: tuple[Rule, ...] = (
    *TEXT_RULES,
    *OPTION_RULES,
    *REFERENCE_RULES,
    *MEDIA_RULES,
    MEDIA_REACHABLE,
    APP_PASSWORD_FORMAT,
    VIDEO_SERVICE_MISSING,
    VIDEO_QUOTA,
    VIDEO_COUNT_PER_DAY,
    VIDEO_BYTES_PER_DAY,
    VIDEO_JOB_FAILED,
    VIDEO_TRANSCODE_TIMEOUT,
    EMAIL_VERIFIED,
    EXTERNAL_THUMB,
    MENTION_UNRESOLVED,
    FIRST_COMMENT_MISSING,
    VIDEO_CONTAINER,
    REQUIRED_WITHOUT_EMBED,
    CREATES_PER_HOUR,
    CREATES_PER_DAY,
    SESSIONS_PER_DAY,
)
