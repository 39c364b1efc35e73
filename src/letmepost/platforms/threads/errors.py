"""What Threads' refusals mean, and what is done about each.

Sources: https://developers.facebook.com/docs/threads/troubleshooting and answers that callers have
published, such as https://github.com/fbsamples/threads_api/issues/70.
"""

from collections.abc import Mapping
from typing import Final

from letmepost.content.errors import LetmepostError
from letmepost.platform_kit.graph.containers import Unprepared
from letmepost.platform_kit.graph.errors import GraphError, graph_error
from letmepost.platform_kit.graph.failures import Failure, FailureTable
from letmepost.platform_kit.http import Answer, NoAnswerError
from letmepost.platform_kit.outcome import Rejected, TryLater

PLATFORM: Final = "threads"
NOT_VISIBLE: Final = (24, 4279009)
NOT_FETCHED: Final = 2207052
STATUS_FIELD: Final = "nonexisting field (status)"
SERVER_ERROR: Final = 500
_HOUR_SECONDS: Final = 3600.0

TABLE: Final = FailureTable(
    PLATFORM,
    "Threads",
    (
        Failure(
            codes=(24,),
            subcodes=(4279009,),
            ends="later",
            message="What was prepared is not visible there yet.",
            retry_after_seconds=30.0,
        ),
        Failure(
            subcodes=(4279013,),
            ends="auth",
            message="The profile is blocked or restricted.",
            remediation="Open the Threads app, see what it asks for, and retry the post then.",
        ),
        Failure(
            subcodes=(2207051,),
            ends="rejected",
            message="Threads took the post for spam.",
            remediation="Wait before the profile posts again, and vary what it says.",
            unsure=True,
        ),
        Failure(
            subcodes=(NOT_FETCHED,),
            ends="rejected",
            message="Threads could not fetch the file from its address.",
            rule="threads.media.reachable",
        ),
        Failure(
            codes=(9,),
            ends="later",
            rule="threads.publish.quota_24h",
            message="The profile's posts of 24 hours are used up.",
            retry_after_seconds=_HOUR_SECONDS,
        ),
        Failure(
            text="LINK_LIMIT_EXCEEDED",
            ends="rejected",
            rule="threads.links.max",
            missed=True,
            message="The post has more links than Threads takes.",
        ),
        Failure(
            text="at most 500 characters",
            ends="rejected",
            rule="threads.text.max_graphemes",
            missed=True,
        ),
        Failure(
            text="FEATURE_NOT_AVAILABLE",
            ends="rejected",
            message="The profile may not use a feature that the post asks for.",
        ),
        Failure(
            text="GEO_GATING_INVALID_COUNTRY_CODES",
            ends="rejected",
            message="A country of the post is not one that Threads knows.",
        ),
        Failure(
            codes=(100,),
            subcodes=(33,),
            ends="rejected",
            message="What the post refers to is not there, or not for this profile.",
        ),
    ),
)


def is_not_visible(error: GraphError | None) -> bool:
    """Whether a container is refused because Threads does not see it yet, or lost it."""
    return error is not None and (error.code, error.subcode) == NOT_VISIBLE


def is_post_already(answer: Answer) -> bool:
    """Whether what was asked for its status turns out to be a post, which has none."""
    error = graph_error(answer)
    return error is not None and STATUS_FIELD in error.message


def is_not_fetched(error: GraphError | None) -> bool:
    """Whether Threads could not fetch a file from its address."""
    return error is not None and error.subcode == NOT_FETCHED


def refusal(answer: Answer) -> Rejected | TryLater:
    """What an answer means for the attempt, when nothing was made by the call."""
    return TABLE.refusal(answer, graph_error(answer))


def not_answered(error: NoAnswerError) -> LetmepostError:
    """The error of a request without an answer."""
    return TABLE.unavailable(error.reason)


UNPREPARED: Final[Mapping[str, Unprepared]] = {
    "FAILED_DOWNLOADING_VIDEO": Unprepared("it could not fetch the file", again=True),
    "FAILED_PROCESSING_AUDIO": Unprepared("it could not convert the sound", again=True),
    "FAILED_PROCESSING_VIDEO": Unprepared("it could not convert the picture", again=True),
    "INVALID_ASPEC_RATIO": Unprepared("width and height do not suit it"),
    "INVALID_ASPECT_RATIO": Unprepared("width and height do not suit it"),
    "INVALID_BIT_RATE": Unprepared("the bitrate is too high"),
    "INVALID_DURATION": Unprepared("the video is too long or too short"),
    "INVALID_FRAME_RATE": Unprepared("the frame rate does not suit it"),
    "FAILED_FRAME_RATE": Unprepared("the frame rate does not suit it"),
    "INVALID_AUDIO_CHANNELS": Unprepared("the number of sound channels does not suit it"),
    "INVALID_AUDIO_CHANNEL_LAYOUT": Unprepared("the layout of sound channels does not suit it"),
    "UNKNOWN": Unprepared("it does not say why; some hosts turn its fetching away", again=True),
}


def unprepared(word: str) -> Unprepared:
    """What a word means; one that nobody has seen before is given on as it is."""
    return UNPREPARED.get(word) or Unprepared("it does not explain the word", again=True)
