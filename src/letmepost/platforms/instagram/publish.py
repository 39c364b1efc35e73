"""Publish to Instagram: prepare a container, look until it is ready, publish from it.

Source: https://developers.facebook.com/docs/instagram-platform/content-publishing
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
from letmepost.platforms.instagram.lookup import id_at
from letmepost.platforms.instagram.preview import preview
from letmepost.platforms.instagram.run import Run
from letmepost.platforms.instagram.settings import api_base


def is_by_page(task: AccountTask) -> bool:
    """Whether the account was connected through its Facebook Page."""
    return task.account_details.get("login") == "page"


def account_of(task: AccountTask) -> str:
    """The account's id, which paths begin with."""
    return str(task.account_details["accountId"])


def client_of(task: AccountTask) -> GraphClient:
    """Calls with the account's token, at the host of its login."""
    return GraphClient(task, api_base(task.settings, by_page=is_by_page(task)))


class InstagramPublisher:
    """Images, carousels, reels and stories, and a first comment."""

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
        """Look for the post among the account's own, as others would see it."""
        try:
            found = await id_at(client_of(task), account_of(task), uri)
        except (NoAnswerError, NotListedError):
            return "unknown"
        return "visible" if found else "absent"
