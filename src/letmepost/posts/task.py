"""Open what a publisher needs for one publication: its session, its files, its settings."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from letmepost.accounts.connect import Connecting
from letmepost.accounts.tokens import AccountSession, Envelopes
from letmepost.content.draft import Draft
from letmepost.jobs.lease import Lease
from letmepost.kit.clock import Clock
from letmepost.media.library import OpenMedia
from letmepost.media.storage import Storage
from letmepost.platform_kit.http import Upstream
from letmepost.platform_kit.platform import Platform, PublishTask
from letmepost.platforms import platforms
from letmepost.posts.ledger import Loaded


@dataclass
class Tasks:
    """Makes the tasks of a process."""

    connecting: Connecting
    storage: Storage
    clock: Clock
    lease: Lease

    def __post_init__(self) -> None:
        """Read the credentials of many accounts at once."""
        self._envelopes = Envelopes(self.connecting.database)

    def upstream(self, platform: Platform) -> Upstream:
        """A conversation with a platform, with a transcript of its own."""
        trusted = self.connecting.trusted_urls[platform.name]
        return Upstream(
            self.connecting.sessions,
            platform.name,
            trusted,
            deadline_seconds=self.lease.call_seconds,
        )

    async def open(
        self,
        loaded: Loaded,
        draft: Draft,
        upstream: Upstream,
        sending: Callable[[], Awaitable[None]],
        now: datetime,
    ) -> PublishTask:
        """Open the account's session; raise `platform_auth_failed` when there is none."""
        platform = platforms()[loaded.account.platform]
        session = AccountSession(
            self.connecting, self._envelopes, self.clock, loaded.account, platform, upstream
        )
        await session.open()
        return PublishTask(
            publication_id=loaded.id,
            draft=draft,
            media=[
                OpenMedia(self.storage, stored.storage_key, stored.facts)
                for item in loaded.row["content"]["media"]
                if (stored := loaded.media.get(item["mediaId"])) is not None
            ],
            plan=loaded.row["plan"],
            checkpoint=loaded.row["checkpoint"],
            account_id=loaded.account.id,
            account_details=loaded.account.details,
            session=session,
            settings=self.connecting.platform_settings[platform.name],
            upstream=upstream,
            sending=sending,
            now=now,
            cover=self._cover(loaded),
        )

    def _cover(self, loaded: Loaded) -> OpenMedia | None:
        stored = loaded.media.get(loaded.row["content"].get("coverMediaId", ""))
        return OpenMedia(self.storage, stored.storage_key, stored.facts) if stored else None
