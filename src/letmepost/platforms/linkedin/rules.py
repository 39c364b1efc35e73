"""What LinkedIn would refuse: every rule of the platform, in the order in which it is reported."""

from functools import partial

from letmepost.content.errors import ErrorCode
from letmepost.platforms.linkedin import limits
from letmepost.platforms.linkedin.rules_content import CONTENT_RULES
from letmepost.platforms.linkedin.rules_media import MEDIA_RULES
from letmepost.platforms.linkedin.rules_text import TEXT_RULES
from letmepost.preflight.rule import Rule, declared

_declared = partial(declared, platform="linkedin")
_NO_POLLS = "Publish polls in LinkedIn's own app; posts here have no field for one."

TEXT_CHARACTERS = _declared(
    "linkedin.text.max_chars",
    field="text",
    code=ErrorCode.PREFLIGHT_FAILED,
    status="alias",
    successor="linkedin.text.max_graphemes",
    limit=limits.TEXT_UNITS,
    message="The text is longer than LinkedIn accepts.",
    remediation="Shorten the text.",
    why="The same limit as linkedin.text.max_graphemes, which is the id that is raised, and which "
    "counts UTF-16 units of the text as it is sent in spite of its name.",
)
VIDEO_CONTAINER = _declared(
    "linkedin.video.container",
    field="media",
    code=ErrorCode.PREFLIGHT_FAILED,
    status="alias",
    successor="linkedin.media.mime_allowed",
    message="The video is not an MP4 file.",
    remediation="Convert the video to MP4.",
    why="The container is part of the type that is read from the bytes.",
    sources=((limits.VIDEOS, limits.READ),),
)
POLL_OPTIONS = _declared(
    "linkedin.poll.options",
    field="options",
    limit=limits.POLL_OPTIONS,
    message="A poll has 2 to {limit} answers.",
    remediation=_NO_POLLS,
    why="The number is kept for the day on which posts can hold a poll. Until then a poll in "
    "`options` is refused as a field that does not exist.",
)
POLL_QUESTION = _declared(
    "linkedin.poll.question_max",
    field="options",
    limit=limits.POLL_QUESTION,
    message="The question of a poll has up to {limit} characters.",
    remediation=_NO_POLLS,
    why="The number is kept for the day on which posts can hold a poll. A question cannot be "
    "edited once the poll is there.",
)
POLL_OPTION = _declared(
    "linkedin.poll.option_max",
    field="options",
    limit=limits.POLL_OPTION,
    message="An answer of a poll has up to {limit} characters.",
    remediation=_NO_POLLS,
    why="The number is kept for the day on which posts can hold a poll. All four answers "
    "together have less room than the question.",
)
MEMBER_REQUESTS = _declared(
    "linkedin.rate.member_day",
    phase="publish",
    field="account",
    code=ErrorCode.RATE_LIMITED,
    limit=limits.MEMBER_REQUESTS_PER_DAY,
    message="LinkedIn takes no more requests of this member today.",
    remediation="Nothing: the post is tried again after midnight UTC.",
    why="LinkedIn counts requests, not posts: a post with five images is eleven of them. Its "
    "answer has no header that says when to come back, and the day ends at midnight UTC.",
)
VERSION_SUPPORTED = _declared(
    "linkedin.version.supported",
    field="account",
    code=ErrorCode.PLATFORM_UNAVAILABLE,
    message="LinkedIn no longer answers version {actual} of its API, which "
    "LETMEPOST_LINKEDIN_VERSION pins.",
    remediation="Set LETMEPOST_LINKEDIN_VERSION to a newer month, or update this server.",
    why="Each monthly version lives for about a year, and there is no default: on one day to the "
    "next every request fails. LinkedIn announces it on a page and in no header.",
    sources=((limits.MIGRATIONS, limits.READ), (limits.POSTS, limits.READ)),
)
ORGANIZATION_ROLE = _declared(
    "linkedin.org.role",
    phase="connect",
    field="account",
    code=ErrorCode.PLATFORM_REJECTED,
    message="The member may not post for this organization.",
    remediation="Ask an administrator of the page for the role of content admin.",
    why="Posting for an organization takes one of three roles: administrator, content admin, or "
    "poster of direct sponsored content. An analyst sees everything and may post nothing.",
    sources=((limits.POSTS, limits.READ),),
)

POST_DUPLICATE = _declared(
    "linkedin.post.duplicate",
    phase="publish",
    field="text",
    code=ErrorCode.PLATFORM_REJECTED,
    message="LinkedIn takes this for a repetition of {actual}, which the same author posted.",
    remediation="Change the text, or look at the post that LinkedIn names.",
    why="LinkedIn refuses what its author posted shortly before, and names the first post. It may "
    "name one that was deleted since: its ghost stays for a day or two.",
    sources=((limits.DUPLICATES, limits.READ),),
)
POST_MAYBE_OLDER = _declared(
    "linkedin.post.maybe_older",
    phase="publish",
    severity="warning",
    field="text",
    message="LinkedIn's answer was lost, and asked again it named {actual}, which looks older than "
    "this post: the author may have published the same text before.",
    remediation="Look at the post that is named. Its first comment, if there was one, is missing.",
    why="What became of a lost post is told by LinkedIn's duplicate filter, which names what it "
    "holds. Where the author published the same text shortly before, it names that. Nothing is "
    "there twice, and no comment is written under the older post.",
    sources=((limits.DUPLICATES, limits.READ),),
)
POST_ID_UNKNOWN = _declared(
    "linkedin.post.id_unknown",
    phase="publish",
    severity="warning",
    field="account",
    message="LinkedIn said that the post is created and did not say under which address.",
    remediation="Look for the post in the author's activity.",
    why="A post that is created has its address in a header of the answer. Without it the post "
    "can neither be deleted nor commented on from here.",
    sources=((limits.POSTS, limits.READ),),
)
FIRST_COMMENT_MISSING = _declared(
    "linkedin.first_comment.not_published",
    phase="publish",
    severity="warning",
    field="firstComment",
    message="The post is published, its first comment is not: {actual}",
    remediation="Write the comment by hand.",
    why="The post was there already when its comment was refused, and is not taken back. Some "
    "apps may post and not comment.",
    sources=((limits.COMMENTS, limits.READ),),
)
FIRST_COMMENT_UNCONFIRMED = _declared(
    "linkedin.first_comment.not_confirmed",
    phase="publish",
    severity="warning",
    field="firstComment",
    message="The post is published. Whether its first comment is, nobody knows: {actual}",
    remediation="Look at the post before you write the comment by hand.",
    why="The answer to the comment was lost, and comments cannot be read with the permissions of "
    "most apps. Sent again it might be there twice.",
    sources=((limits.COMMENTS, limits.READ),),
)

RULES: tuple[Rule, ...] = (
    *TEXT_RULES,
    *CONTENT_RULES,
    *MEDIA_RULES,
    TEXT_CHARACTERS,
    VIDEO_CONTAINER,
    POLL_OPTIONS,
    POLL_QUESTION,
    POLL_OPTION,
    MEMBER_REQUESTS,
    VERSION_SUPPORTED,
    ORGANIZATION_ROLE,
    POST_DUPLICATE,
    POST_MAYBE_OLDER,
    POST_ID_UNKNOWN,
    FIRST_COMMENT_MISSING,
    FIRST_COMMENT_UNCONFIRMED,
)
