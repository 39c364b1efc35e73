"""A publisher's side of the simulated Pinterest: tasks made by hand, and what became of them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp

from letmepost.content.draft import Draft, DraftMedia
from letmepost.content.media_facts import MediaFacts
from letmepost.kit.settings import read_group
from letmepost.platform_kit.connect import Connected, Consent
from letmepost.platform_kit.http import Sessions, Upstream
from letmepost.platform_kit.outcome import Outcome, Waiting
from letmepost.platform_kit.platform import AccountTask, PublishTask
from letmepost.platforms.pinterest import PLATFORM
from letmepost.platforms.pinterest.connect import PinterestConnect
from letmepost.platforms.pinterest.options import PinterestOptions
from letmepost.platforms.pinterest.settings import PinterestSettings
from tests.clock import FakeClock
from tests.media import samples
from tests.platforms.pinterest.caller import BACK, MP4, Caller

PREFIX = "LETMEPOST_PINTEREST_"


@dataclass(frozen=True)
class Held:
    """A file in memory, as a publisher reads it."""

    content: bytes
    content_type: str = "image/png"

    @property
    def facts(self) -> MediaFacts:
        return MediaFacts(
            content_type=self.content_type, size_bytes=len(self.content), sha256="0" * 64
        )

    async def read(self) -> bytes:
        return self.content

    async def address(self) -> str:
        raise NotImplementedError

    async def stream(self) -> AsyncIterator[bytes]:
        yield self.content[:7]
        yield self.content[7:]


PICTURE = Held(samples.image("PNG"))
FILM = Held(MP4, "video/mp4")


@dataclass
class Publishing:
    """One account and its attempts."""

    jane: Caller
    clock: FakeClock
    settings: PinterestSettings
    sessions: Sessions
    board_id: str = ""
    credentials: Mapping[str, Any] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    refreshes: int = 0
    sendings: int = 0

    async def connect(self, code: str | None = None) -> Connected:
        """Connect Jane's account, by her consent."""
        consent = Consent(state="s-1", redirect_uri=BACK, code_verifier="unused")
        code = code or (await self.jane.consent())["code"]
        [connected] = await PinterestConnect().connect(
            code, consent, self.settings, self.upstream()
        )
        self.credentials, self.details = connected.credentials, connected.details
        return connected

    async def refresh(self) -> None:
        """Renew the token, as an account's session does."""
        self.refreshes += 1
        renewed = await PinterestConnect().refresh(
            self.credentials, self.details, self.settings, self.upstream()
        )
        self.credentials = renewed.credentials

    async def sending(self) -> None:
        self.sendings += 1

    def upstream(self) -> Upstream:
        """A conversation, of whose secrets the session tells."""
        upstream = Upstream(self.sessions, "pinterest", trusted=[self.settings.api_url])
        upstream.secrets.update(str(each) for each in self.credentials.values())
        return upstream

    def account_task(self) -> AccountTask:
        return AccountTask(
            account_id="acc_1",
            account_details=self.details,
            session=self,
            settings=self.settings,
            upstream=self.upstream(),
            now=self.clock.now(),
        )

    def task(
        self,
        *files: Held,
        text: str = "The bridge at noon",
        urls: Sequence[str] = (),
        alt_text: str | None = "A stone bridge",
        cover: Held | None = None,
        **options: Any,
    ) -> PublishTask:
        """An attempt at a pin: of the files, or of those at the addresses."""
        media = list(files) or [PICTURE] * max(1, len(urls))
        draft = Draft(
            text=text,
            media=tuple(
                DraftMedia(
                    kind="video" if each.content_type == "video/mp4" else "image",
                    alt_text=alt_text,
                    facts=each.facts,
                    media_id=f"med_{number}",
                    url=urls[number] if urls else None,
                )
                for number, each in enumerate(media)
            ),
            options=PinterestOptions.model_validate(
                {"platform": "pinterest", "board_id": self.board_id, **options}, by_name=True
            ),
            account=self.details,
        )
        return PublishTask(
            publication_id="post_1",
            draft=draft,
            media=media,
            plan=PLATFORM.publisher.plan(draft, self.clock.now()),
            checkpoint={},
            account_id="acc_1",
            account_details=self.details,
            session=self,
            settings=self.settings,
            upstream=self.upstream(),
            sending=self.sending,
            now=self.clock.now(),
            cover=cover,
        )

    async def publish(self, task: PublishTask) -> Outcome:
        return await PLATFORM.publisher.publish(task)

    def again(self, task: PublishTask, checkpoint: Mapping[str, Any], seconds: float) -> Any:
        """The next attempt at the same publication, some time later."""
        self.clock.advance(seconds)
        return replace(task, checkpoint=checkpoint, now=self.clock.now(), upstream=self.upstream())

    async def publish_to_the_end(self, task: PublishTask) -> Outcome:
        """Attempts as long as the platform is at work."""
        for _ in range(20):
            ended = await self.publish(task)
            if not isinstance(ended, Waiting):
                return ended
            task = self.again(task, ended.checkpoint, ended.look_after_seconds)
        raise AssertionError("no end in sight")

    async def pins(self) -> list[Any]:
        """What is on the board, newest first."""
        found = await self.jane.api("GET", f"/boards/{self.board_id}/pins")
        items: list[Any] = found.body["items"]
        return items

    async def requests(self, path: str) -> list[Any]:
        """The requests to a path that reached the platform."""
        shown = (await self.jane.send("GET", "/_simulator/requests")).body
        return [each for each in shown if each["path"].endswith(path)]


@asynccontextmanager
async def publishing(
    jane: Caller, clock: FakeClock, record_to: Path | None = None, **settings: str
) -> AsyncIterator[Publishing]:
    """Open a publisher's side, with Jane's account connected."""
    given = {**jane.simulation.settings, **{PREFIX + name: each for name, each in settings.items()}}
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(connector=connector) as session:
        opened = Publishing(
            jane,
            clock,
            read_group(PinterestSettings, given, PREFIX),
            Sessions(plain=session, guarded=session, record_to=record_to),
        )
        await opened.connect()
        opened.board_id = await jane.board_id()
        yield opened
