"""Find the addresses in a text that X replaces by short links of its own, in linear time.

What counts as one is told by twitter-text, the library that X published for counting:
https://github.com/twitter/twitter-text. This is an implementation of its own that goes label by
label: one large pattern needs seconds for a text that was made to hurt it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import publicsuffixlist
import regex

# What twitter-text adds for an address without a scheme, and once more for one with it.
_ASSUMED_SCHEME: Final = "https://"
_LABEL_CHARACTERS_MAX: Final = 63
_SHORT_LINK_CODE_MAX: Final = 40
_PUNYCODE: Final = "xn--"

NEVER_VALID: Final = "\ufffe\ufeff\uffff"
_DIRECTION_MARKS = r"\u202a-\u202e\u061c\u200e\u200f\u2066-\u2069"
_SPACES = r"\x09-\x0d\x20\x85\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_LATIN = (
    r"\xc0-\xd6\xd8-\xf6\xf8-\xff\u0100-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268"
    r"\u026f\u0272\u0289\u028b\u02bb\u0300-\u036f\u1e00-\u1eff"
)
# All that may be inside a host, with the hyphens, underscores and dots between its labels.
_HOST_RUN = regex.compile(
    rf"[^!'#%&()*+,\\/:;<=>?@\[\]^{{|}}~$\"`{_SPACES}{NEVER_VALID}{_DIRECTION_MARKS}]+"
)
_SCHEME_BEHIND = regex.compile(r"(?<=(https?://))", regex.IGNORECASE)
_MAY_STAND_BEFORE = regex.compile(rf"[^A-Za-z0-9@\uff20$#\uff03{NEVER_VALID}]")
_INNER_START = regex.compile(r"(?<=[^A-Za-z0-9])[^-_]")
_NO_BARE_HOST_AFTER: Final = frozenset("-_./")
_TLD_RUN = regex.compile(r"[0-9a-zA-Z-]*")
_NEVER_AFTER_TLD = regex.compile(r"[0-9a-zA-Z@+-]")
_ASCII_LABEL = regex.compile(rf"[-a-zA-Z0-9{_LATIN}]+")
_ASCII_HOST = regex.compile(rf"[-.a-zA-Z0-9{_LATIN}]+")
_ASCII_ENDING = regex.compile(rf"[-a-zA-Z0-9{_LATIN}]+$")

_PORT = regex.compile(r":[0-9]+")
_IN_PATH = rf"[a-zA-Z0-9!*';:=+,.$/%#\[\]\-\u2013_~@|&\u0400-\u04ff{_LATIN}]"
_PATH_STEP = regex.compile(rf"{_IN_PATH}*[a-zA-Z0-9=_#/+\-\u0400-\u04ff{_LATIN}]")
_PATH_REST = regex.compile(rf"{_IN_PATH}*+")
_BRACKETS = regex.compile(rf"\((?:{_IN_PATH}*+\({_IN_PATH}++\){_IN_PATH}*+|{_IN_PATH}++)\)")
_QUERY = regex.compile(r"\?[a-zA-Z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[a-zA-Z0-9\-_&=#/]")
_SHORT_LINK = regex.compile(r"https?://t\.co/([a-z0-9]+)", regex.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Link:
    """One address in a text; `characters` is its length as twitter-text measures it."""

    start: int
    end: int
    characters: int


class _Label(NamedTuple):
    start: int
    end: int
    may_be_inside: bool
    last_underscore: int
    # The end of the top-level domain that it begins with; its own start where there is none.
    tld_end: int


class _Match(NamedTuple):
    """A host with what follows it, whether or not it becomes a link."""

    start: int
    host_start: int
    host_end: int
    port_end: int
    path_end: int
    end: int


@cache
def _top_level_domains() -> frozenset[str]:
    listed = Path(publicsuffixlist.PSLFILE).read_text(encoding="utf-8")
    official = listed.partition("===END ICANN DOMAINS===")[0]
    rules = (line.strip() for line in official.splitlines())
    return frozenset(
        rule.rpartition(".")[2] for rule in rules if rule and not rule.startswith(("//", "!"))
    )


@cache
def _longest_foreign_tld() -> int:
    return max(len(tld) for tld in _top_level_domains() if not tld.isascii())


def find_links(text: str) -> list[Link]:
    """Every address in a text in NFC, in order, none overlapping another."""
    if "." not in text:
        return []
    found: list[Link] = []
    free_from = 0
    for run in _HOST_RUN.finditer(text):
        # A run of dots alone, or the inside of the path before, begins no address.
        if run.end() > free_from and "." in run.group():
            for match in _matches(text, run.start(), run.end(), free_from):
                found += _links(text, match)
                free_from = match.end
    return found


def _matches(text: str, start: int, end: int, free_from: int) -> Iterator[_Match]:
    labels = _labels(text, start, end)
    last_of = _last_label_of_each(labels)
    number = 0
    while number < len(labels) - 1:
        begin = _first_start(text, labels, last_of, number, start, free_from)
        if begin is None:
            number += 1
            continue
        host_start, whole_start = begin
        last = last_of[number + 1] or number + 1
        match = _with_path(text, whole_start, host_start, labels[last].tld_end)
        yield match
        free_from = match.end
        number = last
        while number < len(labels) and labels[number].end <= free_from:
            number += 1


def _labels(text: str, start: int, end: int) -> list[_Label]:
    labels: list[_Label] = []
    while start <= end:
        dot = text.find(".", start, end)
        stop = dot if dot >= 0 else end
        labels.append(
            _Label(
                start=start,
                end=stop,
                may_be_inside=start < stop
                and text[start] not in "-_"
                and text[stop - 1] not in "-_",
                last_underscore=text.rfind("_", start, stop),
                # A host has a label before its top-level domain, so the first is never asked.
                tld_end=_tld_end(text, start, stop) if labels else start,
            )
        )
        start = stop + 1
    return labels


def _tld_end(text: str, start: int, end: int) -> int:
    run_end = _TLD_RUN.match(text, start, end).end()  # type: ignore[union-attr]
    known = text[start:run_end].lower()
    if known.startswith(_PUNYCODE) and len(known) > len(_PUNYCODE):
        return run_end
    if known in _top_level_domains() and not _NEVER_AFTER_TLD.match(text, run_end):
        return run_end
    for stop in range(min(end, start + _longest_foreign_tld()), run_end, -1):
        if text[start:stop] in _top_level_domains() and not _NEVER_AFTER_TLD.match(text, stop):
            return stop
    return start


def _last_label_of_each(labels: list[_Label]) -> list[int | None]:
    """For a host that begins with a label: the number of the furthest one that can end it."""
    last_of: list[int | None] = [None] * (len(labels) + 1)
    for number in range(len(labels) - 2, -1, -1):
        label, following = labels[number], labels[number + 1]
        if not label.may_be_inside:
            continue
        further = last_of[number + 1]
        if further is None and label.last_underscore < 0 and following.tld_end > following.start:
            further = number + 1
        last_of[number] = further
    return last_of


def _first_start(  # noqa: PLR0913 - where a host may begin depends on all of it
    text: str,
    labels: list[_Label],
    last_of: list[int | None],
    number: int,
    run_start: int,
    free_from: int,
) -> tuple[int, int] | None:
    """Where a host can begin inside a label, and where the whole address then begins."""
    label, following = labels[number], labels[number + 1]
    if label.start == label.end or text[label.end - 1] in "-_":
        return None
    goes_on = last_of[number + 1] is not None
    if not goes_on and following.tld_end == following.start:
        return None
    earliest = label.start if goes_on else max(label.start, label.last_underscore + 1)
    if label.start == run_start == earliest and text[label.start] not in "-_":
        whole_start = _start_with_scheme(text, run_start, free_from)
        if whole_start is not None:
            return run_start, whole_start
        earliest += 1
    # The character before an address belongs to no other address.
    earliest = max(earliest, free_from + 1)
    inner = _INNER_START.search(text, earliest, label.end) if earliest < label.end else None
    return (inner.start(), inner.start()) if inner else None


def _start_with_scheme(text: str, host_start: int, free_from: int) -> int | None:
    behind = _SCHEME_BEHIND.match(text, host_start)
    starts = [host_start - len(behind.group(1))] if behind else []
    for start in (*starts, host_start):
        if start == 0 or (start > free_from and _MAY_STAND_BEFORE.match(text, start - 1)):
            return start
    return None


def _with_path(text: str, start: int, host_start: int, host_end: int) -> _Match:
    port = _PORT.match(text, host_end)
    port_end = port.end() if port else host_end
    path_end = _path_end(text, port_end)
    query = _QUERY.match(text, path_end)
    return _Match(
        start, host_start, host_end, port_end, path_end, query.end() if query else path_end
    )


def _path_end(text: str, start: int) -> int:
    if not text.startswith("/", start):
        return start
    position = end = start + 1
    while True:
        if step := _PATH_STEP.match(text, position):
            end = step.end()
        position = _PATH_REST.match(text, position).end()  # type: ignore[union-attr]
        brackets = _BRACKETS.match(text, position)
        if brackets is None:
            return end
        position = end = brackets.end()


def _links(text: str, match: _Match) -> Iterator[Link]:
    grown = _growth_in_punycode(text[match.host_start : match.host_end])
    if grown is None:
        return
    scheme = text[match.start : match.host_start]
    characters = match.end - match.start + len(scheme or _ASSUMED_SCHEME) + grown
    if scheme:
        end = match.end
        if short := _SHORT_LINK.match(text, match.start, match.end):
            if len(short.group(1)) > _SHORT_LINK_CODE_MAX:
                return
            query = _QUERY.match(text, short.end())
            end = query.end() if query else short.end()
        yield Link(match.start, end, characters)
    elif match.start == 0 or text[match.start - 1] not in _NO_BARE_HOST_AFTER:
        hosts = list(_ascii_hosts(text, match.host_start, match.host_end))
        for number, (start, end) in enumerate(hosts, 1):
            has_path = number == len(hosts) and match.path_end > match.port_end
            yield Link(start, match.end if has_path else end, characters)


def _growth_in_punycode(host: str) -> int | None:
    """How many characters a host gains as ASCII; None where a label becomes too long for DNS."""
    gained = 0
    for label in host.split("."):
        # Each foreign character costs at least one in ASCII, so no long label need be written.
        if len(label) > _LABEL_CHARACTERS_MAX:
            return None
        if not label.isascii():
            encoded = len(_PUNYCODE) + len(label.encode("punycode"))
            if encoded > _LABEL_CHARACTERS_MAX:
                return None
            gained += encoded - len(label)
    return gained


def _ascii_hosts(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The hosts of Latin letters inside a host without a scheme: only they become links."""
    if _ASCII_HOST.fullmatch(text, start, end):
        yield start, end
        return
    labels = _labels(text, start, end)
    number = 0
    position = start
    while number < len(labels) - 1:
        label = labels[number]
        beginning = _ASCII_ENDING.search(text, max(label.start, position), label.end)
        last, reached = None, number
        if beginning:
            last, reached = _last_of_ascii(text, labels, number)
        if beginning is not None and last is not None:
            position = labels[last].tld_end
            yield beginning.start(), position
        # No label before the one that was reached can begin a host that this one could not.
        number = max(number + 1, reached if last is None else last)


def _last_of_ascii(text: str, labels: list[_Label], number: int) -> tuple[int | None, int]:
    """The last label that can end a host, and the label at which Latin letters stop."""
    last = None
    reached = number
    for reached in range(number + 1, len(labels)):
        if labels[reached].tld_end > labels[reached].start:
            last = reached
        if not _ASCII_LABEL.fullmatch(text, labels[reached].start, labels[reached].end):
            break
    return last, reached
