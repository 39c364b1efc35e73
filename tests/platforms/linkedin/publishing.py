"""The publisher's own view: a connected account, and tasks that are made by hand."""

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from letmepost.content.draft import Draft, DraftMedia, MediaKind
from letmepost.content.media_facts import MediaFacts
from letmepost.platform_kit.connect import Connected, Consent
from letmepost.platform_kit.http import Upstream
from letmepost.platform_kit.outcome import Outcome, Waiting
from letmepost.platform_kit.platform import PublishTask
from letmepost.platforms.linkedin import PLATFORM
from letmepost.platforms.linkedin.connect import LinkedInConnect
from letmepost.platforms.linkedin.options import LinkedInOptions
from letmepost.platforms.linkedin.settings import LinkedInSettings
from letmepost.platforms.linkedin.simulator import LinkedInSimulator
from tests.clock import FakeClock
from tests.platforms.linkedin.caller import BACK, Caller

PUBLISHER = PLATFORM.publisher


@dataclass(frozen=True)
class Source:
    """A file in memory."""

    content: bytes
    facts: MediaFacts

    async def read(self) -> bytes:
        return self.content

    async def address(self) -> str:
        raise NotImplementedError

    async def stream(self) -> AsyncIterator[bytes]:
        # Pieces of an odd size, so that no part of an upload begins where a piece does.
        for start in range(0, len(self.content), 99_991):
            yield self.content[start : start + 99_991]


def file(kind: MediaKind, content_type: str, content: bytes, alt: str | None = None) -> Any:
    """A draft's file and its source."""
    facts = MediaFacts(
        content_type=content_type,
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    item = DraftMedia(kind=kind, alt_text=alt, facts=facts, media_id=facts.sha256[:8])
    return item, Source(content, facts)


def options(**fields: Any) -> LinkedInOptions:
    return LinkedInOptions.model_validate({"platform": "linkedin", **fields})


async def no_waiting(_seconds: float) -> None:
    """Sleep in no time."""


@dataclass
class Desk:
    """One connected account. It is its own session, and counts what the ledger was told."""

    ada: Caller
    simulator: LinkedInSimulator
    clock: FakeClock
    settings: LinkedInSettings
    upstream: Upstream
    connector: LinkedInConnect
    credentials: Mapping[str, Any] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    sendings: int = 0
    refreshes: int = 0

    async def connect(self) -> Connected:
        """Consent to what the connector asks for, and keep the account."""
        consent = Consent(state="s-1", redirect_uri=BACK, code_verifier="v" * 43)
        url = self.connector.consent_url(consent, self.settings)
        form = self.ada.simulation.accounts["linkedin"]
        answer = await self.ada.send("POST", url, data=form)
        code = answer.headers["location"].partition("code=")[2].partition("&")[0]
        (connected,) = await self.connector.connect(code, consent, self.settings, self.upstream)
        self.credentials, self.details = connected.credentials, connected.details
        return connected

    async def connect_page(self) -> Connected:
        """Connect with a page that the member may post for."""
        pages = [{"id": "2414183", "name": "Bridges Ltd", "role": "CONTENT_ADMIN"}]
        await self.ada.world(organizations=pages)
        self.settings = self.settings.model_copy(update={"organizations": True})
        return await self.connect()

    async def refresh(self) -> None:
        self.refreshes += 1
        renewed = await self.connector.refresh(
            self.credentials, self.details, self.settings, self.upstream
        )
        self.credentials = renewed.credentials

    async def sending(self) -> None:
        self.sendings += 1

    def task(self, text: str = "Hello", files: Sequence[Any] = (), **more: Any) -> PublishTask:
        """One attempt; `plan` and `checkpoint` as a former one left them."""
        fields = {"checkpoint": {}, **more}
        checkpoint, plan = fields.pop("checkpoint"), fields.pop("plan", None)
        draft = Draft(text=text, media=tuple(item for item, _ in files), **fields)
        return PublishTask(
            publication_id="post_1",
            draft=draft,
            media=[source for _, source in files],
            plan=PUBLISHER.plan(draft, self.clock.now()) if plan is None else plan,
            checkpoint=checkpoint,
            account_id="acc_1",
            account_details=self.details,
            session=self,
            settings=self.settings,
            upstream=self.upstream,
            sending=self.sending,
            now=self.clock.now(),
        )

    def again(self, task: PublishTask, checkpoint: Mapping[str, Any] | None = None) -> PublishTask:
        """The next attempt at the same publication, now."""
        kept = task.checkpoint if checkpoint is None else checkpoint
        return PublishTask(
            **{
                **{name: getattr(task, name) for name in task.__dataclass_fields__},
                "checkpoint": kept,
                "now": self.clock.now(),
                "settings": self.settings,
            }
        )

    async def publish(self, task: PublishTask, looks: int = 30) -> tuple[Outcome, PublishTask]:
        """Attempts until one ends in something else than waiting; that, and the last task."""
        for _ in range(looks):
            ended = await PUBLISHER.publish(task)
            if not isinstance(ended, Waiting):
                return ended, task
            self.clock.advance(ended.look_after_seconds)
            task = self.again(task, ended.checkpoint)
        raise AssertionError(f"still waiting after {looks} looks")

    async def requests(self, path: str, method: str = "POST") -> list[Any]:
        """The calls that reached the platform."""
        shown = (await self.ada.send("GET", "/_simulator/requests")).body
        return [each for each in shown if path in each["path"] and each["method"] == method]

    def posts(self) -> list[Mapping[str, Any]]:
        """The bodies of the posts that are there."""
        return [post.body for post in self.simulator.world.visible_posts()]
