"""A publisher at work against the simulator: its tasks by hand, and a ledger of what it said."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from letmepost.content.draft import Draft, DraftMedia
from letmepost.content.media_facts import MediaFacts
from letmepost.platform_kit.http import Upstream
from letmepost.platform_kit.outcome import Outcome, Reconciled, TryLater, Waiting
from letmepost.platform_kit.platform import AccountTask, PublishTask
from letmepost.platforms.twitter import PLATFORM
from letmepost.platforms.twitter.connect import TwitterConnect
from letmepost.platforms.twitter.options import TwitterOptions
from letmepost.platforms.twitter.settings import TwitterSettings
from tests.clock import FakeClock
from tests.platforms.cases import File
from tests.platforms.twitter.caller import Caller

PIECE = 1024 * 1024


@dataclass
class MemoryMedia:
    """A file that is read from memory."""

    facts: MediaFacts
    content: bytes

    async def read(self) -> bytes:
        return self.content

    async def address(self) -> str:
        raise NotImplementedError

    async def stream(self) -> AsyncIterator[bytes]:
        for at in range(0, len(self.content), PIECE):
            yield self.content[at : at + PIECE]


def facts_of(file: File) -> MediaFacts:
    return MediaFacts(
        content_type=file.content_type,
        size_bytes=len(file.content),
        sha256="0" * 64,
        animated=file.content_type == "image/gif",
    )


@dataclass
class Publication:
    """One draft on its way, with what the ledger would keep of it."""

    draft: Draft
    media: Sequence[MemoryMedia]
    plan: Mapping[str, Any]
    checkpoint: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Publishing:
    """Alice's account, connected; what is told to the ledger is counted."""

    app: Caller
    clock: FakeClock
    settings: TwitterSettings
    upstream: Upstream
    credentials: Mapping[str, Any]
    details: Mapping[str, Any]
    sendings: int = 0
    refreshes: int = 0

    async def refresh(self) -> None:
        self.refreshes += 1
        renewed = await TwitterConnect().refresh(
            self.credentials, self.details, self.settings, self.upstream
        )
        self.credentials = renewed.credentials

    async def sending(self) -> None:
        self.sendings += 1

    def publication(
        self,
        text: str = "Hello",
        files: Sequence[File] = (),
        first_comment: str | None = None,
        **options: Any,
    ) -> Publication:
        media = tuple(
            DraftMedia(
                kind="video" if file.content_type.startswith("video/") else "image",
                alt_text=file.alt_text,
                facts=facts_of(file),
                media_id=f"med_{number}",
            )
            for number, file in enumerate(files)
        )
        chosen = TwitterOptions.model_validate({"platform": "twitter", **options})
        draft = Draft(
            text=text,
            media=media,
            first_comment=first_comment,
            options=chosen if options else None,
            account=self.details,
        )
        contents = [MemoryMedia(facts_of(file), file.content) for file in files]
        return Publication(draft, contents, PLATFORM.publisher.plan(draft, self.clock.now()))

    def task(self, publication: Publication) -> PublishTask:
        return PublishTask(
            publication_id="post_1",
            draft=publication.draft,
            media=publication.media,
            plan=publication.plan,
            checkpoint=publication.checkpoint,
            account_id="acc_1",
            account_details=self.details,
            session=self,
            settings=self.settings,
            upstream=self.upstream,
            sending=self.sending,
            now=self.clock.now(),
        )

    def account_task(self) -> AccountTask:
        return AccountTask(
            account_id="acc_1",
            account_details=self.details,
            session=self,
            settings=self.settings,
            upstream=self.upstream,
            now=self.clock.now(),
        )

    async def publish(self, publication: Publication) -> Outcome:
        """One attempt; what it keeps is kept."""
        ended = await PLATFORM.publisher.publish(self.task(publication))
        if isinstance(ended, Waiting | TryLater):
            publication.checkpoint = dict(ended.checkpoint)
        return ended

    async def reconcile(self, publication: Publication) -> Reconciled:
        """One look for a post whose answer was lost."""
        ended = await PLATFORM.publisher.reconcile(self.task(publication))
        if isinstance(ended, Waiting):
            publication.checkpoint = dict(ended.checkpoint)
        return ended

    async def to_the_end(self, publication: Publication, rounds: int = 12) -> Outcome:
        """Attempts, each when the one before said so, until one does not wait."""
        for _ in range(rounds):
            ended = await self.publish(publication)
            if not isinstance(ended, Waiting):
                return ended
            self.clock.advance(ended.look_after_seconds)
        raise AssertionError(f"no end after {rounds} rounds: {ended}")

    async def texts(self) -> list[str]:
        """What stands on the platform, the oldest first."""
        return [entry["text"] for entry in reversed(await self.app.timeline())]

    def bodies(self, route: str = "/2/tweets") -> list[Any]:
        """The JSON bodies that reached a path."""
        return [
            entry["requestBody"]
            for entry in self.upstream.transcript
            if entry["method"] == "POST" and entry["url"].endswith(route)
        ]

    def calls(self) -> list[str]:
        """The calls that were made, in order."""
        return [
            f"{entry['method']} {entry['url'].partition('/twitter')[2].partition('?')[0]}"
            for entry in self.upstream.transcript
        ]
