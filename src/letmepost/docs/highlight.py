"""Colours for JSON and shell in code blocks, as classes; any other language stays plain."""

from html import escape

import regex

_LANGUAGES = {
    "json": regex.compile(
        r'(?P<name>"(?:[^"\\]|\\.)*"(?=\s*:))|(?P<text>"(?:[^"\\]|\\.)*")'
        r"|(?P<value>-?\d[\d.eE+-]*|true|false|null)"
    ),
    "bash": regex.compile(
        r"(?P<comment>(?m:(?<=^|\s)\#.*$))|(?P<text>'[^']*')|(?P<value>\$\w+|\$\{\w+\})"
        r"|(?P<name>(?m:^\s*)(?:curl|export|make|printf|letmepost)\b|(?<=\$\()(?:curl|printf)\b)"
        r"|(?P<option>(?<=\s)--?[a-zA-Z][\w-]*)"
    ),
}
_LANGUAGES["http"] = regex.compile(r"(?P<name>(?m:^)[A-Za-z-]+(?=:))")


def highlight(code: str, language: str) -> str:
    """The code as HTML, its parts in spans whose classes the stylesheet colours."""
    grammar = _LANGUAGES.get(language)
    if grammar is None:
        return escape(code, quote=False)
    parts, end = [], 0
    for found in grammar.finditer(code):
        parts.append(escape(code[end : found.start()], quote=False))
        parts.append(f'<span class="{found.lastgroup}">{escape(found.group(), quote=False)}</span>')
        end = found.end()
    parts.append(escape(code[end:], quote=False))
    return "".join(parts)
