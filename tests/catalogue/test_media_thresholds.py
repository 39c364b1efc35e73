"""The last accepted and the first refused file of every threshold, as a real file.

Sizes, durations and the rest come from the examples of the rules, and those from the limits: a
limit that changes moves the files.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from letmepost.content.draft import Draft
from letmepost.content.media_facts import MediaFacts
from letmepost.docs.examples import accepted_draft, refused_draft, run_example
from letmepost.platforms import catalogue
from letmepost.preflight.rule import Rule
from tests.catalogue.real_files import inspected, write

# The facts that a threshold is set on, and of which files are made here.
PROVEN_FACTS = {
    "size_bytes",
    "width_px",
    "height_px",
    "frames",
    "duration_seconds",
    "frames_per_second",
    "audio_channels",
    "pages",
}
# Threshold rules that are proven with facts alone, in `test_rules`, and why.
WITH_FACTS_ONLY = {
    "bluesky.media.aspect_ratio_required": "no image has a side of 0 pixels",
    "instagram.video.bitrate_max": "an encoder meets no bitrate to the bit",
    "instagram.video.audio_bitrate": "an encoder meets no bitrate to the bit",
    "instagram.video.audio_sample_rate": "AAC has no sample rate of 48,001 hertz",
    "media.file.empty": "a file of no bytes has no other fact, so there is nothing to read",
    "media.image.orientation": "a flag of a picture, read in the tests of inspecting",
    "media.video.no_video_stream": "a track that is missing, read in the tests of inspecting",
    "threads.video.audio_sample_rate": "AAC has no sample rate of 48,001 hertz",
    "threads.video.bitrate_max": "an encoder meets no bitrate to the bit",
    "threads.video.duration_min": "FFmpeg writes no film that lasts 0 seconds",
}


def _facts(draft: Draft | None) -> list[MediaFacts]:
    return [item.facts for item in draft.media if item.facts] if draft else []


def _moved(rule: Rule) -> set[str]:
    """The facts by which the refused draft differs from the accepted one."""
    pairs = list(zip(_facts(accepted_draft(rule)), _facts(refused_draft(rule)), strict=False))
    names = MediaFacts.__dataclass_fields__
    return {
        name
        for ours, theirs in pairs
        for name in names
        if getattr(ours, name) != getattr(theirs, name)
    }


def _is_threshold(rule: Rule) -> bool:
    numbers = (int, float, tuple)
    about_files = rule.limit is not None and isinstance(rule.limit.value, numbers)
    return about_files and rule.check is not None and bool(_moved(rule))


THRESHOLDS = {rule.id: rule for rule in catalogue().values() if _is_threshold(rule)}
PROVEN = [each for each in THRESHOLDS if each not in WITH_FACTS_ONLY]


def test_every_threshold_of_a_file_is_proven_or_named_here() -> None:
    assert set(WITH_FACTS_ONLY) <= set(THRESHOLDS)
    for rule_id in PROVEN:
        assert _moved(THRESHOLDS[rule_id]) <= PROVEN_FACTS, rule_id
    assert len(PROVEN) > 40


def _made_real(folder: Path, draft: Draft, moved: set[str]) -> Draft:
    media = []
    for number, item in enumerate(draft.media):
        assert item.facts is not None
        path = folder / str(number)
        write(path, item.facts)
        facts = inspected(path)
        for name in moved:
            wanted = getattr(item.facts, name)
            # Clocks of films are fine, and not without end; a number of bytes or pixels is exact.
            near = 1e-4 if isinstance(wanted, float) else 0
            assert getattr(facts, name) == pytest.approx(wanted, rel=near, abs=0), name
        media.append(replace(item, facts=facts))
    return replace(draft, media=tuple(media))


@pytest.mark.parametrize("rule_id", PROVEN)
def test_the_last_accepted_file_passes_and_the_first_refused_does_not(
    tmp_path: Path, rule_id: str
) -> None:
    rule = THRESHOLDS[rule_id]
    moved = _moved(rule)
    accepted, refused = accepted_draft(rule), refused_draft(rule)
    assert accepted is not None
    assert refused is not None
    assert run_example(rule, _made_real(tmp_path, accepted, moved)) == ()
    findings = run_example(rule, _made_real(tmp_path, refused, moved))
    assert {each.rule.id for each in findings} == {rule_id}
