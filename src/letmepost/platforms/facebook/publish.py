"""Publish on a Facebook Page, and find out what became of a post.

Source: https://developers.facebook.com/docs/pages-api/posts
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from letmepost.content.draft import Draft
from letmepost.platform_kit.graph.errors import graph_error
from letmepost.platform_kit.graph.listing import NotListedError
from letmepost.platform_kit.http import NoAnswerError
from letmepost.platform_kit.outcome import Absent, Outcome, Reconciled, Unknown
from letmepost.platform_kit.platform import PublishTask, Visibility
from letmepost.platforms.facebook.client import client_of, page_of
from letmepost.platforms.facebook.errors import TABLE, is_missing, refusal
from letmepost.platforms.facebook.fields import is_story
from letmepost.platforms.facebook.lookup import Found, comment_saying, id_at, post_like
from letmepost.platforms.facebook.preview import preview
from letmepost.platforms.facebook.rules import STORY_UNCHECKED
from letmepost.platforms.facebook.run import Run, several_alike
from letmepost.platforms.facebook.video import VideoState, read_video
from letmepost.preflight.refuse import refuse

LOOK_AGAIN_SECONDS: Final = 150.0


class FacebookPublisher:
    """Text, links, photos, videos, reels and stories, and a first comment."""

    def plan(self, draft: Draft, now: datetime) -> Mapping[str, Any]:  # noqa: ARG002 - the protocol's
        """Since when a post of ours can be on the Page."""
        return {"since": now.isoformat()}

    async def publish(self, task: PublishTask) -> Outcome:
        """Go one step on."""
        return await Run(task).go_on()

    async def reconcile(self, task: PublishTask) -> Reconciled:
        """Look a lost post up: a video by its id, any other among the Page's posts.

        Facebook's list is ranked and late, so a post that is not in it is looked for once more
        before it is sent again; whoever is not there after a second loss is not sent a third time.
        """
        run = Run(task)
        try:
            return await _looked_up(run)
        except NotListedError as error:
            return Unknown(error=refusal(error.answer, run.page).error)
        except NoAnswerError as error:
            return Unknown(error=TABLE.unavailable(error.reason))

    def preview(self, draft: Draft, account_details: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The calls that would upload and publish."""
        return preview(draft, account_details)

    async def verify(self, task: PublishTask, uri: str) -> Visibility:
        """Look for the post by its id."""
        client = client_of(task)
        try:
            found = await id_at(client, page_of(task), uri)
            if found is None:
                return "absent"
            answer = await client.get(f"/{found}", fields="id")
        except (NoAnswerError, NotListedError):
            return "unknown"
        if answer.ok:
            return "visible"
        return "absent" if is_missing(graph_error(answer)) else "unknown"


async def _looked_up(run: Run) -> Reconciled:
    progress = run.progress
    if progress.post is not None:
        return await _comment_looked_up(run, progress.post)
    if is_story(run.task.draft):
        said = "stories cannot be looked up"
        return Unknown(error=refuse(STORY_UNCHECKED, actual=said))
    if progress.video is not None:
        return await _video_looked_up(run, progress.video)
    return await _post_looked_up(run)


async def _comment_looked_up(run: Run, post_id: str) -> Reconciled:
    """Look below the post; the post itself is out, whatever became of its comment."""
    found = await comment_saying(run.client, post_id, str(run.comment))
    if found is not None:
        return run.commented(found)
    if run.progress.doubtful:
        return run.uncommented("Facebook's answer was lost twice.")
    return run.doubted(LOOK_AGAIN_SECONDS)


async def _post_looked_up(run: Run) -> Reconciled:
    """Look among the Page's posts, once more before it may be sent again."""
    found = await post_like(run.task, run.client, run.progress.photos)
    if isinstance(found, Found):
        return run.advanced(found)
    if found is not None:
        return Unknown(error=several_alike())
    if run.progress.doubtful:
        return Unknown(error=TABLE.unavailable("the post is not among those of the Page"))
    return run.doubted(LOOK_AGAIN_SECONDS)


async def _video_looked_up(run: Run, video: str) -> Reconciled:
    """Ask the video itself; finishing it a second time cannot make two of it."""
    answer = await read_video(run.client, video)
    state = VideoState.of(answer)
    if state is None:
        return Unknown(error=refusal(answer, run.page).error)
    if run.progress.submitted_at and not (state.published or state.problem):
        return Unknown(error=TABLE.unavailable("it still works on the video", answer))
    return run.submitted() if state.submitted or state.problem else Absent()
