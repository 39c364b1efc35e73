"""What Instagram's refusals mean, and what is done about each.

Sources: https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/error-codes
and answers that callers have published. Codes below zero are real.
"""

import re
from collections.abc import Mapping
from typing import Final

from letmepost.platform_kit.graph.containers import Unprepared
from letmepost.platform_kit.graph.errors import GraphError
from letmepost.platform_kit.graph.failures import Failure, FailureTable

PLATFORM: Final = "instagram"
NOT_FETCHED: Final = 2207052
_NOT_READY: Final = frozenset({(9007, 2207027), (24, 2207006), (24, 2207008)})
_HOUR_SECONDS: Final = 3600.0
_MINUTE_SECONDS: Final = 60.0
_SUBCODE: Final = re.compile(r"\b(2207\d{3})\b")


def _rejected(
    subcode: int, message: str, rule: str | None = None, *, missed: bool = False
) -> Failure:
    return Failure(subcodes=(subcode,), ends="rejected", message=message, rule=rule, missed=missed)


TABLE: Final = FailureTable(
    PLATFORM,
    "Instagram",
    (
        Failure(
            subcodes=(2207003, 2207020, 2207032, 2207053, 2207076, 2207082),
            ends="later",
            message="Instagram lost or could not take in the file; it is prepared anew.",
            retry_after_seconds=_MINUTE_SECONDS,
        ),
        Failure(
            subcodes=(2207001,),
            ends="later",
            message="Instagram's servers failed.",
            retry_after_seconds=_MINUTE_SECONDS,
            unsure=True,
        ),
        Failure(
            subcodes=(2207027, 2207006, 2207008),
            ends="later",
            message="What was prepared is not ready, or not visible there yet.",
            retry_after_seconds=_MINUTE_SECONDS,
        ),
        Failure(
            subcodes=(2207042,),
            ends="later",
            rule="instagram.publish.quota_24h",
            message="The account's posts of 24 hours are used up.",
            retry_after_seconds=_HOUR_SECONDS,
        ),
        Failure(
            subcodes=(2207050,),
            ends="auth",
            message="The account is restricted, inactive or asked to confirm something.",
            remediation="Open the Instagram app, see what it asks for, and retry the post then.",
        ),
        Failure(
            subcodes=(2207051,),
            ends="rejected",
            message="Instagram took the post for spam, whatever its words say.",
            remediation="Wait before the account posts again, and vary what it says.",
            unsure=True,
        ),
        _rejected(
            NOT_FETCHED,
            "Instagram could not fetch the file from its address, or it is no JPEG or video.",
            "instagram.media.reachable",
        ),
        _rejected(2207077, "Instagram could not fetch the video.", "instagram.media.reachable"),
        _rejected(
            2207057,
            "The moment of the cover is not within the video.",
            "instagram.thumb_offset.within_video",
            missed=True,
        ),
        _rejected(2207023, "Instagram does not know this kind of post."),
        _rejected(
            2207028,
            "The carousel has too few or too many items.",
            "instagram.media.count_max",
            missed=True,
        ),
        _rejected(2207035, "A product tag in a video has a place, which it must not have."),
        _rejected(2207036, "A product tag in an image has no place."),
        _rejected(2207037, "A tagged product is not in the account's shop."),
        _rejected(
            2207040,
            "The caption mentions too many people.",
            "instagram.text.mentions_max",
            missed=True,
        ),
        _rejected(2207067, "A single video has to be a reel."),
        _rejected(
            2207026, "Instagram cannot read the video.", "instagram.video.codec", missed=True
        ),
        _rejected(
            2207004, "The image is too large.", "instagram.media.image_size_max", missed=True
        ),
        _rejected(
            2207005, "The image's format is not JPEG.", "instagram.media.mime_allowed", missed=True
        ),
        _rejected(
            2207009,
            "The image is too wide or too tall.",
            "instagram.media.aspect_ratio",
            missed=True,
        ),
        _rejected(2207010, "The caption is too long.", "instagram.text.max_graphemes", missed=True),
        _rejected(2207081, "The account has no trial reels."),
        Failure(
            text="not an Instagram Business",
            ends="auth",
            message="The account is not a professional one any more.",
            remediation="Switch it to Business or Creator in the app, then connect it again.",
        ),
        Failure(
            codes=(9009,),
            ends="auth",
            message="Instagram does not know the account any more.",
        ),
        Failure(
            text="collaborators is not allowed",
            ends="rejected",
            message="The post may not have these collaborators.",
        ),
    ),
)


def is_not_ready(error: GraphError | None) -> bool:
    """Whether a container is refused because it is not ready, or not there yet."""
    return error is not None and (error.code, error.subcode) in _NOT_READY


def is_not_fetched(error: GraphError | None) -> bool:
    """Whether Instagram could not fetch a file from its address."""
    return error is not None and error.subcode == NOT_FETCHED


UNPREPARED: Final[Mapping[str, Unprepared]] = {
    "2207001": Unprepared("its servers failed", again=True),
    "2207003": Unprepared("fetching the file took too long", again=True),
    "2207004": Unprepared("the image is too large"),
    "2207005": Unprepared("the image is no JPEG"),
    "2207009": Unprepared("the image is too wide or too tall"),
    "2207020": Unprepared("it has dropped the file", again=True),
    "2207026": Unprepared("it cannot read the video"),
    "2207032": Unprepared("it could not take in the file", again=True),
    "2207052": Unprepared("it could not fetch the file", again=True),
    "2207053": Unprepared("it could not take in the video and does not say why", again=True),
    "2207057": Unprepared("the moment of the cover is not within the video"),
    "2207076": Unprepared("it could not take in the file", again=True),
    "2207077": Unprepared("it could not fetch the video", again=True),
    "2207082": Unprepared("it could not take in the file", again=True),
}


def unprepared(said: str) -> tuple[str, Unprepared]:
    """What the status text of a failed container means, by the number in it."""
    found = _SUBCODE.search(said)
    number = found[1] if found else ""
    meant = UNPREPARED.get(number) or Unprepared("it does not explain itself", again=True)
    return said.removeprefix("Error: ") or "ERROR", meant
