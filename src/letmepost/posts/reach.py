"""Whether platforms that fetch files can fetch those of a post: said before anything is sent."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from letmepost.content.draft import Draft, DraftMedia
from letmepost.media.addresses import VALID_FOR, is_private
from letmepost.media.storage import Storage
from letmepost.platform_kit.platform import Platform
from letmepost.posts.attach import reachable_rule
from letmepost.preflight.refuse import found
from letmepost.preflight.run import Finding


@dataclass(frozen=True)
class Reach:
    """What is known of where files are. `api_urls` is where each platform is spoken to."""

    storage: Storage
    public_url: str
    api_urls: Mapping[str, str]

    async def findings(
        self, platform: Platform, draft: Draft, details: Mapping[str, Any], number: int
    ) -> list[Finding]:
        """A violation for each file of a draft that the platform has to fetch and cannot."""
        if not draft.media or not platform.fetches_media_urls:
            return []
        api_url = self.api_urls.get(platform.name, "")
        if api_url and is_private(api_url):
            # A simulator in a network of our own fetches from there.
            return []
        own = await self.storage.get_address("file", VALID_FOR) or self.public_url
        if not is_private(own):
            return []
        host = urlsplit(own).netloc
        return [
            found(
                reachable_rule(platform.name, each.kind),
                f"media[{place}]",
                target=number,
                actual=f"the internet does not reach {host}",
            )
            for place, each in _fetched(platform, draft, details)
        ]


def _fetched(
    platform: Platform, draft: Draft, details: Mapping[str, Any]
) -> Iterator[tuple[int, DraftMedia]]:
    """The files that the platform would fetch from us: not those of the caller's own address."""
    for place, each in enumerate(draft.media):
        by_bytes = (
            platform.takes_bytes is not None
            and each.facts is not None
            and platform.takes_bytes(each.facts, details)
        )
        if not by_bytes and (each.url is None or is_private(each.url)):
            yield place, each
