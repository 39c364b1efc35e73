"""Open what a publisher needs for one publication: its session, its files, its settings."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from letmepost.accounts.queries import Account
from letmepost.accounts.renewals import Renewals, Stored
from letmepost.accounts.tokens import AccountSession
from letmepost.content.draft import Draft
from letmepost.jobs.lease import Lease
from letmepost.media.addresses import FileAddresses
from letmepost.media.library import OpenMedia, StoredMedia
from letmepost.media.storage import Storage
from letmepost.platform_kit.http import Upstream
from letmepost.platform_kit.platform import AccountTask, Platform, PublishTask
from letmepost.platforms import platforms
from letmepost.posts.loaded import Loaded


@dataclass
class Tasks:
    """Makes the tasks of a process."""

    renewals: Renewals
    storage: Storage
    lease: Lease

    def upstream(
        self, platform: Platform, begin: Callable[[], Awaitable[None]] | None = None
    ) -> Upstream:
        """A conversation with a platform, with a transcript of its own."""
        connecting = self.renewals.connecting
        return Upstream(
            connecting.sessions,
            platform.name,
            connecting.trusted_urls[platform.name],
            deadline_seconds=self.lease.call_seconds,
            before_call=begin,
        )

    async def session(
        self,
        account: Account,
        platform: Platform,
        upstream: Upstream,
        stored: Stored | None = None,
    ) -> AccountSession:
        """Open an account's session; raise `platform_auth_failed` when there is none."""
        session = AccountSession(self.renewals, account, platform, upstream)
        await session.open(stored)
        return session

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
        session = await self.session(loaded.account, platform, upstream, loaded.stored)
        return PublishTask(
            publication_id=loaded.id,
            draft=draft,
            media=self._media(loaded, platform),
            plan=loaded.row["plan"],
            checkpoint=loaded.row["checkpoint"],
            account_id=loaded.account.id,
            account_details=loaded.account.details,
            session=session,
            settings=self.renewals.connecting.platform_settings[platform.name],
            upstream=upstream,
            sending=sending,
            now=now,
            cover=self._cover(loaded, platform),
        )

    async def refuse_unreachable(self, loaded: Loaded, platform: Platform) -> None:
        """Raise where the platform has to fetch a file that it cannot reach."""
        if not platform.fetches_media_urls:
            return
        cover = self._cover(loaded, platform)
        for file in [*self._media(loaded, platform), *([cover] if cover else [])]:
            details = loaded.account.details
            if platform.takes_bytes is None or not platform.takes_bytes(file.facts, details):
                await file.address()

    def _media(self, loaded: Loaded, platform: Platform) -> list[OpenMedia]:
        return [
            self._open(stored, platform, item.get("url"))
            for item in loaded.row["content"]["media"]
            if (stored := loaded.media.get(item["mediaId"])) is not None
        ]

    def _cover(self, loaded: Loaded, platform: Platform) -> OpenMedia | None:
        stored = loaded.media.get(loaded.row["content"].get("coverMediaId", ""))
        return self._open(stored, platform) if stored else None

    def _open(
        self, stored: StoredMedia, platform: Platform, given_url: str | None = None
    ) -> OpenMedia:
        connecting = self.renewals.connecting
        addresses = FileAddresses(
            self.storage,
            connecting.keyring,
            self.renewals.clock,
            connecting.public_url,
            platform,
            getattr(connecting.platform_settings[platform.name], "api_url", ""),
        )
        return OpenMedia(self.storage, stored, addresses, given_url)

    async def open_account(
        self, account: Account, upstream: Upstream, now: datetime
    ) -> AccountTask:
        """Open the session for what is no publishing; raise `platform_auth_failed` as `open`."""
        platform = platforms()[account.platform]
        return AccountTask(
            account_id=account.id,
            account_details=account.details,
            session=await self.session(account, platform, upstream),
            settings=self.renewals.connecting.platform_settings[platform.name],
            upstream=upstream,
            now=now,
        )
