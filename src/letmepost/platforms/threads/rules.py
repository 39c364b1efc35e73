"""What Threads would refuse: every rule of the platform, in the order in which it is reported."""

from letmepost.content.errors import ErrorCode
from letmepost.platforms.threads import limits
from letmepost.platforms.threads.rules_media import MEDIA_RULES
from letmepost.platforms.threads.rules_text import TEXT_RULES
from letmepost.platforms.threads.rules_video import VIDEO_RULES
from letmepost.preflight.rule import Rule, declared

WEIGHTED = declared(
    "threads.text.max_weighted_chars",
    platform="threads",
    field="text",
    status="alias",
    successor="threads.text.max_graphemes",
    code=ErrorCode.PREFLIGHT_FAILED,
    limit=limits.TEXT_LENGTH,
    message="The text is too long.",
    remediation="Shorten the text.",
    why="The same limit as threads.text.max_graphemes, which keeps the name that clients know "
    "and counts as Threads does.",
)
ONE_TOPIC = declared(
    "threads.topic_tag.count_max",
    platform="threads",
    field="options.topicTag",
    status="retired",
    code=ErrorCode.PREFLIGHT_FAILED,
    message="A post has one topic.",
    remediation="Nothing: options.topicTag holds one topic.",
    why="Threads takes one topic for a post. The field here holds one, so two cannot be sent.",
    sources=((limits.POSTS, limits.READ),),
)
CAROUSEL_MIN = declared(
    "threads.media.carousel_min",
    platform="threads",
    field="media",
    status="retired",
    code=ErrorCode.PREFLIGHT_FAILED,
    message="A carousel has two items at least.",
    remediation="Nothing: one file is published by itself.",
    why="Threads refuses a carousel of one. Here a single file is never made into a carousel: it "
    "becomes a post with an image or a video.",
    sources=((limits.OVERVIEW, limits.READ),),
)
ALT_TEXT_NEEDS_MEDIA = declared(
    "threads.media.alt_text_needs_media",
    platform="threads",
    field="media.altText",
    status="retired",
    code=ErrorCode.PREFLIGHT_FAILED,
    message="Alt text describes media.",
    remediation="Nothing: alt text is a part of a file's entry.",
    why="Threads refuses alt text on a post without media. Here alt text belongs to an entry of "
    "media, so there is none without a file.",
    sources=((limits.ACCESSIBILITY, limits.READ),),
)
CONTAINER_EXPIRED = declared(
    "threads.container.expired",
    platform="threads",
    phase="publish",
    field="media",
    code=ErrorCode.PLATFORM_REJECTED,
    limit=limits.CONTAINER_HOURS,
    message="Threads has dropped the prepared post, because {limit} hours went by.",
    remediation="Retry the post: it is prepared anew.",
    why="A post is prepared as a container first and published from it within a day. An expired "
    "container was never published, so making another one cannot post twice.",
)
CONTAINER_ERROR = declared(
    "threads.container.error",
    platform="threads",
    phase="publish",
    field="media",
    code=ErrorCode.PLATFORM_REJECTED,
    message="Threads could not prepare the post: {actual}.",
    remediation="Mend what the message names; where it says nothing, export the file again as "
    "H.264 with AAC sound.",
    why="Threads fetches and converts files after it has accepted them, and then says in one word "
    "what went wrong. One of its words is misspelled: INVALID_ASPEC_RATIO.",
    difference="The original's page blames HEVC video; Threads accepts it.",
    sources=((limits.POSTS, limits.READ),),
)
POSTS_PER_DAY = declared(
    "threads.publish.quota_24h",
    platform="threads",
    phase="publish",
    field="account",
    code=ErrorCode.PLATFORM_UNAVAILABLE,
    limit=limits.POSTS_PER_DAY,
    message="Threads takes no more posts of this account within 24 hours.",
    remediation="Nothing: the post is tried again when a place is free.",
    why="A carousel counts once, however many files it holds, and replies have a count of their "
    "own. The platform's live number is used where it can be read.",
)
REPLIES_PER_DAY = declared(
    "threads.reply.quota_24h",
    platform="threads",
    phase="publish",
    field="account",
    code=ErrorCode.PLATFORM_UNAVAILABLE,
    limit=limits.REPLIES_PER_DAY,
    message="Threads takes no more replies of this account within 24 hours.",
    remediation="Nothing: the reply is tried again when a place is free.",
    why="Every further post of a thread is a reply, so a thread of ten counts as one post and "
    "nine replies.",
)
MEDIA_REACHABLE = declared(
    "threads.media.reachable",
    platform="threads",
    field="media",
    code=ErrorCode.PREFLIGHT_FAILED,
    message="Threads cannot fetch the file: {actual}.",
    remediation="Set LETMEPOST_PUBLIC_URL to the address at which the internet reaches this "
    "server, or keep files in a bucket by LETMEPOST_STORAGE_URL.",
    why="Threads takes no bytes: it fetches every image and video from an address, so this server "
    "or its bucket must be reachable from outside. An address of this machine or of a private "
    "network is refused before anything is sent.",
    sources=((limits.POSTS, limits.READ),),
)
THREAD_INCOMPLETE = declared(
    "threads.thread.incomplete",
    platform="threads",
    phase="publish",
    severity="warning",
    field="options.thread",
    code=ErrorCode.PLATFORM_REJECTED,
    message="The thread ends early: {actual}",
    remediation="Publish the rest as a post that answers the last one, by options.replyToId.",
    why="A thread is published post by post, each as an answer to the one before. What is out "
    "when Threads refuses one of them is not taken back.",
    sources=((limits.POSTS, limits.READ),),
)
FIRST_COMMENT_MISSING = declared(
    "threads.first_comment.not_published",
    platform="threads",
    phase="publish",
    severity="warning",
    field="firstComment",
    code=ErrorCode.PLATFORM_REJECTED,
    message="The post is published, its first comment is not: {actual}",
    remediation="Write the comment by hand, or as a post with options.replyToId.",
    why="The post was there already when its comment was refused, and is not taken back.",
    sources=((limits.POSTS, limits.READ),),
)
ADDRESS_UNKNOWN = declared(
    "threads.post.address_unknown",
    platform="threads",
    phase="publish",
    severity="warning",
    field="account",
    code=ErrorCode.PLATFORM_UNAVAILABLE,
    message="The post is published, and Threads does not tell its address.",
    remediation="Look for it on the profile, whose address is given in its place.",
    why="When the answer to publishing is lost, Threads says that the post is out and not which "
    "one it is. It is then looked for among the profile's posts; where none or several say the "
    "same, no guess is made.",
    sources=((limits.POSTS, limits.READ),),
)

RULES: tuple[Rule, ...] = (
    *TEXT_RULES,
    *MEDIA_RULES,
    *VIDEO_RULES,
    WEIGHTED,
    ONE_TOPIC,
    CAROUSEL_MIN,
    ALT_TEXT_NEEDS_MEDIA,
    CONTAINER_EXPIRED,
    CONTAINER_ERROR,
    POSTS_PER_DAY,
    REPLIES_PER_DAY,
    MEDIA_REACHABLE,
    THREAD_INCOMPLETE,
    FIRST_COMMENT_MISSING,
    ADDRESS_UNKNOWN,
)
