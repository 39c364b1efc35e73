"""Rules of posts that are saved as drafts, and of the slots that posts are queued in."""

from datetime import date

from letmepost.preflight.request_rules import OURS
from letmepost.preflight.rule import Limit, Rule, declared

_CHECKED = date(2026, 11, 30)
_ZONES = (("https://www.iana.org/time-zones", _CHECKED),)

SLOTS_MAX_COUNT = Limit(168, "times a week", OURS[0][0], _CHECKED)

DRAFT_TIME = declared(
    "post.draft.time",
    field="status",
    message="A draft goes out neither now nor at a time.",
    remediation="Leave publishNow and scheduledAt out; give the time to "
    "POST /v1/posts/<id>/publish.",
    why="A draft is kept until somebody publishes it, and it is then that it gets its time.",
    sources=OURS,
)
PUBLISH_STATUS = declared(
    "post.publish.status",
    field="status",
    message="The post is {actual}; only a draft can be published.",
    remediation="Read the post to see what became of it; one that has failed is retried with "
    "POST /v1/posts/<id>/retry.",
    why="A draft is published once. Of two requests at one moment one wins, and the other is told.",
    sources=OURS,
)
DRAFT_STATUS = declared(
    "post.draft.status",
    field="status",
    message="A target of this post is {actual}; only a post whose targets are all drafts can be "
    "replaced.",
    remediation="Change its other targets one by one with PATCH /v1/posts/<id>.",
    why="What is queued or published is no draft any more, and must not vanish with one.",
    sources=OURS,
)
RECURRING = declared(
    "post.recurring",
    field="body",
    message="{actual}: posts do not repeat themselves here. Queue slots are the weekly times of a "
    "profile: set them once, and give each post one of them.",
    remediation="Set the times with PUT /v1/profiles/<id>/slots, and send each post with "
    'scheduledAt: "next-slot"; the page /docs/guides/queue-slots shows how.',
    why="The same post again and again is what platforms call spam, and several of them refuse it "
    "by their rules. What people want of a recurring post is the rhythm, and that is what slots "
    "are: the same times each week, with another post in each.",
    sources=OURS,
)
SLOTS_UNSET = declared(
    "scheduledAt.slots_unset",
    field="scheduledAt",
    message="The profile {actual} has no queue slots, so it has no next one.",
    remediation="Set its weekly times with PUT /v1/profiles/{actual}/slots, or give a time.",
    why='scheduledAt: "next-slot" takes the next free one of the weekly times of the profile that '
    "the account belongs to.",
    sources=OURS,
)
SLOTS_TAKEN = declared(
    "scheduledAt.slots_taken",
    field="scheduledAt",
    message="Every queue slot of the profile {actual} within the next {limit} years is taken.",
    remediation="Add times with PUT /v1/profiles/{actual}/slots, or give a time.",
    why="A slot holds one post, and no post is kept for longer than that.",
    sources=OURS,
)
SLOTS_TIME_ZONE = declared(
    "slots.time_zone",
    field="timeZone",
    message="{actual} is no time zone.",
    remediation="Use a name of the IANA time zone database, such as Europe/Vienna or UTC.",
    why="Weekly times follow the clocks of a place, daylight saving included; an offset would not.",
    sources=_ZONES,
)
SLOTS_MAX = declared(
    "slots.times_max",
    field="times",
    limit=SLOTS_MAX_COUNT,
    message="The plan has {actual} times; up to {limit} are accepted.",
    remediation="Send fewer times; each is one weekday and one time of day.",
    why="A slot every hour of the week is the most that is of use to a queue.",
)

QUEUE_RULES: tuple[Rule, ...] = (
    DRAFT_TIME,
    PUBLISH_STATUS,
    DRAFT_STATUS,
    RECURRING,
    SLOTS_UNSET,
    SLOTS_TAKEN,
    SLOTS_TIME_ZONE,
    SLOTS_MAX,
)
