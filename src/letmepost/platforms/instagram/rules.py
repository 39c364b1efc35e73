"""What Instagram would refuse: every rule of the platform, in the order in which it is reported."""

from collections.abc import Iterator

from letmepost.content.errors import ErrorCode
from letmepost.platforms.instagram import limits
from letmepost.platforms.instagram.rules_image import IMAGE_RULES
from letmepost.platforms.instagram.rules_post import POST_RULES
from letmepost.platforms.instagram.rules_video import VIDEO_RULES
from letmepost.preflight.rule import Limit, Rule, declared


def _aliases() -> Iterator[Rule]:
    """Second names of limits that a rule of an older name checks."""
    named: tuple[tuple[str, str, str, Limit], ...] = (
        ("text.max_utf16", "text", "text.max_graphemes", limits.CAPTION_UTF16),
        (
            "media.alt_text_max_chars",
            "media.altText",
            "media.alt_text_max_graphemes",
            limits.ALT_TEXT_UTF16,
        ),
        ("image.aspect_ratio_min", "media", "media.aspect_ratio", limits.IMAGE_RATIO_MIN),
        ("image.aspect_ratio_max", "media", "media.aspect_ratio", limits.IMAGE_RATIO_MAX),
        ("reel.size_max", "media", "media.video_size_max", limits.REEL_BYTES),
    )
    for name, field, successor, limit in named:
        yield declared(
            f"instagram.{name}",
            platform="instagram",
            field=field,
            status="alias",
            successor=f"instagram.{successor}",
            code=ErrorCode.PREFLIGHT_FAILED,
            limit=limit,
            message="The post is outside of a limit of Instagram.",
            remediation="See the rule that is raised.",
            why=f"The same limit as instagram.{successor}, which keeps the name that clients know.",
        )


CHILD_CAPTION = declared(
    "instagram.carousel.child_caption",
    platform="instagram",
    field="media",
    status="retired",
    code=ErrorCode.PREFLIGHT_FAILED,
    message="Only a carousel as a whole has a caption and a place.",
    remediation="Nothing: text and options.locationId belong to the whole post.",
    why="Instagram refuses a caption on a single item of a carousel. Here a post has one text, "
    "and it is given to the carousel.",
    sources=((limits.MEDIA, limits.READ),),
)
REACHABLE = declared(
    "instagram.media.reachable",
    platform="instagram",
    field="media.url",
    code=ErrorCode.PREFLIGHT_FAILED,
    message="Instagram could not fetch the file: {actual}.",
    remediation="Set LETMEPOST_PUBLIC_URL to the address at which the internet reaches this "
    "server, or keep files in a bucket by LETMEPOST_STORAGE_URL; it must answer anyone with the "
    "file itself, without a login or a check for robots.",
    why="Instagram fetches images from an address by itself. What answers us may still refuse "
    "Instagram: firewalls that look for robots do, and so do servers in a private network.",
    difference="The original learns of it when Instagram has refused the post; the address is "
    "tried here first.",
    sources=((limits.ERRORS, limits.READ),),
)
META_CONTAINER_EXPIRED = declared(
    "meta.container.expired",
    phase="publish",
    field="media",
    status="alias",
    successor="instagram.container.expired",
    code=ErrorCode.PLATFORM_REJECTED,
    limit=limits.CONTAINER_HOURS,
    message="The prepared post has expired.",
    remediation="Retry the post.",
    why="The original documents one name for Instagram and Threads and raises one for each. "
    "What is raised here is instagram.container.expired or threads.container.expired.",
)
CONTAINER_EXPIRED = declared(
    "instagram.container.expired",
    platform="instagram",
    phase="publish",
    field="media",
    code=ErrorCode.PLATFORM_REJECTED,
    limit=limits.CONTAINER_HOURS,
    message="Instagram has dropped the prepared post, because {limit} hours went by.",
    remediation="Retry the post: it is prepared anew.",
    why="A post is prepared as a container first and published from it within a day. An expired "
    "container was never published, so making another one cannot post twice.",
)
CONTAINER_ERROR = declared(
    "instagram.container.error",
    platform="instagram",
    phase="publish",
    field="media",
    code=ErrorCode.PLATFORM_REJECTED,
    message="Instagram could not prepare the post: {actual}.",
    remediation="Mend what the message names; where it gives a number only, export the file again "
    "as H.264 with AAC sound.",
    why="Instagram accepts a file, fetches and converts it, and only then says what was wrong, "
    "often as a number such as 2207026 for a video that it cannot read.",
    sources=((limits.ERRORS, limits.READ),),
)
POSTS_PER_DAY = declared(
    "instagram.publish.quota_24h",
    platform="instagram",
    phase="publish",
    field="account",
    code=ErrorCode.PLATFORM_UNAVAILABLE,
    limit=limits.POSTS_PER_DAY,
    message="Instagram takes no more posts of this account within 24 hours.",
    remediation="Nothing: the post is tried again when a place is free.",
    why="Two pages of Instagram's own say 100 and 50, and older ones 25. The account's live "
    "number is read; where it cannot be, the smaller figure is assumed. A carousel counts once.",
    sources=((limits.PUBLISHING, limits.READ),),
)
CONTAINERS_PER_DAY = declared(
    "instagram.container.quota_24h",
    platform="instagram",
    phase="publish",
    field="account",
    code=ErrorCode.PLATFORM_UNAVAILABLE,
    limit=limits.CONTAINERS_PER_DAY,
    message="Instagram prepares no more posts of this account within 24 hours.",
    remediation="Nothing: the post is tried again when a place is free.",
    why="What is prepared counts even when it is never published, and a carousel needs a "
    "container for each file and one more.",
)
FIRST_COMMENT_MISSING = declared(
    "instagram.first_comment.not_published",
    platform="instagram",
    phase="publish",
    severity="warning",
    field="firstComment",
    code=ErrorCode.PLATFORM_REJECTED,
    message="The post is published, its first comment is not: {actual}",
    remediation="Write the comment by hand in the app.",
    why="The post was there already when its comment was refused, and is not taken back.",
    sources=((limits.PUBLISHING, limits.READ),),
)
ADDRESS_UNKNOWN = declared(
    "instagram.post.address_unknown",
    platform="instagram",
    phase="publish",
    severity="warning",
    field="account",
    code=ErrorCode.PLATFORM_UNAVAILABLE,
    message="The post is published, and Instagram does not tell its address.",
    remediation="Look for it on the profile, whose address is given in its place.",
    why="When the answer to publishing is lost, Instagram says that the post is out and not which "
    "one it is. It is then looked for among the account's posts; where none or several say the "
    "same, no guess is made.",
    sources=((limits.PUBLISHING, limits.READ),),
)
DELETE_BY_PAGE = declared(
    "instagram.delete.page_login_only",
    platform="instagram",
    phase="publish",
    field="account",
    code=ErrorCode.PLATFORM_REJECTED,
    message="Instagram lets a program delete only what belongs to an account that is connected "
    "through its Facebook Page.",
    remediation="Delete the post in the app, or connect the account through its Page.",
    why="Deleting came in December 2025, and for the login through a Page alone.",
    sources=((limits.MEDIA, limits.READ),),
)
PROFESSIONAL = declared(
    "instagram.account_type.requires_professional",
    platform="instagram",
    phase="connect",
    field="account",
    code=ErrorCode.PLATFORM_REJECTED,
    message="The account is a personal one; Instagram lets programs publish to professional ones.",
    remediation="Switch the account to Business or Creator in Instagram's settings; it is free, "
    "and can be undone.",
    why="Instagram closed its API for personal accounts. Both professional kinds may publish, "
    "but stories are for Business accounts only.",
    sources=((limits.PROFESSIONAL, limits.READ),),
)
PAGE_AUTHORIZATION = declared(
    "instagram.account.ppa_and_2fa",
    platform="instagram",
    phase="connect",
    field="account",
    code=ErrorCode.PLATFORM_REJECTED,
    message="Facebook wants the Page's manager to confirm who they are first: {actual}.",
    remediation="Finish Page Publishing Authorization and turn on two-factor sign-in at Facebook, "
    "then connect again.",
    why="An account that is connected over its Facebook Page is bound by the Page's own hurdles, "
    "and Facebook raises them for Pages with many readers, at a time of its choosing.",
    sources=((limits.MEDIA, limits.READ),),
)

RULES: tuple[Rule, ...] = (
    *POST_RULES,
    *IMAGE_RULES,
    *VIDEO_RULES,
    *_aliases(),
    CHILD_CAPTION,
    REACHABLE,
    META_CONTAINER_EXPIRED,
    CONTAINER_EXPIRED,
    CONTAINER_ERROR,
    POSTS_PER_DAY,
    CONTAINERS_PER_DAY,
    FIRST_COMMENT_MISSING,
    ADDRESS_UNKNOWN,
    DELETE_BY_PAGE,
    PROFESSIONAL,
    PAGE_AUTHORIZATION,
)
