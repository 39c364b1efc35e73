"""Open the pages that options link to: a page that is gone is found before the post is sent.

The fetching is ours, so whatever goes wrong on our own way says nothing of the page.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
from pydantic.alias_generators import to_camel

from letmepost.platforms import catalogue
from letmepost.preflight.refuse import found
from letmepost.preflight.run import Finding

DEADLINE_SECONDS: Final = 5.0
MAX_REDIRECTS: Final = 5
# Every other refusal may be meant for programs, and browsers are welcome.
GONE: Final = frozenset({404, 410})


def linked_pages(options: Any) -> dict[str, tuple[str, str]]:  # noqa: ANN401 - any platform's options
    """The rule and the address of each field that links to a page.

    A platform's options say in `link_fields` which of their fields do, each with the rule of a
    page that is gone.
    """
    links: Mapping[str, str] | None = getattr(options, "link_fields", None)
    if not links:
        return {}
    return {
        field: (rule_id, url)
        for field, rule_id in links.items()
        if (url := getattr(options, field)) is not None
    }


@dataclass(frozen=True)
class LinkedPages:
    """Looks at pages. `session` is a guarded one: the addresses are a stranger's."""

    session: aiohttp.ClientSession

    async def gone(self, urls: Iterable[str]) -> dict[str, int]:
        """Those of the pages that are gone, with their statuses; side by side."""
        every = sorted(set(urls))
        if not every:
            return {}
        statuses = await asyncio.gather(*(self._status(url) for url in every))
        return {url: status for url, status in zip(every, statuses, strict=True) if status in GONE}

    async def _status(self, url: str) -> int:
        """The status at the end of all redirects; 0 where there is none in time."""
        try:
            async with self.session.get(
                url,
                max_redirects=MAX_REDIRECTS,
                headers={"Accept": "text/html,*/*;q=0.5"},
                timeout=aiohttp.ClientTimeout(total=DEADLINE_SECONDS),
            ) as answer:
                return answer.status
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
            return 0


def findings_of(
    options: Any,  # noqa: ANN401 - any platform's options
    gone: Mapping[str, int],
    target: int,
) -> list[Finding]:
    """A violation for each field whose page is gone."""
    if not gone:
        return []
    return [
        found(
            catalogue()[rule_id],
            f"options.{to_camel(field)}",
            target=target,
            actual=f"HTTP {gone[url]}",
        )
        for field, (rule_id, url) in linked_pages(options).items()
        if url in gone
    ]
