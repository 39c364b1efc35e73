"""Mend the images of a post for each platform that would refuse them: `fit: "auto"`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from letmepost.content.draft import Draft
from letmepost.content.media_facts import MediaFacts
from letmepost.media.library import Incoming, MediaLibrary
from letmepost.posts.attach import Attachments, Source, source_of
from letmepost.posts.body import MediaBody
from letmepost.preflight.image_fit import (
    ImageTarget,
    accepted,
    fitting,
    foreseen,
    in_words,
    with_facts,
)
from letmepost.preflight.media_rules import MEDIA_REFITTED
from letmepost.preflight.refuse import found
from letmepost.preflight.rule import Rule
from letmepost.preflight.run import Finding

log = structlog.get_logger()

# The source of a file that was made here, as `url` is that of one which was fetched.
FIT = "fit"


@dataclass(slots=True)
class Fitted:
    """A target's draft with mended images, what was done, and where the new files are."""

    draft: Draft
    warnings: list[Finding] = field(default_factory=list)
    sources: dict[int, Source] = field(default_factory=dict)


def foresee(rules: tuple[Rule, ...], draft: Draft, target: int) -> Fitted:
    """What `fit` would do, from the facts alone: nothing is read or made."""
    fitted = Fitted(draft)
    for number, _, targets in fitting(rules, draft):
        before = draft.media[number].facts
        if before is not None:
            after = foreseen(before, targets[0])
            _put(fitted, number, before, after, target, planned=True)
    return fitted


@dataclass
class Fitting:
    """Mends the images of one request; the same image for the same targets is made once."""

    library: MediaLibrary
    attachments: Attachments
    _made: dict[Any, Incoming | None] = field(default_factory=dict)

    async def fit(
        self, rules: tuple[Rule, ...], draft: Draft, media: Sequence[MediaBody], target: int
    ) -> Fitted:
        """Mend what can be mended; an image for which it fails stays as it is.

        Then the rules that it breaks say so, as they do without `fit`.
        """
        fitted = Fitted(draft)
        for number, _, targets in fitting(rules, draft):
            before = draft.media[number].facts
            made = await self._make(media[number], targets)
            if before is None or made is None or not accepted(rules, draft, number, made.facts):
                continue
            source = (FIT, made.facts.sha256)
            self.attachments.incoming[source] = made
            fitted.sources[number] = source
            _put(fitted, number, before, made.facts, target)
        return fitted

    async def _make(self, item: MediaBody, targets: list[ImageTarget]) -> Incoming | None:
        source = source_of(item)
        if source is None:
            return None
        stored = self.attachments.stored.get(source[1]) if source[0] == "mediaId" else None
        original = stored or self.attachments.incoming.get(source)
        key = (source, *targets)
        if original is None or key in self._made:
            return self._made.get(key)
        try:
            made = await self.library.refit(original, targets)
        except Exception:
            log.exception("media.refit_failed", sha256=original.facts.sha256)
            made = None
        self._made[key] = made
        return made

    def discard_unused(self) -> None:
        """Delete what was made and is not needed."""
        used = {each.path for each in self.attachments.incoming.values()}
        for made in self._made.values():
            if made is not None and made.path not in used:
                made.discard()


def _put(  # noqa: PLR0913 - which image, what it was and is
    fitted: Fitted,
    number: int,
    before: MediaFacts,
    after: MediaFacts,
    target: int,
    *,
    planned: bool = False,
) -> None:
    fitted.draft = with_facts(fitted.draft, number, after)
    told = in_words(before, after, planned=planned)
    at = f"media[{number}]"
    fitted.warnings.append(found(MEDIA_REFITTED, at, target=target, actual=told))
