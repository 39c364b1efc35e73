"""The hashtags and mentions of a caption, as Instagram links them."""

import regex

# Behind a letter or a digit, `#` and `@` are a part of a word or an address.
_TAGS = regex.compile(r"(?<![\p{L}\p{M}\p{N}_&/#\uff03])(?:[#\uff03]+[\p{L}\p{M}\p{N}_]+)+")
_MARKS = regex.compile(r"[#\uff03]+")
_MENTION = regex.compile(r"(?<![\p{L}\p{M}\p{N}_./])[@\uff20][a-zA-Z0-9_]")


def hashtags(text: str) -> int:
    """Count hashtags: `#a#b` is two, `##a` is one, and the `#` in `a#b` or alone is none."""
    return sum(len(_MARKS.findall(run)) for run in _TAGS.findall(text))


def mentions(text: str) -> int:
    """Count mentions, repeated ones too; an e-mail address and a lone `@` are none."""
    return len(_MENTION.findall(text))
