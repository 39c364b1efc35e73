"""What simulators have published, as data and as a page to look at."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from jinja2 import Environment, PackageLoader

_PAGES: Final = Environment(loader=PackageLoader("letmepost.platform_kit", ""), autoescape=True)
_ENTRIES_DRAWN: Final = 200


@dataclass(frozen=True)
class TimelineMedia:
    """An image or a video of a published post; `url` is a path on the simulator, if it has one."""

    mime_type: str
    size_bytes: int
    alt: str = ""
    url: str | None = None

    def described(self) -> dict[str, object]:
        """Write the medium as `GET /_simulator/timeline` shows it."""
        return {
            "mimeType": self.mime_type,
            "sizeBytes": self.size_bytes,
            "alt": self.alt,
            "url": self.url,
        }


@dataclass(frozen=True)
class TimelineEntry:
    """One published post; `created_at` is ISO 8601 as the platform stores it."""

    platform: str
    account: str
    id: str
    text: str
    created_at: str
    media: Sequence[TimelineMedia] = field(default=())

    def described(self) -> dict[str, object]:
        """Write the entry as `GET /_simulator/timeline` shows it."""
        return {
            "platform": self.platform,
            "account": self.account,
            "id": self.id,
            "text": self.text,
            "media": [medium.described() for medium in self.media],
            "createdAt": self.created_at,
        }


def timeline_page(entries: Sequence[TimelineEntry]) -> str:
    """Draw the timeline as one self-contained page, which shows the first 200 entries."""
    page = _PAGES.get_template("simulator_timeline.html")
    return page.render(entries=entries[:_ENTRIES_DRAWN], count=len(entries))
