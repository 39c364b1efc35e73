"""Rules of a request itself: its shape, its targets, its times. Raised by the code they name."""

from datetime import date

from letmepost.preflight.rule import Limit, Rule, declared

_CHECKED = date(2026, 11, 24)
_JSON = (("https://www.rfc-editor.org/rfc/rfc8259", _CHECKED),)
_OWN = "https://github.com/letmepost/letmepost.dev/blob/main/docs/errors/validation_failed.mdx"
OURS = ((_OWN, _CHECKED),)

TARGETS_MAX_COUNT = Limit(25, "targets", _OWN, _CHECKED)
SCHEDULE_AHEAD_SECONDS = Limit(1, "seconds", _OWN, _CHECKED)
SCHEDULE_HORIZON_YEARS = Limit(5, "years", _OWN, _CHECKED)

BODY_JSON = declared(
    "body.json",
    field="body",
    message="The body is not JSON: {actual}",
    remediation="Send a JSON object with Content-Type: application/json.",
    why="Every write but the upload takes one JSON object in UTF-8.",
    sources=_JSON,
)
BODY_UNKNOWN_FIELD = declared(
    "body.unknown_field",
    field="body",
    message="{actual} is not a field of this request.",
    remediation="Remove the field, or correct its name; `violations` lists every one.",
    why="A misspelled name that is ignored changes what is published. The error's `rule` is then "
    "the path of the field, and its `ruleUrl` leads here.",
    sources=OURS,
)
BODY_SIZE_MAX = declared(
    "body.size_max",
    field="body",
    message="The body is larger than {limit} bytes.",
    remediation="Upload files with POST /v1/media and name them by mediaId.",
    why="A request body is held in memory, so it is capped; uploads are streamed and are not.",
    sources=OURS,
)
TARGETS_REQUIRED = declared(
    "targets.required",
    field="targets",
    message="The request names no target.",
    remediation="Send targets: a list with an accountId or a platform in each entry.",
    why="A post goes to the accounts that the request names, and to no others.",
    sources=OURS,
)
TARGETS_MAX = declared(
    "targets.max",
    field="targets",
    limit=TARGETS_MAX_COUNT,
    message="The request names {actual} targets; up to {limit} are accepted.",
    remediation="Split the targets over several requests, each with its own Idempotency-Key.",
    why="Targets run side by side and the answer waits for all of them, so they are bounded.",
)
TARGETS_SHAPE = declared(
    "targets.shape",
    field="body",
    message="The request names both account and targets.",
    remediation="Send targets (a list) or account (one, the older shape), not both.",
    why="The older shape names one account and the newer one a list; together they contradict.",
    sources=OURS,
)
TARGETS_ACCOUNT_REQUIRED = declared(
    "targets.account.required",
    field="targets",
    message="The target names neither an account nor a platform.",
    remediation="Give accountId, or platform when one account of it is connected.",
    why="A post goes to the accounts that the request names, and to no others.",
    sources=OURS,
)
DUPLICATE_ACCOUNT = declared(
    "targets.duplicate_account",
    field="targets",
    message="The account {actual} is named twice with the same content.",
    remediation="Name each account once, or give the two targets different texts.",
    why="The same content twice on one account is what this service exists to prevent.",
    sources=OURS,
)
NOT_CONNECTED = declared(
    "target.account.not_connected",
    field="targets.platform",
    message="No {actual} account is connected here.",
    remediation="Connect one with POST /v1/accounts/connect/{actual}, or name another account.",
    why="A target may name only a platform when exactly one account of it is connected.",
    sources=OURS,
)
AMBIGUOUS = declared(
    "target.account.ambiguous",
    field="targets.platform",
    message="Several {actual} accounts are connected here; the request must say which.",
    remediation="Name one by accountId; the candidates are in platformResponse.",
    why="Guessing between two accounts would publish under the wrong name.",
    sources=OURS,
)
CHECKED_WITHOUT_ACCOUNT = declared(
    "target.account.assumed",
    severity="warning",
    field="targets.platform",
    message="The target is checked for {actual} without an account.",
    remediation="Name an account by accountId to check what depends on it, too.",
    why="A check needs no account; limits of the account itself are then skipped.",
    sources=OURS,
)
ACCOUNT_PLATFORM_MISMATCH = declared(
    "targets.account.platform_mismatch",
    field="targets.platform",
    message="The account is on {actual}, not on {named}.",
    remediation="Leave platform out, or correct the accountId.",
    why="When a target names an account and a platform, they must agree.",
    sources=OURS,
)
OPTIONS_PLATFORM_MISMATCH = declared(
    "targets.options.platform_mismatch",
    field="targets.options.platform",
    message="The options are for {actual}, and the account is on {named}.",
    remediation="Give this target options for its own platform, or none.",
    why="Options differ by platform; those of another one would be ignored in silence.",
    sources=OURS,
)
OPTIONS_UNKNOWN = declared(
    "targets.options.unknown_platform",
    field="targets.options.platform",
    message="{actual} is not a platform of this server.",
    remediation="Use one of: {limit}.",
    why="Options name the platform that they are meant for.",
    sources=OURS,
)
TEXT_REQUIRED = declared(
    "targets.text.required",
    field="text",
    message="The target has neither a text nor media.",
    remediation="Give text or media at the top, or in the target itself.",
    why="A publication needs something to publish.",
    sources=OURS,
)
FIRST_COMMENT_UNSUPPORTED = declared(
    "targets.first_comment.unsupported",
    field="firstComment",
    severity="warning",
    message="{actual} takes no first comment here; it will not be posted.",
    remediation="Leave firstComment out for this target.",
    why="Ignoring it in silence would leave its author waiting for it.",
    sources=OURS,
)
MODE_CONFLICT = declared(
    "mode_conflict",
    field="scheduledAt",
    message="The request asks to publish now and at a time.",
    remediation="Send publishNow or scheduledAt, not both.",
    why="publishNow: true and scheduledAt contradict each other.",
    sources=OURS,
)
SCHEDULE_FUTURE = declared(
    "scheduledAt.future",
    field="scheduledAt",
    limit=SCHEDULE_AHEAD_SECONDS,
    message="scheduledAt is {actual}, which is less than {limit} second ahead.",
    remediation="Give a later time, or leave scheduledAt out to publish now.",
    why="A time in the past is a mistake of the clock or the time zone more often than a wish.",
)
SCHEDULE_HORIZON = declared(
    "scheduledAt.horizon",
    field="scheduledAt",
    limit=SCHEDULE_HORIZON_YEARS,
    message="scheduledAt is {actual}, which is more than {limit} years ahead.",
    remediation="Give an earlier time.",
    why="A time that far ahead is a mistyped year.",
)
SCHEDULE_NAIVE = declared(
    "scheduledAt.timezone",
    field="scheduledAt",
    message="scheduledAt has no time zone.",
    remediation="End it with Z, or with an offset such as +02:00.",
    why="The same clock reading is another moment in another place; this server does not guess.",
    sources=OURS,
)
SCHEDULE_TEXT_ONLY = declared(
    "scheduledAt.text_only",
    field="scheduledAt",
    status="retired",
    message="Scheduled posts with media were refused.",
    remediation="Nothing: media is accepted on scheduled posts.",
    why="The original once took only text on scheduled posts. Here all input is kept and used.",
    sources=OURS,
)
SCHEDULE_NO_FIRST_COMMENT = declared(
    "scheduledAt.no_first_comment",
    field="scheduledAt",
    status="retired",
    message="Scheduled posts with a first comment were refused.",
    remediation="Nothing: a first comment is accepted on scheduled posts.",
    why="The original lost the first comment of a scheduled post, and so refused it.",
    sources=OURS,
)
SCHEDULE_NO_REPLY = declared(
    "scheduledAt.no_bluesky_reply",
    field="scheduledAt",
    status="retired",
    message="Scheduled replies were refused.",
    remediation="Nothing: replies are accepted on scheduled posts.",
    why="The original lost the options of a scheduled post, and so refused replies.",
    sources=OURS,
)

REQUEST_RULES: tuple[Rule, ...] = (
    BODY_JSON,
    BODY_UNKNOWN_FIELD,
    BODY_SIZE_MAX,
    TARGETS_REQUIRED,
    TARGETS_MAX,
    TARGETS_SHAPE,
    TARGETS_ACCOUNT_REQUIRED,
    DUPLICATE_ACCOUNT,
    NOT_CONNECTED,
    AMBIGUOUS,
    CHECKED_WITHOUT_ACCOUNT,
    ACCOUNT_PLATFORM_MISMATCH,
    OPTIONS_PLATFORM_MISMATCH,
    OPTIONS_UNKNOWN,
    TEXT_REQUIRED,
    FIRST_COMMENT_UNSUPPORTED,
    MODE_CONFLICT,
    SCHEDULE_FUTURE,
    SCHEDULE_HORIZON,
    SCHEDULE_NAIVE,
    SCHEDULE_TEXT_ONLY,
    SCHEDULE_NO_FIRST_COMMENT,
    SCHEDULE_NO_REPLY,
)
