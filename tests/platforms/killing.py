"""Workers that die at a call, again and again, until a post is published all the same."""

from typing import Any

import pytest

from letmepost.platform_kit.http import Answer, Upstream
from tests.platforms.cases import Kind
from tests.platforms.every_platform import Play

ATTEMPTS_MOST = 60


class Killed(BaseException):
    """What a worker that is killed cannot catch."""


async def published_among_kills(play: Play, kind: Kind, *, call: int, answered: bool) -> Any:
    """Publish a post whose attempts die at their first or second call; the publication.

    The worker dies before that call is sent, or once it is `answered`. The attempt after one that
    died lives, so every step is made and every step that makes so many calls is interrupted.
    """
    asked, killed = Upstream.request, 0

    async def dying(self: Upstream, *given: Any, **more: Any) -> Answer:
        nonlocal killed
        last = len(self.transcript) + 1 == call
        if last and not answered:
            killed += 1
            raise Killed
        answer = await asked(self, *given, **more)
        if last:
            killed += 1
            raise Killed
        return answer

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Upstream, "request", dying)
        result = await play.server.post_kind(kind)
    for _ in range(ATTEMPTS_MOST):
        if (await play.server.read(result))["status"] != "publishing":
            break
        play.server.clock.advance(120)
        before = killed
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(Upstream, "request", dying)
            try:
                await play.server.run_due()
            except Killed:
                play.server.clock.advance(120)
        if killed > before:
            await play.server.run_due()
    shown = await play.end(result)
    assert shown["status"] == "published", shown
    assert killed
    return shown
