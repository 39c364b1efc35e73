"""What Facebook would refuse: every rule of the platform, in the order in which it is reported."""

from letmepost.content.errors import ErrorCode
from letmepost.platforms.facebook import limits
from letmepost.platforms.facebook.rules_media import MEDIA_RULES
from letmepost.platforms.facebook.rules_post import POST_RULES
from letmepost.preflight.rule import Rule, declared

TEXT_UTF16 = declared(
    "facebook.text.max_utf16",
    platform="facebook",
    field="text",
    status="alias",
    successor="facebook.text.max_graphemes",
    code=ErrorCode.PREFLIGHT_FAILED,
    limit=limits.TEXT_UTF16,
    message="The text is too long.",
    remediation="Shorten the text.",
    why="The same limit as facebook.text.max_graphemes, which keeps the name that clients know "
    "and counts UTF-16 units.",
)
SCHEDULE_WINDOW = declared(
    "facebook.schedule.window",
    platform="facebook",
    field="scheduledAt",
    status="retired",
    code=ErrorCode.PREFLIGHT_FAILED,
    limit=limits.SCHEDULE_SECONDS,
    message="Facebook keeps posts from 10 minutes to 75 days ahead.",
    remediation="Nothing: posts wait here until their time, and Facebook gets them then.",
    why="Facebook can keep a post until its time, from 10 minutes to 75 days ahead; another page "
    "of its own says 30 days. This server never asks it to: it keeps every post itself, so a "
    "post can be due in a minute or in a year, and can be changed until then.",
)
NO_PAGES = declared(
    "facebook.pages.none",
    platform="facebook",
    phase="connect",
    field="account",
    code=ErrorCode.PLATFORM_REJECTED,
    limit=limits.PAGES_COUNT,
    message="The login gives access to no Facebook Page.",
    remediation="Connect again and tick the Pages in Facebook's dialog, or make a Page first.",
    why="Only Pages can be published to: Facebook closed its API for personal profiles in 2018. "
    "A Page that was not ticked in the dialog is not visible to us, as if it did not exist.",
)
CREATE_CONTENT = declared(
    "facebook.page.create_content_task",
    platform="facebook",
    phase="connect",
    field="account",
    code=ErrorCode.PLATFORM_REJECTED,
    message="The person who connected {actual} may not create content on it.",
    remediation="Ask an administrator of the Page for the task of creating content, then connect "
    "again.",
    why="A Page gives its helpers tasks one by one. Whoever may answer messages or read figures "
    "sees the Page in the list and still cannot publish on it.",
    sources=((limits.PHOTOS, limits.READ),),
)
REELS_PER_DAY = declared(
    "facebook.reel.quota_24h",
    platform="facebook",
    phase="publish",
    field="account",
    code=ErrorCode.PLATFORM_UNAVAILABLE,
    limit=limits.REELS_PER_DAY,
    message="Facebook takes no more reels of this Page within 24 hours.",
    remediation="Nothing: the post is tried again when a place is free.",
    why="Reels that were published over the API are counted for each Page. Feed posts have no "
    "fixed number and are held back by other means.",
)
VIDEO_PROCESSING = declared(
    "facebook.video.processing",
    platform="facebook",
    phase="publish",
    field="media",
    code=ErrorCode.PLATFORM_REJECTED,
    message="Facebook took the video and could not publish it: {actual}.",
    remediation="Export the video again as H.264 with AAC sound and retry the post.",
    why="Facebook answers at once that it has the video, converts it afterwards, and publishes it "
    "in the end or not. A post counts as published here once Facebook says that it is.",
    sources=((limits.VIDEOS, limits.READ),),
)
FIRST_COMMENT_MISSING = declared(
    "facebook.first_comment.not_published",
    platform="facebook",
    phase="publish",
    severity="warning",
    field="firstComment",
    code=ErrorCode.PLATFORM_REJECTED,
    message="The post is published, its first comment is not: {actual}",
    remediation="Write the comment by hand on the Page.",
    why="The post was there already when its comment was refused, and is not taken back.",
    sources=((limits.COMMENTS, limits.READ),),
)
STORY_UNCHECKED = declared(
    "facebook.story.unchecked",
    platform="facebook",
    phase="publish",
    field="account",
    code=ErrorCode.PLATFORM_UNAVAILABLE,
    message="Facebook's answer to a story was lost: {actual}",
    remediation="Look at the Page's stories; retry the post only if it is not among them.",
    why="Facebook lists the stories of a Page to nobody in a way that tells one from the other, so "
    "a story whose answer was lost cannot be looked up, and is not sent again by itself.",
    sources=((limits.STORIES, limits.READ),),
)

RULES: tuple[Rule, ...] = (
    *POST_RULES,
    *MEDIA_RULES,
    TEXT_UTF16,
    SCHEDULE_WINDOW,
    NO_PAGES,
    CREATE_CONTENT,
    REELS_PER_DAY,
    VIDEO_PROCESSING,
    FIRST_COMMENT_MISSING,
    STORY_UNCHECKED,
)
