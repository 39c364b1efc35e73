"""Drafts as hypothesis makes them: any text, files with any facts, options of every kind."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, get_args, get_type_hints

from hypothesis import strategies as st

from letmepost.content.draft import Draft, DraftMedia
from letmepost.content.media_facts import MediaFacts
from letmepost.docs.examples import accepted_draft, refused_draft
from letmepost.platforms import catalogue, platforms, rules_for
from letmepost.preflight.rule import Rule
from letmepost.preflight.run import in_reporting_order

RULES: Mapping[str, tuple[Rule, ...]] = {
    name: in_reporting_order(each for each in rules_for(platform) if each.check is not None)
    for name, platform in platforms().items()
}

# Pieces that rules look for, far more often than chance would write them.
PIECES = st.sampled_from(
    [
        *("a", " ", "\n", "\0", "\t", ".", "!", "@", "#", "$", "/", "(", ")", "[", "](", "*", "_"),
        *("https://", "http://a.com/x", "example.com", "x.co.jp/a(b)", "@ada.test", "#tag", "$ABC"),
        *("\ud800", "\udfff", "\u202e", "\u200b", "\u200d", "\ufe0f", "\u0301", "\u00ad", "\ufeff"),
        *("\U0001f1e6", "\U0001f468\u200d\U0001f469", "1\ufe0f\u20e3", "\U0001f3fd", "\u3002"),
        *("\u5d8e", "\u1100", "\u1161", "\u0915", "\u094d", "\u05e9", "\u0627", "\ufdfa", "<b>"),
    ]
)
UNICODE = st.text(st.characters(exclude_categories=[]))
TEXTS = st.one_of(
    UNICODE,
    st.lists(PIECES, max_size=40).map("".join),
    st.builds(lambda piece, count: piece * count, PIECES, st.integers(0, 5000)),
)
_KNOWN: dict[str, list[Any]] = {
    "content_type": [
        *("image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/heic"),
        *("video/mp4", "video/quicktime", "video/webm", "application/pdf", "text/plain"),
    ],
    "container": ["mp4", "mov", "mpo", "webm", ""],
    "video_codec": ["h264", "hevc", "vp9", "av1", "mpeg4"],
    "audio_codec": ["aac", "opus", "mp3", "pcm_s16le"],
    "audio_profile": ["LC", "HE-AAC", ""],
    "pixel_format": ["yuv420p", "yuv444p10le", "nv12", ""],
    "color_space": ["RGB", "CMYK", "L", ""],
    "problem": ["It is cut short."],
}
_BY_TYPE: dict[Any, st.SearchStrategy[Any]] = {
    int: st.integers(0, 10**12) | st.integers(0, 5000),
    float: st.floats(0, 1e9),
    bool: st.booleans(),
    str: st.text(max_size=5),
}


def _fact(name: str, annotation: Any) -> st.SearchStrategy[Any]:
    types = [each for each in get_args(annotation) or (annotation,) if each is not type(None)]
    values = st.sampled_from(_KNOWN[name]) if name in _KNOWN else _BY_TYPE[types[0]]
    return values if name in ("content_type", "size_bytes", "sha256") else st.none() | values


HINTS = get_type_hints(MediaFacts)
FACTS = st.builds(
    MediaFacts, **{each.name: _fact(each.name, HINTS[each.name]) for each in fields(MediaFacts)}
)
MEDIA = st.builds(
    DraftMedia,
    kind=st.sampled_from(["image", "video", "document"]),
    alt_text=st.none() | TEXTS,
    facts=st.none() | FACTS,
    media_id=st.none() | st.just("med_1"),
    url=st.none() | st.just("https://a.example/b.jpg") | TEXTS,
)
# The examples of the catalogue hold every option that a rule looks at, at both sides of its limit.
EXAMPLES = [
    draft
    for rule in catalogue().values()
    for draft in (accepted_draft(rule), refused_draft(rule))
    if draft is not None
]
OPTIONS = st.sampled_from([draft.options for draft in EXAMPLES])
DRAFTS = st.builds(
    Draft,
    text=TEXTS,
    media=st.lists(MEDIA, max_size=5).map(tuple)
    | st.sampled_from([draft.media for draft in EXAMPLES]),
    cover=st.none() | MEDIA,
    first_comment=st.none() | TEXTS,
    options=OPTIONS,
    account=st.sampled_from([draft.account for draft in EXAMPLES]),
    scheduled_at=st.sampled_from([draft.scheduled_at for draft in EXAMPLES]),
)
