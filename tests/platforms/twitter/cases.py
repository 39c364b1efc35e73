"""What X publishes and how it fails, for the shared suite."""

from collections.abc import Sequence
from functools import cache

from tests.media import samples
from tests.platforms.cases import File, Kind
from tests.platforms.twitter.failures import FAILURES

__all__ = ["FAILURES", "KINDS"]


@cache
def _picture() -> File:
    return File(
        name="bridge.jpg",
        content_type="image/jpeg",
        content=samples.image(),
        alt_text="A bridge",
    )


@cache
def _animation() -> File:
    content = samples.animation()
    return File(name="turn.gif", content_type="image/gif", content=content, alt_text="It turns")


@cache
def _film() -> File:
    content = samples.video(frames=20)
    return File(name="film.mp4", content_type="video/mp4", content=content)


def _png() -> File:
    return File(name="dot.png", content_type="image/png", content=samples.image("PNG"))


KINDS: Sequence[Kind] = (
    Kind(name="text", text="The bridge at noon"),
    Kind(name="link", text="See example.com & https://example.com/bridge?a=1"),
    Kind(name="image", text="One", files=(_picture(),)),
    Kind(name="images", text="Four", files=(_picture(), _png(), _picture(), _png())),
    Kind(name="image without text", files=(_picture(),)),
    Kind(name="gif", text="It turns", files=(_animation(),)),
    Kind(name="video", text="A film", files=(_film(),)),
    Kind(name="reply settings", text="For some", options={"replySettings": "following"}),
    Kind(
        name="tagged people",
        text="With Bob",
        files=(_picture(),),
        options={"taggedUserIds": ["2244994946"]},
    ),
    Kind(
        name="thread",
        text="Built in 1894",
        options={"thread": [{"text": "Rebuilt in 1987"}, {"text": "Painted in 2020"}]},
    ),
)
