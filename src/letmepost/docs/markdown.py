"""Markdown, the one source of every page: templates filled, numbers in words, links resolved."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

import regex

from letmepost.docs.units import counts_file_bytes
from letmepost.preflight.rule import Rule

if TYPE_CHECKING:
    from jinja2 import Environment

_LINK = regex.compile(r"\]\(/docs(?:/(?!static/)([^)#\s]*))?(#[^)\s]*)?\)")
_STATIC = "](/docs/static/"
_BLANK_LINES = regex.compile(r"\n{3,}")
_MILLION = 1_000_000


@cache
def _environment() -> "Environment":
    # Imported at the first page: a server that nobody asks for pages starts without it.
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined  # noqa: PLC0415

    made = Environment(
        loader=ChoiceLoader(
            [PackageLoader("letmepost.docs", folder) for folder in ("templates", "guides")]
        ),
        autoescape=False,  # noqa: S701 - it writes Markdown; HTML is escaped when that is rendered
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["cell"] = cell
    made.filters["day"] = day
    return made


def fill(template: str, **context: Any) -> str:  # noqa: ANN401 - whatever the template names
    """Fill a template of this package."""
    return _tidy(_environment().get_template(template).render(context))


def fill_text(source: str, **context: Any) -> str:  # noqa: ANN401 - as above
    """Fill a template that another package brought, such as a platform's guide."""
    return _tidy(_environment().from_string(source).render(context))


def _tidy(markdown: str) -> str:
    return _BLANK_LINES.sub("\n\n", markdown)


def cell(text: str) -> str:
    """A text that fits into one cell of a table."""
    return " ".join(text.split()).replace("|", r"\|")


def day(moment: date) -> str:
    """A day as a reader writes it: 24 November 2026."""
    return f"{moment.day} {moment:%B %Y}"


def number_words(rule: Rule) -> str:
    """The number of a rule's limit, without its unit; empty for a rule without a limit."""
    value = rule.limit.value if rule.limit else None
    if value is None:
        return ""
    if isinstance(value, frozenset):
        return ", ".join(f"`{each}`" for each in sorted(value))
    if isinstance(value, tuple):
        least, most = value
        return f"{least:,} to {most:,}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def limit_words(rule: Rule) -> str:
    """The number with its unit; sizes of files also in decimal megabytes."""
    if rule.limit is None:
        return ""
    value, unit = rule.limit.value, rule.limit.unit
    if isinstance(value, frozenset):
        return number_words(rule)
    if isinstance(value, tuple):
        return f"{number_words(rule)} {unit}"
    if value == 1:
        unit = unit.removesuffix("s")
    words = f"{number_words(rule)} {unit}"
    if unit == "bytes" and counts_file_bytes(rule) and value >= _MILLION:
        words += f" ({value / _MILLION:,.10g} MB)"
    return words


def rule_link(rule: Rule) -> str:
    """A link to the page of a rule."""
    return f"[`{rule.id}`](/docs/preflight/{rule.page})"


def with_absolute_links(markdown: str, docs_url: str) -> str:
    """Links to pages of this site as full addresses of their Markdown, and those of images."""

    def absolute(link: "regex.Match[str]") -> str:
        path, anchor = link.group(1) or "index", link.group(2) or ""
        return f"]({docs_url}/{path}.md{anchor})"

    return _LINK.sub(absolute, markdown).replace(_STATIC, f"]({docs_url}/static/")


def internal_links(markdown: str) -> list[str]:
    """The paths of this site that a page links to, the front page being the empty path."""
    return [link.group(1) or "" for link in _LINK.finditer(markdown)]


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(cell(each) for each in line) + " |" for line in lines)


class Blanks(dict[str, str]):
    """Message fields that nobody has filled: an ellipsis for each."""

    def __missing__(self, key: str) -> str:
        """Stand in for what only a real request fills."""
        return "…"


def message_words(rule: Rule, fields: Mapping[str, str] | None = None) -> str:
    """The sentence of a rule that code raises, its number filled and the rest left open."""
    known = Blanks(fields or {})
    if rule.limit is not None:
        known["limit"] = number_words(rule).replace("`", "").replace(",", "")
        if isinstance(rule.limit.value, frozenset):
            known["limit"] = ", ".join(sorted(rule.limit.value))
    return rule.message.format_map(known).replace("….", "…")
