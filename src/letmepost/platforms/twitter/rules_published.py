"""Rules that only X's answers raise: what it refuses, and what a post may lack once it is out."""

from functools import partial

from letmepost.content.errors import ErrorCode
from letmepost.platforms.twitter import limits
from letmepost.preflight.rule import Rule, declared

_raised = partial(declared, platform="twitter", phase="publish")

DUPLICATE = _raised(
    "twitter.text.duplicate",
    field="text",
    code=ErrorCode.PLATFORM_REJECTED,
    message="X has a recent post of this account with the same text.",
    remediation="Change the text, or leave the earlier post as it is.",
    why="X refuses to publish a text twice in a row and does not say for how long. When the "
    "answer to an earlier try was lost, the refusal may well mean that the post is out: then the "
    "account's recent posts are read before anything is said.",
    sources=((limits.INTEGRATE, limits.READ),),
)
QUOTE_REFUSED = _raised(
    "twitter.quote.enterprise_only",
    field="options.quoteTweetId",
    code=ErrorCode.PLATFORM_REJECTED,
    message="X takes quotes from Enterprise apps only.",
    remediation="Leave out quoteTweetId, and write the address of the post into the text.",
    why="X took quotes from apps of the self-serve plans until April 2026. The field stays for "
    "those whose app is on an Enterprise plan, which cannot be seen before X answers.",
    sources=((limits.INTEGRATE, limits.READ),),
)
CREDITS = _raised(
    "twitter.credits.depleted",
    field="account",
    code=ErrorCode.PLATFORM_UNAVAILABLE,
    message="The app has no credit left at X.",
    remediation="The operator of this server buys credit, or raises the spending limit, in X's "
    "developer console; the post is then published by itself.",
    why="Apps pay X for every post, in advance. Nothing is published while the balance is zero, "
    "for any account of this server, so the next try waits for an hour.",
    sources=((limits.PRICING, limits.READ),),
)
APP_NOT_ENROLLED = _raised(
    "twitter.app.not_enrolled",
    field="account",
    code=ErrorCode.PLATFORM_REJECTED,
    message="X does not let this server's app publish.",
    remediation="The operator of this server attaches the app to a project, and gives it the "
    "right to read and write, in X's developer console.",
    why="An app outside of a project, or with the right to read alone, can connect accounts and "
    "is refused at the first post.",
    sources=((limits.RESPONSE_CODES, limits.READ),),
)
THREAD_INCOMPLETE = _raised(
    "twitter.thread.incomplete",
    severity="warning",
    field="options.thread",
    message="The thread ends early: {actual}",
    remediation="Publish the rest as a post that answers the last one, by options.replyToTweetId.",
    why="A thread is published post by post, each as an answer to the one before. What is out "
    "when X refuses one of them is not taken back.",
    sources=((limits.INTEGRATE, limits.READ),),
)
FIRST_COMMENT_MISSING = _raised(
    "twitter.first_comment.not_published",
    severity="warning",
    field="firstComment",
    message="The post is published, its first comment is not: {actual}",
    remediation="Write the comment by hand, or as a post with options.replyToTweetId.",
    why="The post was there already when its comment was refused, and is not taken back.",
    sources=((limits.INTEGRATE, limits.READ),),
)

PUBLISHED_RULES: tuple[Rule, ...] = (
    DUPLICATE,
    QUOTE_REFUSED,
    CREDITS,
    APP_NOT_ENROLLED,
    THREAD_INCOMPLETE,
    FIRST_COMMENT_MISSING,
)
