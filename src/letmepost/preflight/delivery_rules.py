"""Rules of a post on its way: times missed, duplicates, changes that come too late."""

from datetime import date

from letmepost.content.errors import ErrorCode
from letmepost.preflight.request_rules import OURS
from letmepost.preflight.rule import Limit, Rule, declared

_CHECKED = date(2026, 11, 24)
_OWN = OURS[0][0]

LATENESS_MAX_HOURS = Limit(24, "hours late", _OWN, _CHECKED, setting="MAX_LATENESS_HOURS")
LATENESS_WARNED_MINUTES = Limit(5, "minutes late", _OWN, _CHECKED)
DUPLICATE_WINDOW_MINUTES = Limit(10, "minutes apart", _OWN, _CHECKED)

SCHEDULE_MISSED = declared(
    "schedule.missed",
    phase="publish",
    field="scheduledAt",
    code=ErrorCode.INTERNAL_ERROR,
    limit=LATENESS_MAX_HOURS,
    message="The post was found {actual} hours after its time; it is not published so late.",
    remediation="Retry it with POST /v1/posts/<id>/retry if it is still wanted.",
    why="After a long outage a server must not publish last week's good morning. The limit is "
    "the operator's.",
)
SCHEDULE_LATE = declared(
    "schedule.late",
    phase="publish",
    severity="warning",
    field="scheduledAt",
    limit=LATENESS_WARNED_MINUTES,
    message="The post went out {actual} minutes after its time.",
    remediation="Look at /metrics for what held the workers up.",
    why="A late post is better than none, and its author should know.",
)
RECENT_DUPLICATE = declared(
    "post.recent_duplicate",
    severity="warning",
    field="text",
    limit=DUPLICATE_WINDOW_MINUTES,
    message="The same text and media went to this account less than {limit} minutes ago: {actual}.",
    remediation='Send an Idempotency-Key, or onDuplicate: "refuse" to have this refused with 409.',
    why="Without an Idempotency-Key a repeated request cannot be told from a second post.",
)
DUPLICATE_CONTENT = declared(
    "post.duplicate_content",
    severity="warning",
    field="text",
    status="alias",
    successor="post.recent_duplicate",
    limit=DUPLICATE_WINDOW_MINUTES,
    message="The same text and media went to this account a moment ago.",
    remediation="See post.recent_duplicate.",
    why="A second name of post.recent_duplicate, which is the id that is raised. Some platforms "
    "refuse the second of two equal posts by themselves, and others publish both.",
)
QUOTA_FORECAST = declared(
    "quota.forecast",
    severity="warning",
    field="scheduledAt",
    message="{actual} posts of this account fall into the same {window}; {platform} takes {limit}.",
    remediation="Spread the posts over more time; those over the quota are tried again later.",
    why="The platform counts an account's posts over a window and refuses those above.",
    sources=OURS,
)
SCHEDULE_WINDOW = declared(
    "post.scheduledAt.window",
    field="scheduledAt",
    message="The post is due now; a worker has it or will have it in a moment.",
    remediation="Read the post to see what became of it.",
    why="A change is only taken while the time of the post is ahead.",
    sources=OURS,
)
POST_ENVIRONMENT = declared(
    "post.environment",
    field="Authorization",
    message="The post was made with a {actual} key, and can only be changed with one.",
    remediation="Use a key whose prefix is that of the key which made the post.",
    why="A test key must not touch what goes out for real, nor a live key what does not.",
    sources=OURS,
)
POST_CHANGED = declared(
    "post.changed",
    field="status",
    message="Another request changed this post at the same moment.",
    remediation="Read the post, then change it again.",
    why="A change is checked against the post as it was read, so it must not have moved since.",
    sources=OURS,
)
EDIT_ACCOUNT_MISSING = declared(
    "post.edit.account_missing",
    field="accountId",
    message="The account of this post is disconnected.",
    remediation="Connect the account again.",
    why="A post is checked anew when it is changed, and the check needs its account.",
    sources=OURS,
)
RETRY_STATUS = declared(
    "post.retry.status",
    field="status",
    message="The post is {actual}; only a failed, rejected or canceled post can be retried.",
    remediation="Read the post; if it is queued, it will be tried by itself.",
    why="A post that is on its way or published must not be sent a second time.",
    sources=OURS,
)
RETRY_ACCOUNT_MISSING = declared(
    "post.retry.account_missing",
    field="accountId",
    message="The account of this post is disconnected.",
    remediation="Connect the account again, then retry.",
    why="A retry publishes on the same account.",
    sources=OURS,
)
RETRY_RACED = declared(
    "post.retry.raced",
    field="status",
    message="Another request changed this post at the same moment.",
    remediation="Read the post, then decide again.",
    why="Two retries of one post must not make two posts.",
    sources=OURS,
)
RETRY_ACCEPT_RISK = declared(
    "delivery.duplicate_risk",
    field="acceptDuplicateRisk",
    message="Nobody knows whether this post is published; a retry could publish it twice.",
    remediation="Look at the account; if the post is not there, send acceptDuplicateRisk: true.",
    why="The post was sent and no answer came, and the platform could not say what became of it.",
    sources=OURS,
)
DELETE_STATUS = declared(
    "post.delete.status",
    field="status",
    message="The post is {actual}; only a queued or a published post can be taken back.",
    remediation="Read the post; one that is on its way can be deleted once it is published.",
    why="What was never published is not there to be deleted, and what is on its way may still "
    "arrive after it was looked for.",
    sources=OURS,
)
DELETE_UNSUPPORTED = declared(
    "post.delete.unsupported",
    field="platform",
    message="Posts on {actual} cannot be deleted from here.",
    remediation="Delete the post on {actual} itself; platformUri leads to it.",
    why="Some platforms have no call that deletes a post, or give it to few apps.",
    sources=OURS,
)
DELETE_ACCOUNT_MISSING = declared(
    "post.delete.account_missing",
    field="accountId",
    message="The account of this post is disconnected.",
    remediation="Connect the account again, then delete the post.",
    why="A platform deletes a post only for the account that published it.",
    sources=OURS,
)
FIRST_COMMENT_LEFT = declared(
    "delivery.first_comment_not_deleted",
    phase="publish",
    severity="warning",
    field="firstComment",
    message="The post is deleted, and its first comment is not: {actual}",
    remediation="Look at firstCommentUri, and delete the comment on the platform itself.",
    why="Deleting the post matters more, so it is not held up by its comment. Most platforms "
    "delete comments with their post; on some a comment is a post of its own.",
    sources=OURS,
)
NOT_VISIBLE = declared(
    "delivery.not_visible",
    phase="publish",
    severity="warning",
    field="status",
    message="The platform said that the post is published, and does not show it.",
    remediation="Look at the account: the platform may hold the post back or have removed it.",
    why="A platform's word is checked a minute later by reading the post back.",
    sources=OURS,
)
ACCOUNT_PAUSED = declared(
    "account.paused",
    severity="warning",
    field="accountId",
    message="The account is paused; the post waits until it is resumed.",
    remediation="Resume with POST /v1/accounts/<id>/resume.",
    why="Nothing new is sent on a paused account; what was accepted is kept.",
    sources=OURS,
)
ACCOUNT_SLOWED = declared(
    "account.slowed",
    severity="warning",
    field="accountId",
    message="The account has nearly used up its calls at the platform; the post waits until "
    "{actual}.",
    remediation="Do nothing: the post goes out by itself. Spread the account's posts over more "
    "time where this happens often.",
    why="A platform that is called on above its limit blocks the account, and each further call "
    "makes that longer.",
    sources=OURS,
)

DELIVERY_RULES: tuple[Rule, ...] = (
    SCHEDULE_MISSED,
    SCHEDULE_LATE,
    RECENT_DUPLICATE,
    DUPLICATE_CONTENT,
    QUOTA_FORECAST,
    SCHEDULE_WINDOW,
    POST_ENVIRONMENT,
    POST_CHANGED,
    EDIT_ACCOUNT_MISSING,
    RETRY_STATUS,
    RETRY_ACCOUNT_MISSING,
    RETRY_RACED,
    RETRY_ACCEPT_RISK,
    DELETE_STATUS,
    DELETE_UNSUPPORTED,
    DELETE_ACCOUNT_MISSING,
    FIRST_COMMENT_LEFT,
    NOT_VISIBLE,
    ACCOUNT_PAUSED,
    ACCOUNT_SLOWED,
)
