"""Every failure that X documents, as the simulator is told to play it."""

from collections.abc import Mapping, Sequence
from typing import Any

from letmepost.content.errors import ErrorCode
from tests.platforms.cases import Failure

CREATE = "/2/tweets?"
UPLOAD = "/2/media/upload?"
FINALIZE = "/finalize"
PROBLEMS = "https://api.x.com/2/problems/"
OLD_PROBLEMS = "https://api.twitter.com/2/problems/"
# So far ahead that whatever the suite's clock says, the wait is the longest that is believed.
FAR = 4_102_444_800
LONGEST_SECONDS = 24 * 3600


def _problem(
    status: int, detail: str, *, title: str = "Forbidden", kind: str = "about:blank", **more: Any
) -> Mapping[str, Any]:
    return {"title": title, "detail": detail, "type": kind, "status": status, **more}


def _refuses(status: int, body: Any, route: str = CREATE, **more: Any) -> Mapping[str, Any]:
    return {"fault": "status", "route": route, "status": status, "body": body, **more}


def _window(name: str, left: int, later_seconds: int = 0) -> dict[str, int]:
    reset = FAR + later_seconds
    return {f"{name}-limit": 100, f"{name}-remaining": left, f"{name}-reset": reset}


_UNAUTHORIZED = _problem(401, "Unauthorized", title="Unauthorized")
_NOT_PERMITTED = _problem(403, "You are not permitted to perform this action.")
_TOO_MANY = _problem(429, "Too Many Requests", title="Too Many Requests")
_LOST_MEDIA = _problem(
    400,
    "One or more parameters to your request was invalid.",
    title="Invalid Request",
    kind=f"{PROBLEMS}invalid-request",
    errors=[{"parameters": {"media.media_ids": ["1"]}, "message": "Your media IDs are invalid."}],
)

AUTH = ErrorCode.PLATFORM_AUTH_FAILED
REJECTED = ErrorCode.PLATFORM_REJECTED
UNAVAILABLE = ErrorCode.PLATFORM_UNAVAILABLE

FAILURES: Sequence[Failure] = (
    Failure(
        name="401 twice",
        fault=_refuses(401, _UNAUTHORIZED, times=2),
        code=AUTH,
        state="rejected",
    ),
    Failure(name="token revoked", fault={"fault": "revoked_token"}, code=AUTH, state="rejected"),
    Failure(
        name="403 unsupported authentication",
        fault=_refuses(
            403,
            _problem(
                403,
                "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint.",
                title="Unsupported Authentication",
                kind=f"{PROBLEMS}unsupported-authentication",
            ),
        ),
        code=AUTH,
        state="rejected",
    ),
    Failure(
        name="403 oauth1 permissions",
        fault=_refuses(
            403,
            _problem(
                403,
                "Your client app is not configured with the appropriate oauth1 app permissions.",
                kind=f"{PROBLEMS}oauth1-permissions",
            ),
        ),
        code=REJECTED,
        state="rejected",
        rule="twitter.app.not_enrolled",
    ),
    Failure(
        name="403 not permitted to upload",
        fault=_refuses(403, _NOT_PERMITTED, UPLOAD),
        code=REJECTED,
        state="rejected",
        kind="image",
    ),
    Failure(
        name="403 duplicate",
        fault=_refuses(
            403, _problem(403, "You are not allowed to create a Tweet with duplicate content.")
        ),
        code=REJECTED,
        state="rejected",
        rule="twitter.text.duplicate",
    ),
    Failure(
        name="403 reply not allowed",
        fault=_refuses(
            403,
            _problem(
                403,
                "Reply to this conversation is not allowed because you have not been mentioned or "
                "otherwise engaged by the author of the post you are replying to.",
            ),
        ),
        code=REJECTED,
        state="rejected",
        rule="twitter.reply.must_be_summoned",
    ),
    Failure(
        name="403 not authorized for the resource",
        fault=_refuses(
            403,
            _problem(
                403,
                "You can only reply to or quote posts where you are mentioned or are the author.",
                kind=f"{OLD_PROBLEMS}not-authorized-for-resource",
            ),
        ),
        code=REJECTED,
        state="rejected",
        rule="twitter.reply.must_be_summoned",
    ),
    Failure(
        name="403 quote not allowed",
        fault=_refuses(
            403, _problem(403, "Quoting this post is not allowed because of your plan.")
        ),
        code=REJECTED,
        state="rejected",
        rule="twitter.quote.enterprise_only",
    ),
    Failure(
        name="403 client not enrolled",
        fault=_refuses(
            403,
            _problem(
                403,
                "When authenticating requests you must use keys of an App in a Project.",
                title="Client Forbidden",
                kind=f"{PROBLEMS}client-forbidden",
                reason="client-not-enrolled",
            ),
        ),
        code=REJECTED,
        state="rejected",
        rule="twitter.app.not_enrolled",
    ),
    Failure(
        name="403 code 453",
        fault=_refuses(
            403, {"errors": [{"code": 453, "message": "You currently have access to a subset."}]}
        ),
        code=REJECTED,
        state="rejected",
        rule="twitter.app.not_enrolled",
    ),
    Failure(
        name="403 account suspended",
        fault=_refuses(
            403,
            _problem(
                403,
                "Your account is suspended and is not permitted to access this feature.",
                kind=f"{PROBLEMS}user-suspended",
            ),
        ),
        code=AUTH,
        state="rejected",
    ),
    Failure(
        name="403 code 64",
        fault=_refuses(403, {"errors": [{"code": 64, "message": "Your account is suspended."}]}),
        code=AUTH,
        state="rejected",
    ),
    Failure(
        name="403 code 326",
        fault=_refuses(
            403, {"errors": [{"code": 326, "message": "To protect our users, log in to X."}]}
        ),
        code=AUTH,
        state="rejected",
    ),
    Failure(
        name="402 credits",
        fault=_refuses(
            402,
            _problem(
                402,
                "Your enrolled account [1] does not have any credits to fulfill this request.",
                title="CreditsDepleted",
                kind=f"{PROBLEMS}credits",
                account_id=1,
            ),
        ),
        code=UNAVAILABLE,
        state="queued",
        rule="twitter.credits.depleted",
        retry_after_seconds=3600,
    ),
    Failure(
        name="402 credits depleted",
        fault=_refuses(
            402,
            _problem(
                402,
                "credits depleted",
                title="Payment Required",
                kind=f"{OLD_PROBLEMS}credits-depleted",
            ),
        ),
        code=UNAVAILABLE,
        state="queued",
        rule="twitter.credits.depleted",
        retry_after_seconds=3600,
    ),
    Failure(
        name="400 invalid request",
        fault=_refuses(
            400,
            _problem(
                400,
                "One or more parameters to your request was invalid.",
                title="Invalid Request",
                kind=f"{PROBLEMS}invalid-request",
                errors=[{"parameters": {"text": ["x"]}, "message": "Rules are invalid."}],
            ),
        ),
        code=REJECTED,
        state="rejected",
    ),
    Failure(
        name="400 media ids once",
        fault=_refuses(400, _LOST_MEDIA),
        code=UNAVAILABLE,
        state="queued",
        kind="image",
        retry_after_seconds=1,
    ),
    Failure(
        name="403 video too long",
        fault=_refuses(
            403, _problem(403, "This user is not allowed to post a video longer than 2 minutes.")
        ),
        code=REJECTED,
        state="rejected",
        rule="twitter.video.duration_max",
        kind="image",
    ),
    Failure(
        name="403 cashtags",
        fault=_refuses(403, _problem(403, "Posts are limited to a maximum of one cashtag.")),
        code=REJECTED,
        state="rejected",
        rule="twitter.text.cashtags_max",
    ),
    Failure(
        name="429 quarter of an hour",
        fault=_refuses(429, _TOO_MANY, headers=_window("x-rate-limit", 0)),
        code=UNAVAILABLE,
        state="queued",
        rule="twitter.rate.posts_user",
        retry_after_seconds=LONGEST_SECONDS,
    ),
    Failure(
        name="429 day of the app",
        fault=_refuses(
            429,
            _TOO_MANY,
            headers={
                **_window("x-rate-limit", 90, 7200),
                **_window("x-user-limit-24hour", 0),
                **_window("x-app-limit-24hour", 0, 3600),
            },
        ),
        code=UNAVAILABLE,
        state="queued",
        rule="twitter.rate.posts_app",
        retry_after_seconds=LONGEST_SECONDS,
    ),
    Failure(
        name="429 old shape",
        fault=_refuses(429, {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}),
        code=UNAVAILABLE,
        state="queued",
    ),
    Failure(
        name="429 usage capped",
        fault=_refuses(
            429,
            _problem(
                429, "Usage cap exceeded", title="UsageCapExceeded", kind=f"{PROBLEMS}usage-capped"
            ),
        ),
        code=UNAVAILABLE,
        state="queued",
        retry_after_seconds=6 * 3600,
    ),
    *(
        Failure(
            name=f"{status} on the post",
            fault={"fault": "status", "route": CREATE, "status": status},
            code=UNAVAILABLE,
            state="unknown",
        )
        for status in (500, 502, 503, 504)
    ),
    Failure(
        name="network error after sending",
        fault={"fault": "cut_after_commit", "route": CREATE},
        code=UNAVAILABLE,
        state="unknown",
    ),
    Failure(
        name="network error before the commit",
        fault={"fault": "cut_before_commit", "route": CREATE},
        code=UNAVAILABLE,
        state="unknown",
    ),
    Failure(
        name="answer cut in half",
        fault={"fault": "malformed", "route": CREATE},
        code=UNAVAILABLE,
        state="unknown",
    ),
    Failure(
        name="error page",
        fault={"fault": "html", "route": CREATE},
        code=UNAVAILABLE,
        state="unknown",
    ),
    Failure(
        name="503 on an upload",
        fault={"fault": "status", "route": UPLOAD, "status": 503},
        code=UNAVAILABLE,
        state="queued",
        kind="image",
    ),
    Failure(
        name="conversion failed",
        fault={"fault": "container_error", "route": FINALIZE, "message": "Bad frame"},
        code=REJECTED,
        state="rejected",
        rule="twitter.media.video_processing_failed",
        kind="video",
    ),
)
