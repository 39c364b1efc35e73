"""Example drafts as the target of a request, long parts shortened so that a page can show them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from letmepost.content.draft import Draft, DraftMedia
from letmepost.content.media_facts import MediaFacts
from letmepost.content.text import first_graphemes, graphemes, utf8_bytes
from letmepost.preflight.rule import Rule
from letmepost.preflight.run import Finding, check

_REPEATED_FROM = 24
_LONG_FROM = 160
_SHOWN_GRAPHEMES = 4
_SHOWN_OF_LONG = 32
# Facts that have words of their own, or that say nothing to a reader.
_SHOWN_FACTS = frozenset(
    {
        "content_type",
        "size_bytes",
        "sha256",
        "width_px",
        "height_px",
        "animated",
        "frames",
        "duration_seconds",
        "video_codec",
        "audio_codec",
        "problem",
    }
)


@dataclass(frozen=True, slots=True)
class ShownExample:
    """A draft in words: the target as JSON, and what its files and its account are."""

    target: str
    circumstances: tuple[str, ...]


def run_example(rule: Rule, draft: Draft) -> tuple[Finding, ...]:
    """What the rule itself finds in a draft, whatever its severity."""
    report = check((rule,), draft)
    return report.violations + report.warnings


def accepted_draft(rule: Rule) -> Draft | None:
    """The last draft that passes, where the rule has one."""
    return rule.accepts(rule.limit.value if rule.limit else None) if rule.accepts else None


def refused_draft(rule: Rule) -> Draft | None:
    """The first draft that is refused, where the rule has one."""
    return rule.refuses(rule.limit.value if rule.limit else None) if rule.refuses else None


def shown_example(draft: Draft, other: Draft | None, platform: str) -> ShownExample:
    """Show a draft; facts of files are shown where they differ from the `other` example."""
    target: dict[str, Any] = {"platform": platform}
    if draft.text or not draft.media:
        target["text"] = draft.text
    if draft.media:
        target["media"] = [_media_json(item) for item in draft.media]
    if draft.first_comment is not None:
        target["firstComment"] = {"text": draft.first_comment}
    if draft.scheduled_at is not None:
        target["scheduledAt"] = draft.scheduled_at.isoformat().replace("+00:00", "Z")
    if draft.options is not None:
        target["options"] = draft.options.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return ShownExample(
        json_text(shortened(target)), (*_file_words(draft, other), *_account_words(draft))
    )


def json_text(value: Any) -> str:  # noqa: ANN401 - any JSON
    """JSON for a page: indented, characters as they are, half pairs escaped."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def shortened(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """The same JSON with long texts and repeated entries replaced by their start and a count."""
    if isinstance(value, str):
        return _shortened_text(value)
    if isinstance(value, Mapping):
        return {name: shortened(each) for name, each in value.items()}
    if isinstance(value, Sequence):
        shown: list[Any] = []
        for same, group in groupby(value):
            count = len(list(group))
            shown.append(shortened(same))
            if count > 1:
                shown.append(f"… and {count - 1} more like it")
        return shown
    return value


def _shortened_text(text: str) -> str:
    start = first_graphemes(text, 1)
    repeated = len(text) > len(start) * _REPEATED_FROM and not text.replace(start, "")
    if not repeated and len(text) <= _LONG_FROM:
        return text
    count, size = graphemes(text), utf8_bytes(text)
    counted = f"{count:,} graphemes" + (f", {size:,} bytes" if size != count else "")
    shown = first_graphemes(text, _SHOWN_GRAPHEMES if repeated else _SHOWN_OF_LONG)
    return f"{shown}… ({counted})"


def _media_json(item: DraftMedia) -> dict[str, Any]:
    shown: dict[str, Any] = {"kind": item.kind}
    if item.url is not None:
        shown["url"] = item.url
    elif item.media_id is not None:
        shown["mediaId"] = item.media_id
    if item.alt_text is not None:
        shown["altText"] = item.alt_text
    return shown


def _account_words(draft: Draft) -> Iterator[str]:
    for name, value in draft.account.items():
        shown = f"{value:,}" if isinstance(value, int) else f"`{value}`"
        yield f"The account's `{name}` is {shown}."


def _file_words(draft: Draft, other: Draft | None) -> Iterator[str]:
    if draft.cover is not None:
        beside = other.cover if other else None
        differing = _facts_that_differ(draft.cover, beside) if beside else set()
        yield f"The cover: {_facts_words(draft.cover, differing)}."
    known = [(number, item) for number, item in enumerate(draft.media) if item.facts]
    if not known:
        return
    differing = _differing_facts(draft, other)
    for words, group in groupby(known, lambda each: _facts_words(each[1], differing)):
        numbers = [number for number, _ in group]
        which = f"`media[{numbers[0]}]`"
        if len(numbers) > 1:
            which += f" to `media[{numbers[-1]}]`"
        yield f"{which}: {words}."


def _differing_facts(draft: Draft, other: Draft | None) -> set[str]:
    differing: set[str] = set()
    if other is None:
        return differing
    for ours, theirs in zip(draft.media, other.media, strict=False):
        differing |= _facts_that_differ(ours, theirs)
    return differing


def _facts_that_differ(ours: DraftMedia, theirs: DraftMedia) -> set[str]:
    if not ours.facts or not theirs.facts:
        return set()
    mine, yours = asdict(ours.facts), asdict(theirs.facts)
    return {name for name in mine if mine[name] != yours[name]}


def _other_facts_words(facts: MediaFacts, names: set[str]) -> Iterator[str]:
    for name in sorted(names):
        if (value := getattr(facts, name)) is not None:
            yield f"{name.replace('_', ' ')} {_fact_words(value)}"


def _fact_words(value: Any) -> str:  # noqa: ANN401 - any fact
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _facts_words(item: DraftMedia, differing: set[str]) -> str:
    facts = item.facts or MediaFacts(content_type="", size_bytes=0, sha256="")
    parts = [f"`{facts.content_type}`"]
    if item.declared_type:
        parts.append(f"uploaded as `{item.declared_type}`")
    if differing & {"width_px", "height_px"} and facts.width_px is not None:
        parts.append(f"{facts.width_px:,} \N{MULTIPLICATION SIGN} {facts.height_px or 0:,} pixels")
    if "size_bytes" in differing:
        parts.append(f"{facts.size_bytes:,} bytes")
    if "duration_seconds" in differing:
        parts.append(f"{facts.duration_seconds} seconds")
    if "animated" in differing:
        parts.append("animated" if facts.animated else "not animated")
    for name in ("video_codec", "audio_codec"):
        if name in differing:
            kind = "picture" if name == "video_codec" else "sound"
            codec = getattr(facts, name)
            parts.append(f"{kind} track `{codec}`" if codec else f"no {kind} track")
    parts += _other_facts_words(facts, differing - _SHOWN_FACTS)
    if facts.problem:
        parts.append(f"damaged ({facts.problem.rstrip('.')})")
    return ", ".join(parts)
