"""What Facebook's refusals mean, and what is done about each.

Sources: https://developers.facebook.com/docs/graph-api/guides/error-handling,
https://developers.facebook.com/docs/video-api/reference/error-codes, and answers that callers have
published.
"""

from collections.abc import Iterator
from typing import Any, Final

from letmepost.platform_kit.graph.errors import GraphError, graph_error
from letmepost.platform_kit.graph.failures import Failure, FailureTable
from letmepost.platform_kit.http import Answer
from letmepost.platform_kit.outcome import Rejected, TryLater

_MINUTE_SECONDS: Final = 60.0
_HOUR_SECONDS: Final = 3600.0
_MISSING: Final = (100, 33)
_DUPLICATE: Final = 506
_ROLE_LOST: Final = (
    "Let somebody who may create content on the Page connect it again, then retry the post."
)


def _numbered(*numbers: int, **row: Any) -> Iterator[Failure]:  # noqa: ANN401 - the fields of a row
    """Rows for numbers that Facebook gives as a code in one answer, as a subcode in another."""
    yield Failure(codes=numbers, **row)
    yield Failure(subcodes=numbers, **row)


TABLE: Final = FailureTable(
    "facebook",
    "Facebook",
    (
        Failure(
            codes=(190, 200),
            text="impersonating",
            ends="auth",
            message="The person who connected the Page has no role on it any more; the token "
            "itself is fine.",
            remediation=_ROLE_LOST,
        ),
        Failure(
            codes=(190,),
            subcodes=(492,),
            ends="auth",
            message="The person who connected the Page has no fitting role on it.",
            remediation=_ROLE_LOST,
        ),
        Failure(
            codes=(190,),
            subcodes=(461,),
            ends="auth",
            message="The session behind the Page's token was ended.",
        ),
        Failure(
            subcodes=(36007, 36008, 36009),
            ends="auth",
            message="The code of the consent has expired, was used before, or is for another "
            "address.",
            remediation="Begin connecting once more.",
        ),
        *_numbered(
            1363042,
            ends="auth",
            message="The person who connected the Page may not publish videos on it.",
            remediation=_ROLE_LOST,
        ),
        Failure(
            codes=(100,),
            text="No permission to publish the video",
            ends="auth",
            message="The person who connected the Page may not publish videos on it.",
            remediation=_ROLE_LOST,
        ),
        *_numbered(
            1366046,
            ends="rejected",
            message="The photo is too large, or of no kind that Facebook takes. Its words say "
            "4 MB, its documents 10 MB.",
            rule="facebook.media.image_size_max",
            missed=True,
        ),
        Failure(
            codes=(324,),
            ends="rejected",
            message="Facebook cannot read the photo.",
            rule="facebook.media.mime_allowed",
            missed=True,
        ),
        *_numbered(
            1366051,
            ends="rejected",
            message="These photos were posted before.",
            unsure=True,
        ),
        *_numbered(
            1609008,
            ends="rejected",
            message="Facebook takes no links to itself here.",
            remediation="Leave the link out, or share the post in Facebook's own app.",
        ),
        *_numbered(
            1609005,
            1500,
            2061006,
            ends="rejected",
            message="Facebook does not take the link: it is malformed, or cannot be fetched.",
            remediation="Open the link in a private window; mend or leave it out.",
        ),
        Failure(
            codes=(_DUPLICATE,),
            ends="rejected",
            message="The Page's last post says the same.",
            remediation="Change the text, or wait until another post stands between them.",
        ),
        Failure(
            codes=(4, 9, 32, 341, 368, 613),
            text="reel",
            ends="later",
            message="The Page's reels of 24 hours are used up.",
            rule="facebook.reel.quota_24h",
            retry_after_seconds=_HOUR_SECONDS,
        ),
        *_numbered(
            352,
            6000,
            ends="rejected",
            message="Facebook cannot read the video.",
            remediation="Export the video again as H.264 with AAC sound.",
        ),
        *_numbered(1363022, ends="rejected", message="The video is too small."),
        *_numbered(
            1363023,
            ends="rejected",
            message="The video is too large.",
            rule="facebook.media.video_size_max",
            missed=True,
        ),
        *_numbered(
            1363019,
            1363030,
            1363037,
            1363047,
            1609010,
            ends="later",
            message="Facebook did not take in the file; it is sent again.",
            retry_after_seconds=_MINUTE_SECONDS,
        ),
    ),
)


_PAGE_LOST: Final = Failure(
    ends="auth",
    message="The Page is not there any more, or not for the person who connected it.",
    remediation=_ROLE_LOST,
)


def refusal(answer: Answer, page_id: str) -> Rejected | TryLater:
    """What a refusal means, when nothing was made by the call.

    Of an object that is not there Facebook says the same whatever it is: where it names the Page
    itself, access to it is lost.
    """
    said = graph_error(answer)
    if is_missing(said) and said is not None and f"'{page_id}'" in said.message:
        return Rejected(error=TABLE.error(_PAGE_LOST, answer, said))
    return TABLE.refusal(answer, said)


def is_missing(error: GraphError | None) -> bool:
    """Whether what was named is not there, or not for us."""
    return error is not None and (
        (error.code, error.subcode) == _MISSING or error.code == 803  # noqa: PLR2004 - an alias that leads nowhere
    )


def is_duplicate(error: GraphError | None) -> bool:
    """Whether Facebook says that the last post of the Page has the same text."""
    return error is not None and error.code == _DUPLICATE


def may_have_worked(answer: Answer) -> bool:
    """Whether a call may have done its work, whatever its answer says."""
    row = TABLE.find(graph_error(answer))
    return answer.ok or answer.status >= 500 or (row is not None and row.unsure)  # noqa: PLR2004 - HTTP's own classes
