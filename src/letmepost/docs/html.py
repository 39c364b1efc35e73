"""A page as HTML: its Markdown rendered inside the layout, with navigation around it."""

from dataclasses import dataclass
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

import regex

from letmepost.docs.highlight import highlight
from letmepost.docs.page import Page
from letmepost.docs.pages import SUMMARY, PageSet
from letmepost.docs.trial import trial
from letmepost.look import files as look

if TYPE_CHECKING:
    from collections.abc import MutableMapping, Sequence

    from jinja2 import Template
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_SNIPPET_MARK = regex.compile(r"^<!--.*?-->\n", regex.MULTILINE)
_TITLE = regex.compile(r"(<h1[^>]*>)(.*?)(</h1>)")
_BREAK_AFTER = regex.compile(r"(?<=\w)([._/=,])(?=\w)")
_BREAKABLE = r"\1<wbr>"
_NOT_IN_SLUG = regex.compile(r"[^\p{L}\p{N}]+")
# Blocks in these languages that follow each other say the same, so a reader chooses one of them.
_TAB_LABELS = {"bash": "curl", "python": "Python", "typescript": "TypeScript", "go": "Go"}
# More than these under one entry of the navigation would hide the rest of it.
_NESTED_MAX = 40


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a page, for the list of its parts."""

    slug: str
    text: str


@cache
def static_files() -> dict[str, bytes]:
    """The files under `/docs/static/`, by name."""
    return look.static_files("letmepost.docs", look.COLORS, look.LOGO)


@cache
def static_version(name: str) -> str:
    """A short hash of a static file; in its address, so that browsers may keep it for good."""
    return look.version_of(static_files()[name])


@cache
def _layout() -> "Template":
    # Imported at the first page: a server that nobody asks for pages starts without it.
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415

    environment = Environment(
        loader=PackageLoader("letmepost.docs", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("layout.html")


@cache
def _renderer() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # noqa: PLC0415 - at the first page, as above

    made = MarkdownIt("commonmark", {"html": False}).enable("table")
    made.add_render_rule("fence", _fence)
    made.add_render_rule("code_inline", _code_inline)
    made.add_render_rule("heading_open", _heading_open)
    made.add_render_rule("heading_close", _heading_close)
    made.add_render_rule("link_open", _link_open)
    made.add_render_rule("image", _image)
    made.add_render_rule("table_open", lambda *_: '<div class="table" tabindex="0"><table>\n')
    made.add_render_rule("table_close", lambda *_: "</table></div>\n")
    return made


def render(pages: PageSet, page: Page, root: str) -> str:
    """The whole HTML document; `root` leads from the address of the page to `/docs/`."""
    environment: dict[str, Any] = {"root": root, "headings": [], "slugs": []}
    source = _SNIPPET_MARK.sub("", pages.markdown(page))
    body = _TITLE.sub(_breakable, _renderer().render(source, environment), count=1)
    title, _, text = body.partition("</h1>\n")
    before, after = _neighbours(pages, page)
    return _layout().render(
        page=page,
        title=f"{title}</h1>",
        body=text,
        description=page.describe(),
        summary=SUMMARY,
        headings=[
            *environment["headings"],
            *([Heading("try-it", "Try it")] if page.operation else ()),
        ],
        sections=_navigation(pages, page),
        parent=None if page.parent is None else pages.find(page.parent),
        trial=None if page.operation is None else trial(page.operation, pages.site),
        before=before,
        after=after,
        root=root,
        address=f"{pages.site.docs_url}/{page.path}".rstrip("/"),
        markdown_address=f"{root}{page.path or 'index'}.md",
        static=lambda name: f"{root}static/{name}?v={static_version(name)}",
    )


def headings(markdown: str) -> list[Heading]:
    """The headings of a page, in order."""
    environment: dict[str, Any] = {"root": "", "headings": [], "slugs": []}
    _renderer().render(_SNIPPET_MARK.sub("", markdown), environment)
    found: list[Heading] = environment["headings"]
    return found


def _breakable(title: "regex.Match[str]") -> str:
    """Let a long id break behind its dots and underscores and nowhere else."""
    opening, text, closing = title.groups()
    return f"{opening}{_BREAK_AFTER.sub(_BREAKABLE, text)}{closing}"


def _navigation(pages: PageSet, current: Page) -> list[tuple[str, list[tuple[Page, list[Page]]]]]:
    """The side navigation: listed pages by section, and the pages below the one that is open."""
    sections: dict[str, list[tuple[Page, list[Page]]]] = {}
    opened = current.parent or current.path
    nested = [page for page in pages.pages if page.parent == opened]
    for page in pages.pages:
        if page.listed:
            below = nested if page.path == opened and len(nested) <= _NESTED_MAX else []
            sections.setdefault(page.section, []).append((page, below))
    return list(sections.items())


def _neighbours(pages: PageSet, page: Page) -> tuple[Page | None, Page | None]:
    row = [each for each in pages.pages if each.listed == page.listed]
    if not page.listed:
        row = [each for each in row if each.section == page.section]
    if page not in row:
        return None, None
    place = row.index(page)
    return (row[place - 1] if place else None, row[place + 1] if place + 1 < len(row) else None)


def _text(token: "Token") -> str:
    return "".join(child.content for child in token.children or ())


def _heading_open(
    _: object,
    tokens: "Sequence[Token]",
    index: int,
    __: object,
    environment: Any,  # noqa: ANN401
) -> str:
    token, text = tokens[index], _text(tokens[index + 1])
    slug = _NOT_IN_SLUG.sub("-", text.lower()).strip("-")
    # The same heading may stand in two parts of a page, and an address leads to one of them.
    while slug in environment["slugs"]:
        slug += "-again"
    environment["slugs"].append(slug)
    if token.tag == "h2":
        environment["headings"].append(Heading(slug, text))
    return f'<{token.tag} id="{slug}">'


def _heading_close(
    _: object,
    tokens: "Sequence[Token]",
    index: int,
    __: object,
    environment: Any,  # noqa: ANN401 - as above
) -> str:
    tag, slug = tokens[index].tag, environment["slugs"][-1]
    link = "" if tag == "h1" else f'<a class="anchor" href="#{slug}" aria-label="Link here">#</a>'
    return f"{link}</{tag}>\n"


def _fence(_: object, tokens: "Sequence[Token]", index: int, __: object, ___: object) -> str:
    language = tokens[index].info.strip()
    code = highlight(tokens[index].content.rstrip("\n"), language)
    before, after = _same_request(tokens, index - 1), _same_request(tokens, index)
    if not (before or after):
        return _block(code, f'data-language="{language}"')
    label = _TAB_LABELS[language]
    block = _block(code, f'data-language="{language}" data-tab="{label}"')
    return ("" if before else _tab_list(tokens, index)) + block + ("" if after else "</div>\n")


def _block(code: str, attributes: str) -> str:
    return f'<div class="code" {attributes}><pre tabindex="0"><code>{code}</code></pre></div>\n'


def _same_request(tokens: "Sequence[Token]", index: int) -> bool:
    """Whether a block and the next one say the same in two languages."""
    if not 0 <= index < len(tokens) - 1:
        return False
    block, next_block = tokens[index], tokens[index + 1]
    if not block.type == next_block.type == "fence" or block.info == next_block.info:
        return False
    return block.info in _TAB_LABELS and next_block.info in _TAB_LABELS


def _tab_list(tokens: "Sequence[Token]", index: int) -> str:
    languages = [tokens[index].info]
    while _same_request(tokens, index):
        index += 1
        languages.append(tokens[index].info)
    buttons = "".join(
        f'<button type="button" role="tab" data-tab="{_TAB_LABELS[each]}">{_TAB_LABELS[each]}'
        "</button>"
        for each in languages
    )
    return f'<div class="tabs"><div class="choices" role="tablist">{buttons}</div>\n'


def _code_inline(_: object, tokens: "Sequence[Token]", index: int, __: object, ___: object) -> str:
    text = escape(tokens[index].content, quote=False)
    return f"<code>{_BREAK_AFTER.sub(_BREAKABLE, text)}</code>"


def _link_open(
    renderer: Any,  # noqa: ANN401 - the renderer of markdown-it
    tokens: "Sequence[Token]",
    index: int,
    options: Any,  # noqa: ANN401 - as above
    environment: "MutableMapping[str, Any]",
) -> str:
    token = tokens[index]
    address = str(token.attrs["href"])
    if address == "/docs" or address.startswith(("/docs/", "/docs#")):
        token.attrs["href"] = environment["root"] + address.removeprefix("/docs").removeprefix("/")
    elif address.startswith(("http://", "https://")):
        token.attrs["rel"] = "noopener noreferrer"
    return str(renderer.renderToken(tokens, index, options, environment))


def _image(
    _: object,
    tokens: "Sequence[Token]",
    index: int,
    __: object,
    environment: Any,  # noqa: ANN401 - as above
) -> str:
    token = tokens[index]
    name = str(token.attrs["src"]).removeprefix("/docs/static/")
    address = f"{environment['root']}static/{name}?v={static_version(name)}"
    words = escape(token.content)
    return f'<img class="plot" src="{address}" alt="{words}" loading="lazy">'
