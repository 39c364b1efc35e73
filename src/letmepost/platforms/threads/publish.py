"""Publish to Threads: prepare a container, look until it is ready, publish from it.

A container is seen by nobody, so only publishing from it needs care, and its status tells later
whether that was done. Every step ends in a checkpoint that any worker goes on from.
Source: https://developers.facebook.com/docs/threads/posts
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from letmepost.content.draft import Draft
from letmepost.platform_kit.graph.client import GraphClient
from letmepost.platform_kit.graph.listing import NotListedError
from letmepost.platform_kit.http import NoAnswerError
from letmepost.platform_kit.outcome import Outcome, Reconciled
from letmepost.platform_kit.platform import AccountTask, PublishTask, Visibility
from letmepost.platforms.threads.lookup import id_at
from letmepost.platforms.threads.preview import preview
from letmepost.platforms.threads.run import Run
from letmepost.platforms.threads.settings import api_base


def client_of(task: AccountTask) -> GraphClient:
    """Calls of the account's profile."""
    return GraphClient(task, api_base(task.settings))


class ThreadsPublisher:
    """Texts, images, videos, carousels, replies, quotes and threads."""

    def plan(self, draft: Draft, now: datetime) -> Mapping[str, Any]:  # noqa: ARG002 - the protocol's
        """Nothing has to be chosen ahead: what is prepared is in the checkpoint."""
        return {}

    async def publish(self, task: PublishTask) -> Outcome:
        """Go one step on."""
        return await Run(task, client_of(task)).go_on()

    async def reconcile(self, task: PublishTask) -> Reconciled:
        """Ask the container whether it was published."""
        return await Run(task, client_of(task)).look_up()

    def preview(self, draft: Draft, account_details: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The calls that would prepare and publish."""
        return preview(draft, account_details)

    async def verify(self, task: PublishTask, uri: str) -> Visibility:
        """Look for the post among the profile's own, as others would see it."""
        try:
            return "visible" if await id_at(client_of(task), uri) else "absent"
        except (NoAnswerError, NotListedError):
            return "unknown"
