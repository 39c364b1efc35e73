"""Find the files that a request attaches: by id, by address, or inline; each read once."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from letmepost.content.draft import DraftMedia
from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.kit.database import Database
from letmepost.media.fetch import MediaUnreachableError
from letmepost.media.library import Incoming, MediaLibrary, StoredMedia, find_media
from letmepost.platforms import catalogue
from letmepost.posts.body import MediaBody
from letmepost.preflight.refuse import found, refuse
from letmepost.preflight.resource_rules import (
    MEDIA_SOURCE,
    MEDIA_UNKNOWN,
    MEDIA_URL_REACHABLE,
)
from letmepost.preflight.rule import Rule
from letmepost.preflight.run import Finding

Source = tuple[str, str]


def source_of(item: MediaBody) -> Source | None:
    """Where the file comes from, or None where that is not said exactly once."""
    given = [
        (name, value)
        for name, value in (
            ("mediaId", item.media_id),
            ("url", item.url),
            ("bytesBase64", item.bytes_base64),
        )
        if value is not None
    ]
    return given[0] if len(given) == 1 else None


@dataclass
class Attachments:
    """The files of one request, by source. `discard` deletes what was fetched and not kept."""

    stored: Mapping[str, StoredMedia] = field(default_factory=dict)
    incoming: dict[Source, Incoming] = field(default_factory=dict)
    failed: dict[Source, LetmepostError] = field(default_factory=dict)

    def discard(self) -> None:
        """Delete the working copies."""
        for each in self.incoming.values():
            each.discard()

    def draft_media(
        self, items: Iterable[MediaBody], *, profile_id: str | None, platform: str, target: int
    ) -> tuple[tuple[DraftMedia, ...], list[Finding]]:
        """The files as rules read them, and what is wrong with how they are named.

        Raises `media.unknown` for an id that does not exist in the profile.
        """
        drafted, findings = [], []
        for number, item in enumerate(items):
            at = f"media[{number}]"
            source = source_of(item)
            facts = declared = None
            if source is None:
                findings.append(found(MEDIA_SOURCE, at, target=target))
            elif source[0] == "mediaId":
                stored = self.stored.get(source[1])
                if stored is None or profile_id not in (None, stored.profile_id):
                    raise refuse(MEDIA_UNKNOWN, actual=source[1])
                facts, declared = stored.facts, stored.declared_type
            elif (error := self.failed.get(source)) is not None:
                rule = reachable_rule(platform, item.kind)
                findings.append(_as_finding(error, rule, f"{at}.{source[0]}", target))
            else:
                brought = self.incoming[source]
                facts, declared = brought.facts, brought.declared_type
            drafted.append(
                DraftMedia(
                    kind=item.kind,
                    alt_text=item.alt_text,
                    facts=facts,
                    media_id=item.media_id,
                    url=item.url,
                    declared_type=declared,
                )
            )
        return tuple(drafted), findings


def reachable_rule(platform: str, kind: str) -> Rule:
    """The platform's own rule for an address that does not answer, one for the kind first."""
    rules = catalogue()
    for rule_id in (f"{platform}.{kind}.reachable", f"{platform}.media.reachable"):
        if (rule := rules.get(rule_id)) is not None:
            return rules[rule.successor] if rule.successor else rule
    return MEDIA_URL_REACHABLE


def _as_finding(error: LetmepostError, reachable: Rule, at: str, target: int) -> Finding:
    if isinstance(error, MediaUnreachableError):
        return found(reachable, at, target=target, actual=f"HTTP {error.status}")
    finding = found(catalogue()[str(error.rule)], at, target=target)
    # The rule's own number is the built-in one; the error was raised with the operator's.
    return replace(finding, message=error.message, limit=error.extra.get("limit", finding.limit))


async def attach(
    library: MediaLibrary, database: Database, organization_id: str, items: list[MediaBody]
) -> Attachments:
    """Find every file, those by address and inline side by side.

    Raises `platform_unavailable` where the network failed, since then nothing can be said of the
    file.
    """
    if not items:
        return Attachments()
    ids = sorted({item.media_id for item in items if item.media_id})
    attachments = Attachments()
    if ids:
        attachments.stored = await database.read(
            lambda connection: find_media(connection, organization_id, ids)
        )
    sources = {
        source for source in map(source_of, items) if source is not None and source[0] != "mediaId"
    }

    async def bring(source: Source) -> None:
        name, value = source
        try:
            bring_one = library.fetch if name == "url" else library.decode
            attachments.incoming[source] = await bring_one(value)
        except LetmepostError as error:
            attachments.failed[source] = error

    await asyncio.gather(*(bring(source) for source in sources))
    for error in attachments.failed.values():
        if error.code is ErrorCode.PLATFORM_UNAVAILABLE:
            attachments.discard()
            raise error
    return attachments
