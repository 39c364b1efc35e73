"""What is to be published on one account, as plain values that rules can read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from letmepost.content.media_facts import MediaFacts

MediaKind = Literal["image", "video", "document"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftMedia:
    """One attached file. `facts` is None as long as its bytes have not been read."""

    kind: MediaKind
    alt_text: str | None = None
    facts: MediaFacts | None = None
    media_id: str | None = None
    url: str | None = None
    declared_type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A post as one account would publish it.

    `text` has LF line breaks only. `options` is the platform's own options model or None.
    `cover` is the picture whose address the options name, read like an attached file.
    `account` holds facts of the account that limits depend on, such as an upload limit.
    """

    text: str = ""
    media: tuple[DraftMedia, ...] = ()
    cover: DraftMedia | None = None
    first_comment: str | None = None
    options: Any = None
    account: Mapping[str, Any] = field(default_factory=dict)
    scheduled_at: datetime | None = None

    @property
    def images(self) -> list[DraftMedia]:
        """The attached images, in order."""
        return [item for item in self.media if item.kind == "image"]

    @property
    def documents(self) -> list[DraftMedia]:
        """The attached documents, in order."""
        return [item for item in self.media if item.kind == "document"]

    @property
    def videos(self) -> list[DraftMedia]:
        """The attached videos, in order."""
        return [item for item in self.media if item.kind == "video"]
